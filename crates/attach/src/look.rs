//! Copying what may change at any time: each record with what it leads to, kept where the record is the same afterwards.
//!
//! It is done for a few at a time, so that the time in which one may change is short.

use crate::copy::copy;
use crate::process::Process;
use crate::snapshot::Snapshot;
use gopeek_layout::watch::Records;
use gopeek_layout::{Addr, Span};

/// So many records are looked at together: a few calls of some ten microseconds.
pub const BATCH: usize = 64;

/// Some records and what they led to. Used again and again, it needs no new memory.
#[derive(Debug, Default)]
pub struct Batch {
    records: Snapshot,
    targets: Snapshot,
    again: Snapshot,
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
            // The kernel now and then fails to read what is there.
            let whole = |record: &[u8]| {
                let target = records.leads_to(record);
                target.is_none_or(|target| self.targets.slice(target).is_some())
            };
            let again = again.filter(|record| whole(record));
            let again = again.map(|record| records.key(record));
            *key = key.filter(|key| again == Some(*key));
        }
        &self.keys
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
