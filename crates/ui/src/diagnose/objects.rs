//! The objects that goroutines wait at, each once, with the state that its own memory tells.

use super::Ground;
use super::primitive::Holder;
use super::surroundings::Surroundings;
use crate::report::{Channel, File, Kind, Mutex, Object, RwMutex, Waiter};
use gopeek_layout::Addr;
use gopeek_layout::mem::read_word;
use gopeek_layout::sync::words;
use gopeek_layout::sync::{channel, poll};
use rustc_hash::{FxBuildHasher, FxHashMap};
use std::hash::BuildHasher as _;
use std::time::Duration;

/// By what an object is known again.
#[derive(Copy, Clone, PartialEq, Eq, Hash, Debug)]
enum Key {
    /// Its address.
    At(Addr),
    /// Of a file, the descriptor.
    Descriptor(i64),
    /// The same, of a thread with a table of its own: also a hash of what the descriptor is open on.
    OwnDescriptor(i64, u64),
    /// Of a bubble, its number.
    Bubble(u64),
}

/// How the state of an object is read from its address.
type ReadAt<'g> = fn(&Objects<'g>, Addr) -> Option<Kind>;

/// The objects of a report in the making.
pub(super) struct Objects<'g> {
    ground: &'g Ground<'g>,
    surroundings: &'g Surroundings<'g>,
    all: Vec<Object>,
    known: FxHashMap<Key, u32>,
}

impl<'g> Objects<'g> {
    pub(super) fn new(ground: &'g Ground<'g>, surroundings: &'g Surroundings<'g>) -> Objects<'g> {
        Objects {
            ground,
            surroundings,
            all: Vec::new(),
            known: FxHashMap::default(),
        }
    }

    /// All of them.
    pub(super) fn into_all(self) -> Vec<Object> {
        self.all
    }

    /// What the object of this index is.
    pub(super) fn kind(&self, object: u32) -> Option<&Kind> {
        let object = self.all.get(usize::try_from(object).ok()?)?;
        Some(&object.kind)
    }

    /// Says that a goroutine waits at an object.
    pub(super) fn wait(&mut self, object: u32, waiter: Waiter) {
        let object = usize::try_from(object).ok();
        if let Some(object) = object.and_then(|object| self.all.get_mut(object)) {
            object.waiters.push(waiter);
        }
    }

    fn intern(
        &mut self,
        key: Key,
        addr: Addr,
        kind: impl FnOnce(&Self) -> Option<Kind>,
    ) -> Option<u32> {
        if let Some(known) = self.known.get(&key) {
            return Some(*known);
        }
        let index = u32::try_from(self.all.len()).ok()?;
        let kind = kind(self)?;
        self.all.push(Object {
            addr: addr.get(),
            name: None,
            kind,
            waiters: Vec::new(),
            suspects: Vec::new(),
            unreachable: false,
            reached_from: None,
            global: true,
            unheld: false,
            exhausted: false,
            unread: false,
        });
        self.known.insert(key, index);
        Some(index)
    }

    /// The channel at `at`.
    pub(super) fn channel(&mut self, at: Addr) -> Option<u32> {
        self.intern(Key::At(at), at, |objects| {
            let ground = objects.ground;
            let channel = channel::read(ground.memory, ground.fields(), at)?;
            let left = |when: i64| ground.left(when);
            Some(Kind::Channel(Channel {
                len: channel.len,
                cap: channel.cap,
                elem_size: channel.elem_size,
                elem_type: ground.type_name(channel.elem_type),
                closed: channel.closed,
                stopped_timer: channel.timer.is_some_and(|timer| timer.is_stopped()),
                timer: channel
                    .timer
                    .filter(|timer| !timer.is_stopped())
                    .map(|timer| {
                        let period = u64::try_from(timer.period)
                            .ok()
                            .filter(|period| *period > 0);
                        (left(timer.when), period.map(Duration::from_nanos))
                    }),
            }))
        })
    }

    /// What the semaphore at `at` is a part of.
    pub(super) fn of_semaphore(&mut self, at: Addr, holder: Holder) -> Option<u32> {
        let (before, read): (u64, ReadAt<'g>) = match holder {
            Holder::Mutex => (words::MUTEX_SEMA, Self::mutex),
            Holder::Writers => (words::MUTEX_SEMA, Self::rw_mutex),
            Holder::LastReaders => (words::RW_WRITER_SEMA, Self::rw_mutex),
            Holder::Readers => (words::RW_READER_SEMA, Self::rw_mutex),
            Holder::WaitGroup => (words::WAIT_GROUP_SEMA, Self::wait_group),
            Holder::Once => (words::ONCE_MUTEX + words::MUTEX_SEMA, Self::once),
            Holder::File => return self.locked_file(at),
            Holder::Unknown => (0, Self::semaphore),
        };
        let start = at.checked_sub(before)?;
        self.intern(Key::At(start), start, |objects| read(objects, start))
    }

    fn bytes<const N: usize>(&self, at: Addr) -> Option<[u8; N]> {
        let mut bytes = [0; N];
        self.ground.memory.read(at, &mut bytes).ok()?;
        Some(bytes)
    }

    fn mutex(&self, at: Addr) -> Option<Kind> {
        Some(Kind::Mutex(mutex(words::mutex(&self.bytes::<4>(at)?)?)))
    }

    fn rw_mutex(&self, at: Addr) -> Option<Kind> {
        let rw = words::rw_mutex(&self.bytes::<24>(at)?)?;
        Some(Kind::RwMutex(RwMutex {
            writers: mutex(rw.writers),
            writer: rw.writer,
            readers: rw.readers,
            leaving: rw.leaving,
        }))
    }

    fn wait_group(&self, at: Addr) -> Option<Kind> {
        let group = words::wait_group(&self.bytes::<8>(at)?)?;
        Some(Kind::WaitGroup {
            counter: group.counter,
            waiters: group.waiters,
        })
    }

    fn once(&self, at: Addr) -> Option<Kind> {
        let done: u32 = read_word(self.ground.memory, at).ok()?;
        Some(Kind::Once { done: done != 0 })
    }

    fn semaphore(&self, at: Addr) -> Option<Kind> {
        let value = read_word(self.ground.memory, at).ok()?;
        Some(Kind::Semaphore { value })
    }

    /// The cond whose list of waiters is at `list`.
    pub(super) fn cond(&mut self, list: Addr) -> Option<u32> {
        let at = list.checked_sub(words::COND_LIST)?;
        self.intern(Key::At(at), at, |_| Some(Kind::Cond))
    }

    /// The coroutine at `at`.
    pub(super) fn coroutine(&mut self, at: Addr) -> Option<u32> {
        self.intern(Key::At(at), at, |_| Some(Kind::Coroutine))
    }

    /// The bubble of this number.
    pub(super) fn bubble(&mut self, number: u64) -> Option<u32> {
        self.intern(Key::Bubble(number), Addr::NULL, |_| Some(Kind::Bubble))
    }

    /// The file that the poller's record at `at` is of.
    pub(super) fn polled_file(&mut self, at: Addr) -> Option<u32> {
        let ground = self.ground;
        let desc = poll::read(ground.memory, ground.fields(), at)?;
        let fd = i64::try_from(desc.fd).ok()?;
        let deadline =
            |when: i64| (when != 0).then(|| if when < 0 { -1 } else { ground.left(when) });
        let index = self.descriptor(fd, at)?;
        // It may be known already from a goroutine that waits for its turn.
        if let Some(Kind::File(file)) = self.kind_mut(index) {
            file.polled = true;
            file.read_deadline = deadline(desc.read_deadline);
            file.write_deadline = deadline(desc.write_deadline);
        }
        Some(index)
    }

    fn kind_mut(&mut self, index: u32) -> Option<&mut Kind> {
        let object = self.all.get_mut(usize::try_from(index).ok()?)?;
        Some(&mut object.kind)
    }

    /// The file that a goroutine waits for its turn at: the semaphore at `at` is one of two in an `internal/poll.FD`, whose
    /// alignment tells which.
    fn locked_file(&mut self, at: Addr) -> Option<u32> {
        let (read, write) = (words::FD_READ_SEMA, words::FD_WRITE_SEMA);
        let before = if at.is_aligned(8) { read } else { write };
        let start = at.checked_sub(before)?;
        let fd: u64 = read_word(self.ground.memory, start.checked_add(words::FD_SYSFD)?).ok()?;
        self.descriptor(i64::try_from(fd).ok()?, start)
    }

    /// The file that is open as `fd`; as `own`, where the thread that has it has a table of descriptors of its own.
    pub(super) fn descriptor_of(&mut self, fd: i64, own: Option<&str>) -> Option<u32> {
        let Some(own) = own else {
            return self.descriptor(fd, Addr::NULL);
        };
        let key = Key::OwnDescriptor(fd, FxBuildHasher.hash_one(own));
        self.intern(key, Addr::NULL, |objects| {
            Some(Kind::File(objects.surroundings.own_file(fd, own)))
        })
    }

    /// The file that is open as `fd`.
    pub(super) fn descriptor(&mut self, fd: i64, at: Addr) -> Option<u32> {
        self.intern(Key::Descriptor(fd), at, |objects| {
            let fd_number = u64::try_from(fd).ok()?;
            Some(Kind::File(File {
                fd,
                ..objects.surroundings.file(fd_number)
            }))
        })
    }
}

fn mutex(mutex: words::Mutex) -> Mutex {
    Mutex {
        locked: mutex.locked,
        woken: mutex.woken,
        starving: mutex.starving,
        waiters: mutex.waiters,
    }
}
