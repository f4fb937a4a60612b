//! Words of stacks that point to what others wait at.

use super::targets::Targets;
use crate::diagnose::Bulk;
use crate::diagnose::records::Record;
use crate::report::{Goroutine, Report};
use gopeek_attach::workers;
use gopeek_layout::mem::Word;
use gopeek_layout::{Addr, Limits, Span};

/// So many stacks are read together.
pub(super) const BLOCK: usize = 1024;

/// A word of a goroutine's stack that points to an object.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Pointer {
    pub(super) object: u32,
    /// An index.
    pub(super) goroutine: u32,
    /// Where the word lies.
    pub(super) at: u64,
}

/// The first pointer of each goroutine to each object, of the program's own goroutines.
pub(super) fn all(
    (bytes, limits): (&dyn Bulk, &Limits),
    report: &Report,
    records: &[Option<Record>],
    targets: &Targets,
) -> Vec<Pointer> {
    let own = report.goroutines.iter().zip(records).zip(0u32..);
    let stacks: Vec<(u32, Span)> = own
        .filter(|((goroutine, _), _)| !goroutine.system && goroutine.stack.sp != 0)
        .filter_map(|((goroutine, record), index)| {
            Some((index, stack(limits, goroutine, record.as_ref()?)?))
        })
        .collect();
    let blocks = stacks.chunks(BLOCK);
    let count = blocks.len();
    let found = workers::share_out(blocks, count, |blocks| {
        let mut found = Vec::new();
        for block in blocks {
            let spans = block.iter().map(|(_, span)| *span).collect();
            bytes.with(spans, &mut |index, bytes| {
                if let Some((goroutine, span)) = block.get(index) {
                    pointers(targets, *goroutine, span.start, bytes, &mut found);
                }
            });
        }
        found
    });
    found.into_iter().flatten().collect()
}

/// The part of a stack that is in use.
pub(super) fn stack(limits: &Limits, goroutine: &Goroutine, record: &Record) -> Option<Span> {
    let span = Span::between(Addr::new(goroutine.stack.sp), record.stack_hi)?;
    (span.len <= limits.stack_bytes).then_some(span)
}

fn pointers(
    targets: &Targets,
    goroutine: u32,
    start: Addr,
    bytes: &[u8],
    found: &mut Vec<Pointer>,
) {
    let first = found.len();
    for (offset, word) in (0u64..).step_by(8).zip(bytes.chunks_exact(8)) {
        let object = u64::decode(word).and_then(|word| targets.at(word));
        let Some(object) = object else {
            continue;
        };
        let known = |pointer: &Pointer| pointer.object == object;
        if !found[first..].iter().any(known) {
            found.push(Pointer {
                object,
                goroutine,
                at: start.get().wrapping_add(offset),
            });
        }
    }
}
