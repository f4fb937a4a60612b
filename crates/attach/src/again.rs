//! Looking again at records that were looked at before: which of them have changed, as fast as memory can be read.

use crate::bulk::{Bulk, Room};
use crate::copy::is_over;
use crate::process::Process;
use crate::workers;
use gopeek_layout::Addr;
use gopeek_layout::watch::Records;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// Records that were looked at, with the key that each had.
pub struct Watched<'r> {
    records: &'r dyn Records,
    bulk: Bulk,
    /// By index.
    keys: Vec<Option<u64>>,
    /// Those without a key, which count as changed without being looked at.
    keyless: Vec<usize>,
    /// Room to read into, which was touched before.
    rooms: Mutex<Vec<Room>>,
}

/// What another look showed. Records are named by their index.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Again {
    /// Those that are not as they were, in order.
    pub changed: Vec<usize>,
    /// Those that time did not suffice for, though they have a key.
    pub unread: Vec<usize>,
    /// What time did not suffice for. What lies in it is counted when nobody waits for us.
    skipped: Vec<usize>,
}

impl<'r> Watched<'r> {
    /// Records at `addrs`, each with its key. One without a key counts as changed; nil is none.
    #[must_use]
    pub fn new(records: &'r dyn Records, addrs: &[Addr], keys: Vec<Option<u64>>) -> Watched<'r> {
        let bulk = Bulk::new(records.size(), addrs);
        let rooms = (0..workers::count().min(bulk.chunks())).map(|_| Room::default());
        let keyless = keyless(&bulk, &keys);
        Watched {
            records,
            bulk,
            keys,
            keyless,
            rooms: Mutex::new(rooms.collect()),
        }
    }

    /// From now on, these count as changed.
    pub fn forget(&mut self, indexes: &[usize]) {
        for index in indexes {
            if let Some(key) = self.keys.get_mut(*index) {
                *key = None;
            }
        }
        self.keyless = keyless(&self.bulk, &self.keys);
    }

    /// Looks at all of them, on one thread, while the target runs.
    #[must_use]
    pub fn look(&self, process: &Process) -> Again {
        self.look_on(process, 1, None)
    }

    /// Looks at all of them until time is up. The target stands still, and so leaves the cores to us.
    #[must_use]
    pub(crate) fn look_fast(&self, process: &Process, until: Instant) -> Again {
        self.look_on(process, workers::count(), Some(until))
    }

    fn look_on(&self, process: &Process, workers: usize, until: Option<Instant>) -> Again {
        let next = AtomicUsize::new(0);
        let most = workers.min(self.bulk.chunks());
        let mut again = Again::default();
        for seen in workers::on_each(most, || self.work(process, &next, until)) {
            again.changed.extend(seen.changed);
            again.skipped.extend(seen.skipped);
        }
        again.changed.extend_from_slice(&self.keyless);
        again.changed.sort_unstable();
        again
    }

    /// Counts what time did not suffice for.
    pub(crate) fn settle(&self, again: &mut Again) {
        let skipped = std::mem::take(&mut again.skipped).into_iter();
        let indexes = skipped.flat_map(|chunk| self.bulk.indexes(chunk));
        let has_key = |index: &usize| self.keys.get(*index).copied().flatten().is_some();
        again.unread.extend(indexes.filter(has_key));
        again.unread.sort_unstable();
    }

    /// Takes chunk after chunk.
    fn work(&self, process: &Process, next: &AtomicUsize, until: Option<Instant>) -> Again {
        let mut again = Again::default();
        let mut room = self.rooms().pop().unwrap_or_default();
        loop {
            let chunk = next.fetch_add(1, Ordering::Relaxed);
            if chunk >= self.bulk.chunks() {
                break;
            }
            if is_over(until) {
                again.skipped.push(chunk);
            } else {
                self.bulk.read(process, chunk, &mut room);
                self.compare(&room, &mut again.changed);
            }
        }
        self.rooms().push(room);
        again
    }

    fn rooms(&self) -> MutexGuard<'_, Vec<Room>> {
        self.rooms.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn compare(&self, room: &Room, changed: &mut Vec<usize>) {
        let size = self.records.size();
        for (index, at) in room.places() {
            let record = at.and_then(|at| room.bytes(at, size));
            let key = record.map(|record| self.records.key(record));
            let known = self.keys.get(*index).copied().flatten();
            if known.is_some() && key != known {
                changed.push(*index);
            }
        }
    }
}

/// The records that have no key, in no order.
fn keyless(bulk: &Bulk, keys: &[Option<u64>]) -> Vec<usize> {
    let has_none = |index: &usize| keys.get(*index).copied().flatten().is_none();
    bulk.all().filter(has_none).collect()
}

impl std::fmt::Debug for Watched<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Watched")
            .field("records", &self.bulk.len())
            .field("chunks", &self.bulk.chunks())
            .finish_non_exhaustive()
    }
}
