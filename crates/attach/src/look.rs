//! Copying what may change at any time: each record with what it leads to, kept where the record is the same afterwards.
//!
//! It is done for a few at a time, so that the time in which one may change is short.

use crate::copy::copy;
use crate::process::Process;
use crate::snapshot::Snapshot;
use gopeek_layout::watch::Records;
use gopeek_layout::{Addr, Span};
use std::time::{Duration, Instant};

/// So many records are looked at together: a few calls of some ten microseconds.
pub const BATCH: usize = 64;
/// A look that took longer, and longer than copying takes, was interrupted itself: meanwhile a record may have changed
/// so often that it looks the same.
const MAX_LOOK: Duration = Duration::from_micros(500);
/// What no machine takes longer for.
const PER_BYTE: Duration = Duration::from_nanos(1);
/// So often is looked until no look took longer.
const TRIES: usize = 3;

/// Some records and what they led to. Used again and again, it needs no new memory.
#[derive(Debug, Default)]
pub struct Batch {
    records: Snapshot,
    targets: Snapshot,
    again: Snapshot,
    now: Snapshot,
    keys: Vec<Option<u64>>,
}

impl Batch {
    /// Looks at the records at `addrs`; returns the key of each that held still meanwhile.
    pub fn look(
        &mut self,
        process: &Process,
        records: &dyn Records,
        addrs: &[Addr],
    ) -> &[Option<u64>] {
        for _ in 0..TRIES {
            let since = Instant::now();
            self.look_once(process, records, addrs);
            let bytes = u32::try_from(self.targets.len()).unwrap_or(u32::MAX);
            if since.elapsed() <= MAX_LOOK + PER_BYTE * bytes {
                return &self.keys;
            }
        }
        self.keys.fill(None);
        &self.keys
    }

    fn look_once(&mut self, process: &Process, records: &dyn Records, addrs: &[Addr]) {
        let size = records.size();
        let span = |addr: &Addr| Span::new(*addr, size as u64);
        let spans: Vec<Span> = addrs.iter().map(span).collect();
        for snapshot in [&mut self.records, &mut self.targets, &mut self.again] {
            snapshot.clear();
        }
        copy(process, spans.clone(), &mut self.records, None);
        let still = |span: &Span| {
            let record = self.records.slice(*span)?;
            records.is_still(record).then_some(record)
        };
        let before = spans.iter().map(still);
        self.keys.clear();
        let mut targets = Vec::with_capacity(addrs.len());
        for record in before {
            targets.extend(record.and_then(|record| records.leads_to(record)));
            self.keys.push(record.map(|record| records.key(record)));
        }
        copy(process, targets, &mut self.targets, None);
        copy(process, spans.clone(), &mut self.again, None);
        for (key, span) in self.keys.iter_mut().zip(&spans) {
            let again = self.again.slice(*span);
            let whole = |record: &[u8]| {
                let target = records.leads_to(record);
                target.is_none_or(|target| self.targets.slice(target).is_some())
            };
            let again = again.filter(|record| whole(record));
            let again = again.map(|record| records.key(record));
            *key = key.filter(|key| again == Some(*key));
        }
    }

    /// Whether a record of the last look that did not hold still may do so at another.
    #[must_use]
    pub fn may_hold_still(&self, records: &dyn Records, addr: Addr) -> bool {
        let span = Span::new(addr, records.size() as u64);
        let record = self.again.slice(span);
        record.is_some_and(|record| records.is_still(record))
    }

    /// The keys that records have even now; nothing of one that can't be read.
    pub fn keys_now(
        &mut self,
        process: &Process,
        records: &dyn Records,
        addrs: impl Iterator<Item = Addr>,
    ) -> Vec<Option<u64>> {
        let spans: Vec<Span> = addrs
            .map(|addr| Span::new(addr, records.size() as u64))
            .collect();
        self.now.clear();
        copy(process, spans.clone(), &mut self.now, None);
        let key = |span: &Span| self.now.slice(*span).map(|record| records.key(record));
        spans.iter().map(key).collect()
    }

    /// The records.
    #[must_use]
    pub fn records(&self) -> &Snapshot {
        &self.records
    }

    /// What they led to.
    #[must_use]
    pub fn targets(&self) -> &Snapshot {
        &self.targets
    }
}
