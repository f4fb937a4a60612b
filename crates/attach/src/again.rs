//! Looking again at records that were looked at before: which of them have changed, as fast as memory can be read.

use crate::copy::{Run, batch, is_over, merge, remote};
use crate::process::Process;
use crate::workers;
use gopeek_layout::watch::Records;
use gopeek_layout::{Addr, Span};
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// So many bytes are read at a time: they stay in a core's own cache until they have been looked at, and a limit of time
/// is kept to within a fraction of a millisecond.
const CHUNK_BYTES: u64 = 512 << 10;

/// Records that were looked at, with the key that each had.
pub struct Watched<'r> {
    records: &'r dyn Records,
    /// By address, each with its index.
    places: Vec<(Addr, u32)>,
    /// By index.
    keys: Vec<Option<u64>>,
    runs: Vec<Run>,
    /// Which runs are read in one call.
    chunks: Vec<Range<usize>>,
    /// Room to read into, which was touched before: a fresh page takes longer than what is read into it.
    rooms: Mutex<Vec<Vec<u8>>>,
}

/// What another look showed. Records are named by their index.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Again {
    /// Those that are not as they were, in order.
    pub changed: Vec<usize>,
    /// Those that time did not suffice for, though they have a key.
    pub unread: Vec<usize>,
}

impl<'r> Watched<'r> {
    /// Records at `addrs`, each with its key. One without a key counts as changed; nil is none.
    #[must_use]
    pub fn new(records: &'r dyn Records, addrs: &[Addr], keys: Vec<Option<u64>>) -> Watched<'r> {
        let mut places: Vec<(Addr, u32)> = addrs
            .iter()
            .zip(0..)
            .filter(|(addr, _)| !addr.is_null())
            .map(|(addr, index)| (*addr, index))
            .collect();
        places.sort_unstable();
        let size = records.size() as u64;
        let span = |(addr, _): &(Addr, u32)| Span::new(*addr, size);
        let spans: Vec<Span> = places.iter().map(span).collect();
        let runs = merge(&spans, CHUNK_BYTES);
        let mut chunks = Vec::new();
        let mut next = 0;
        while next < runs.len() {
            let end = next + batch(&runs[next..], CHUNK_BYTES);
            chunks.push(next..end);
            next = end;
        }
        let room = usize::try_from(CHUNK_BYTES).unwrap_or(0);
        let rooms = (0..workers::count().min(chunks.len())).map(|_| vec![u8::MAX; room]);
        Watched {
            records,
            places,
            keys,
            runs,
            chunks,
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
        let most = workers.min(self.chunks.len());
        let mut again = Again::default();
        for seen in workers::on_each(most, || self.work(process, &next, until)) {
            again.changed.extend(seen.changed);
            again.unread.extend(seen.unread);
        }
        again.changed.sort_unstable();
        again.unread.sort_unstable();
        again
    }

    /// Takes chunk after chunk.
    fn work(&self, process: &Process, next: &AtomicUsize, until: Option<Instant>) -> Again {
        let mut again = Again::default();
        let mut room = self.rooms().pop().unwrap_or_default();
        while let Some(chunk) = self.chunks.get(next.fetch_add(1, Ordering::Relaxed)) {
            let runs = &self.runs[chunk.clone()];
            if is_over(until) {
                for index in runs.iter().flat_map(|run| self.indexes(run)) {
                    match self.keys.get(index).copied().flatten() {
                        Some(_) => again.unread.push(index),
                        None => again.changed.push(index),
                    }
                }
            } else {
                self.read(process, runs, &mut room, &mut again.changed);
            }
        }
        self.rooms().push(room);
        again
    }

    fn rooms(&self) -> MutexGuard<'_, Vec<Vec<u8>>> {
        self.rooms.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn indexes(&self, run: &Run) -> impl Iterator<Item = usize> {
        let members = self.places.get(run.members.clone()).unwrap_or_default();
        members.iter().map(|(_, index)| *index as usize)
    }

    fn read(
        &self,
        process: &Process,
        mut runs: &[Run],
        room: &mut Vec<u8>,
        changed: &mut Vec<usize>,
    ) {
        while !runs.is_empty() {
            let wanted: Vec<_> = runs.iter().filter_map(|run| remote(&run.span)).collect();
            let len = wanted.iter().map(|span| span.len).sum();
            if room.len() < len {
                room.resize(len, 0);
            }
            let got = process.read_vectored(&wanted, &mut room[..len]);
            let mut left = got.map(|got| &room[..got]).unwrap_or_default();
            let mut whole = 0;
            for (run, wanted) in runs.iter().zip(&wanted) {
                let Some((bytes, rest)) = left.split_at_checked(wanted.len) else {
                    break;
                };
                self.compare(run, bytes, changed);
                (left, whole) = (rest, whole + 1);
            }
            // The kernel stops at the first that it can't read: nothing is known of it.
            if let Some(broken) = runs.get(whole) {
                changed.extend(self.indexes(broken));
            }
            runs = runs.get(whole + 1..).unwrap_or_default();
        }
    }

    fn compare(&self, run: &Run, bytes: &[u8], changed: &mut Vec<usize>) {
        let size = self.records.size();
        let members = self.places.get(run.members.clone()).unwrap_or_default();
        for (addr, index) in members {
            let skip = addr.offset_from(run.span.start);
            let record = skip
                .and_then(|skip| usize::try_from(skip).ok())
                .and_then(|skip| bytes.get(skip..)?.get(..size));
            let key = record.map(|record| self.records.key(record));
            let index = *index as usize;
            if key.is_none() || key != self.keys.get(index).copied().flatten() {
                changed.push(index);
            }
        }
    }
}

impl std::fmt::Debug for Watched<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Watched")
            .field("records", &self.places.len())
            .field("chunks", &self.chunks.len())
            .finish_non_exhaustive()
    }
}
