//! The bytes that goroutines were made of, for who keeps them.

use gopeek_attach::Snapshot;
use gopeek_attach::look::Batch;
use gopeek_layout::watch::{Records, Watch};
use gopeek_layout::{Addr, Span};

/// What one thread has kept.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    /// Records and stacks.
    pub(crate) bytes: Snapshot,
    /// What those lead to: labels, ancestors, what goroutines are yet to do.
    pub(crate) lists: Vec<Snapshot>,
}

impl Kept {
    /// Keeps the records and the stacks of these goroutines, which the batch has. They are found when all is kept, and
    /// settled.
    pub(super) fn keep(
        &mut self,
        batch: &Batch,
        watch: &Watch<'_>,
        gs: impl Iterator<Item = Addr>,
    ) {
        let mut records: Vec<Span> = gs.map(|g| Span::new(g, watch.size() as u64)).collect();
        records.sort_unstable();
        let stacks = records.iter().filter_map(|record| {
            let stack = watch.leads_to(batch.records().slice(*record)?)?;
            Some((stack.start, batch.targets().slice(stack)?))
        });
        let stacks: Vec<_> = stacks.collect();
        // Those that lie side by side were read with the few bytes between them. As one piece they need but one header.
        records.dedup_by(|next, last| {
            let end = next.end();
            let joined = end.and_then(|end| Span::between(last.start, end));
            let joined = joined.filter(|joined| {
                let gap = joined.len.saturating_sub(last.len + next.len);
                gap < next.len && batch.records().slice(*joined).is_some()
            });
            if let Some(joined) = joined {
                *last = joined;
            }
            joined.is_some()
        });
        let records = records.iter();
        let records = records.filter_map(|span| Some((span.start, batch.records().slice(*span)?)));
        self.bytes.append(stacks.into_iter().chain(records));
    }
}
