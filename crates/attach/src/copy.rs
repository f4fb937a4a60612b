//! Bulk reads: spans sorted, neighbours merged, a thousand to a call.

use crate::process::Process;
use crate::snapshot::Snapshot;
use gopeek_layout::{Addr, Span};
use nix::sys::uio::RemoteIoVec;
use std::io;
use std::time::Instant;

/// The kernel's limit of spans in one call (`UIO_MAXIOV`).
const MAX_SPANS: usize = 1024;
/// Each call holds the target's mmap_lock for reading; so many bytes keep that short, and bound what is made ready
/// for bytes that may not come.
const MAX_BYTES: u64 = 4 << 20;
/// Spans nearer than this are read as one. Less than a page, so that no unmapped page can lie between them.
const MAX_GAP: u64 = 256;

/// Spans that are read as one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Run {
    pub(crate) span: Span,
    /// Which of the sorted spans it stands for.
    pub(crate) members: std::ops::Range<usize>,
}

/// Copies `spans` of the target's memory into `snapshot`. What can't be read is left out, and of a span that can be
/// read in part, what follows the first hole. Says whether it was done by `until`.
pub(crate) fn copy(
    process: &Process,
    mut spans: Vec<Span>,
    snapshot: &mut Snapshot,
    until: Option<Instant>,
) -> bool {
    spans.retain(|span| span.len > 0 && span.end().is_some());
    spans.sort_unstable();
    // An error is not about the spans: the target is gone, or closed to us.
    let done =
        copy_runs(process, &spans, &merge(&spans, MAX_BYTES), snapshot, until).unwrap_or(true);
    snapshot.settle();
    done
}

/// Whether it is later than `until`.
pub(crate) fn is_over(until: Option<Instant>) -> bool {
    until.is_some_and(|until| Instant::now() >= until)
}

fn copy_runs(
    process: &Process,
    spans: &[Span],
    runs: &[Run],
    snapshot: &mut Snapshot,
    until: Option<Instant>,
) -> io::Result<bool> {
    let mut next = 0;
    while let Some(rest) = runs.get(next..).filter(|rest| !rest.is_empty()) {
        if is_over(until) {
            return Ok(false);
        }
        let batch = batch(rest, MAX_BYTES);
        let wanted: Vec<Span> = rest[..batch].iter().map(|run| run.span).collect();
        let whole = read(process, &wanted, snapshot)?;
        next += whole;
        if whole < batch {
            // The kernel stops at the first byte that it can't read. Whatever else was merged with that byte may
            // still be had.
            let broken = &runs[next];
            if broken.members.len() > 1 {
                for member in &spans[broken.members.clone()] {
                    copy_runs(
                        process,
                        &[*member],
                        &merge(&[*member], MAX_BYTES),
                        snapshot,
                        until,
                    )?;
                }
            }
            // Pieces of one long span share their member: behind a hole, the rest of it is not wanted.
            let members = broken.members.clone();
            next += runs[next..]
                .iter()
                .take_while(|run| run.members == members)
                .count();
        }
    }
    Ok(true)
}

/// Reads `spans` in one call; returns how many came whole. The front of the one that did not is kept, too.
fn read(process: &Process, spans: &[Span], snapshot: &mut Snapshot) -> io::Result<usize> {
    let remote: Vec<RemoteIoVec> = spans.iter().filter_map(remote).collect();
    let bytes = remote.iter().map(|span| span.len).sum();
    let (base, room) = snapshot.room(bytes);
    let got = process
        .read_vectored(&remote, room)
        .inspect_err(|_| snapshot.truncate(base))?;
    snapshot.truncate(base + got);
    let (mut left, mut offset, mut whole) = (got, base, 0);
    for span in spans {
        let len = usize::try_from(span.len).unwrap_or(usize::MAX);
        let came = len.min(left);
        snapshot.add(Span::new(span.start, came as u64), offset);
        if came < len {
            break;
        }
        (left, offset, whole) = (left - came, offset + came, whole + 1);
    }
    Ok(whole)
}

pub(crate) fn remote(span: &Span) -> Option<RemoteIoVec> {
    Some(RemoteIoVec {
        base: usize::try_from(span.start.get()).ok()?,
        len: usize::try_from(span.len).ok()?,
    })
}

/// How many of `runs` fit one call of so many bytes, which none of them is longer than.
pub(crate) fn batch(runs: &[Run], max_bytes: u64) -> usize {
    let mut bytes = 0u64;
    let fits = |run: &&Run| {
        bytes = bytes.saturating_add(run.span.len);
        bytes <= max_bytes
    };
    runs.iter().take(MAX_SPANS).take_while(fits).count().max(1)
}

/// Sorted spans as runs, none of which is longer than `max_bytes`.
pub(crate) fn merge(spans: &[Span], max_bytes: u64) -> Vec<Run> {
    let mut merged: Vec<Run> = Vec::with_capacity(spans.len());
    for (index, span) in spans.iter().enumerate() {
        let joined = merged
            .last()
            .and_then(|last| joined(last.span, *span))
            .filter(|joined| joined.len <= max_bytes);
        if let (Some(last), Some(joined)) = (merged.last_mut(), joined) {
            last.span = joined;
            last.members.end = index + 1;
        } else {
            merged.extend(pieces(*span, max_bytes).map(|span| Run {
                span,
                members: index..index + 1,
            }));
        }
    }
    merged
}

/// The span from `a` to `b`, which does not begin before it; nothing where they are too far apart for one read.
fn joined(a: Span, b: Span) -> Option<Span> {
    let (a_end, b_end) = (a.end()?, b.end()?);
    let near = b.start <= a_end.checked_add(MAX_GAP)?;
    let joined = Span::between(a.start, a_end.max(b_end))?;
    near.then_some(joined)
}

/// A span, cut to pieces of at most `max_bytes`.
fn pieces(span: Span, max_bytes: u64) -> impl Iterator<Item = Span> {
    let starts = (0..span.len).step_by(usize::try_from(max_bytes).unwrap_or(usize::MAX));
    starts.filter_map(move |skip| {
        let start: Addr = span.start.checked_add(skip)?;
        Some(Span::new(start, (span.len - skip).min(max_bytes)))
    })
}

#[cfg(test)]
mod tests {
    use super::{MAX_BYTES, Run, batch, merge};
    use gopeek_layout::{Addr, Span};

    fn span(start: u64, len: u64) -> Span {
        Span::new(Addr::new(start), len)
    }

    fn spans(runs: &[Run]) -> Vec<Span> {
        runs.iter().map(|run| run.span).collect()
    }

    #[test]
    fn neighbours_and_overlaps_become_one_that_knows_its_members() {
        let apart = [
            span(0x100, 0x20),
            span(0x110, 4),
            span(0x130, 8),
            span(0x1000, 0x10),
        ];
        let merged = merge(&apart, MAX_BYTES);
        assert_eq!(spans(&merged), [span(0x100, 0x38), span(0x1000, 0x10)]);
        assert_eq!(merged[0].members, 0..3);
        assert_eq!(merged[1].members, 3..4);
    }

    #[test]
    fn a_long_span_is_cut_to_calls() {
        let merged = merge(&[span(0x1000, 2 * MAX_BYTES + 1)], MAX_BYTES);
        let lens: Vec<u64> = merged.iter().map(|run| run.span.len).collect();
        assert_eq!(lens, [MAX_BYTES, MAX_BYTES, 1]);
        assert_eq!(merged.iter().map(batch_alone).sum::<usize>(), 3);
    }

    fn batch_alone(run: &Run) -> usize {
        batch(std::slice::from_ref(run), MAX_BYTES)
    }

    #[test]
    fn a_batch_ends_at_the_limits() {
        let run = |index: u64, len| Run {
            span: span(index * 0x100_0000, len),
            members: 0..1,
        };
        let many: Vec<Run> = (0..3000).map(|index| run(index, 8)).collect();
        assert_eq!(batch(&many, MAX_BYTES), 1024);
        let large: Vec<Run> = (0..3).map(|index| run(index, MAX_BYTES - 1)).collect();
        assert_eq!(batch(&large, MAX_BYTES), 1);
    }
}
