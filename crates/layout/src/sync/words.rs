//! The words of the package sync, the same in every release that is read: sync/mutex.go, rwmutex.go, waitgroup.go, once.go,
//! cond.go; internal/poll/fd_mutex.go.

use crate::mem::Word;

/// Where a Mutex has its semaphore.
pub const MUTEX_SEMA: u64 = 4;
/// Where an RWMutex has the semaphore of the writer that waits for readers; its own mutex is first.
pub const RW_WRITER_SEMA: u64 = 8;
/// That of readers.
pub const RW_READER_SEMA: u64 = 12;
/// Its count of readers.
pub const RW_READERS: u64 = 16;
/// Where a WaitGroup has its semaphore.
pub const WAIT_GROUP_SEMA: u64 = 8;
/// Where a Once has its mutex.
pub const ONCE_MUTEX: u64 = 4;
/// Where a Cond has its list of waiters, behind its locker.
pub const COND_LIST: u64 = 16;
/// Where an FD has the semaphores of its lock, for reads and for writes.
pub const FD_READ_SEMA: u64 = 8;
/// Likewise.
pub const FD_WRITE_SEMA: u64 = 12;
/// Where it has its descriptor.
pub const FD_SYSFD: u64 = 16;

const LOCKED: u32 = 1;
const WOKEN: u32 = 2;
const STARVING: u32 = 4;
const WAITERS: u32 = 3;
/// `rwmutexMaxReaders`: taken off the count of readers as long as there is a writer.
const MAX_READERS: u32 = 1 << 30;
/// `waitGroupBubbleFlag`, of the lower half, since 1.25.
const BUBBLE: u32 = 1 << 31;

/// A Mutex.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct Mutex {
    /// Locked.
    pub locked: bool,
    /// One that waits is awake.
    pub woken: bool,
    /// Handed on in order.
    pub starving: bool,
    /// How many wait.
    pub waiters: u32,
}

/// The Mutex whose first word this is.
#[must_use]
pub fn mutex(bytes: &[u8]) -> Option<Mutex> {
    let state = u32::decode(bytes)?;
    Some(Mutex {
        locked: state & LOCKED != 0,
        woken: state & WOKEN != 0,
        starving: state & STARVING != 0,
        waiters: state >> WAITERS,
    })
}

/// An RWMutex.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct RwMutex {
    /// The mutex of its writers.
    pub writers: Mutex,
    /// A writer has it, or waits for readers.
    pub writer: bool,
    /// Readers inside; if there is a writer, with those that wait for it.
    pub readers: u32,
    /// How many readers the writer waits for.
    pub leaving: u32,
}

/// The RWMutex that begins with these bytes.
#[must_use]
pub fn rw_mutex(bytes: &[u8]) -> Option<RwMutex> {
    let at = |offset: u64| u32::decode(bytes.get(usize::try_from(offset).ok()?..)?);
    let count = at(RW_READERS)?;
    let writer = count.cast_signed() < 0;
    Some(RwMutex {
        writers: mutex(bytes)?,
        writer,
        readers: if writer {
            count.wrapping_add(MAX_READERS)
        } else {
            count
        },
        leaving: at(RW_READERS + 4)?,
    })
}

/// A WaitGroup.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct WaitGroup {
    /// What is to be done.
    pub counter: i32,
    /// Who waits for that.
    pub waiters: u32,
}

/// The WaitGroup whose first word this is.
#[must_use]
pub fn wait_group(bytes: &[u8]) -> Option<WaitGroup> {
    let state = u64::decode(bytes)?;
    let half = |half: u64| u32::try_from(half & u64::from(u32::MAX)).ok();
    Some(WaitGroup {
        counter: half(state >> 32)?.cast_signed(),
        waiters: half(state)? & !BUBBLE,
    })
}
