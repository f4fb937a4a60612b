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

/// Whether the Once whose first word this is has been done; its mutex lies at [`ONCE_MUTEX`].
#[must_use]
pub fn once_is_done(bytes: &[u8]) -> Option<bool> {
    Some(u32::decode(bytes)? != 0)
}

#[cfg(test)]
mod tests {
    use super::{Mutex, RwMutex, WaitGroup, mutex, once_is_done, rw_mutex, wait_group};

    fn words(words: &[u32]) -> Vec<u8> {
        words.iter().flat_map(|word| word.to_le_bytes()).collect()
    }

    #[test]
    fn a_mutex_counts_who_waits_above_its_flags() {
        let free = Mutex {
            locked: false,
            woken: false,
            starving: false,
            waiters: 0,
        };
        assert_eq!(mutex(&words(&[0])), Some(free));
        let starving = Mutex {
            locked: true,
            starving: true,
            waiters: 37,
            ..free
        };
        assert_eq!(mutex(&words(&[37 << 3 | 5])), Some(starving));
        let woken = Mutex {
            woken: true,
            waiters: 1,
            ..free
        };
        assert_eq!(mutex(&words(&[1 << 3 | 2])), Some(woken));
        assert_eq!(mutex(&[0; 3]), None);
    }

    #[test]
    fn the_readers_are_negative_as_long_as_there_is_a_writer() {
        let read = |words_of: [u32; 6]| rw_mutex(&words(&words_of)).unwrap();
        let shared = read([0, 0, 0, 0, 3, 0]);
        assert!(!shared.writer);
        assert_eq!((shared.readers, shared.leaving), (3, 0));
        // Two readers inside and one that waits for the writer, which waits for the two.
        let count = 3_i32 - (1 << 30);
        let pending = read([1, 0, 0, 0, count.cast_unsigned(), 2]);
        let expected = RwMutex {
            writers: mutex(&words(&[1])).unwrap(),
            writer: true,
            readers: 3,
            leaving: 2,
        };
        assert_eq!(pending, expected);
        assert_eq!(rw_mutex(&words(&[0; 5])), None);
    }

    #[test]
    fn a_wait_group_counts_in_halves_of_a_word() {
        let expected = |counter, waiters| Some(WaitGroup { counter, waiters });
        assert_eq!(wait_group(&words(&[2, 5])), expected(5, 2));
        assert_eq!(wait_group(&words(&[0, u32::MAX])), expected(-1, 0));
        // In a bubble.
        assert_eq!(wait_group(&words(&[1 << 31 | 1, 4])), expected(4, 1));
        assert_eq!(wait_group(&words(&[0])), None);
    }

    #[test]
    fn a_once_is_done_or_not() {
        assert_eq!(once_is_done(&words(&[0, 1])), Some(false));
        assert_eq!(once_is_done(&words(&[1, 0])), Some(true));
        assert_eq!(once_is_done(&[]), None);
    }
}
