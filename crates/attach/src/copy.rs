//! Bulk reads: spans sorted, neighbours merged, a thousand to a call.

use crate::process::Process;
use crate::snapshot::Snapshot;
use gopeek_layout::Span;
use nix::sys::uio::RemoteIoVec;

/// The kernel's limit of spans in one call (`UIO_MAXIOV`).
const MAX_SPANS: usize = 1024;
/// Each call holds the target's mmap_lock for reading; so many bytes keep that short.
const MAX_BYTES: usize = 4 << 20;
/// Spans nearer than this are read as one. Less than a page, so that no unmapped page can lie between them.
const MAX_GAP: u64 = 256;

/// Copies `spans` of the target's memory into `snapshot`. What can't be read is left out.
pub(crate) fn copy(process: &Process, spans: Vec<Span>, snapshot: &mut Snapshot) {
    let spans = merge(spans);
    let total = spans
        .iter()
        .filter_map(|span| usize::try_from(span.len).ok())
        .sum();
    let (base, room) = snapshot.room(total);
    let mut pieces = Vec::with_capacity(spans.len());
    let (mut used, mut next) = (0, 0);
    while next < spans.len() {
        let (batch, bytes) = batch(&spans[next..]);
        let Some(room) = room.get_mut(used..used + bytes) else {
            break;
        };
        // An error is not about these spans: the target is gone, or closed to us.
        let Ok(mut got) = process.read_vectored(&batch, room) else {
            break;
        };
        let mut offset = base + used;
        let complete = got == bytes;
        for span in &spans[next..next + batch.len()] {
            next += 1;
            let len = usize::try_from(span.len).unwrap_or(usize::MAX).min(got);
            pieces.push((Span::new(span.start, len as u64), offset));
            (got, offset, used) = (got - len, offset + len, used + len);
            if !complete && got == 0 {
                // The kernel stopped at or in this span; the next call begins behind it.
                break;
            }
        }
    }
    snapshot.add(pieces);
    snapshot.truncate(base + used);
}

/// The first of `spans` that fit one call, and their bytes. A span over the limit goes alone.
fn batch(spans: &[Span]) -> (Vec<RemoteIoVec>, usize) {
    let mut batch = Vec::with_capacity(spans.len().min(MAX_SPANS));
    let mut bytes = 0usize;
    for span in spans.iter().take(MAX_SPANS) {
        let base = usize::try_from(span.start.get()).unwrap_or(0);
        let len = usize::try_from(span.len).unwrap_or(0);
        if !batch.is_empty() && bytes + len > MAX_BYTES {
            break;
        }
        bytes += len;
        batch.push(RemoteIoVec { base, len });
    }
    (batch, bytes)
}

fn merge(mut spans: Vec<Span>) -> Vec<Span> {
    spans.sort_unstable();
    let mut merged: Vec<Span> = Vec::with_capacity(spans.len());
    for span in spans {
        let (Some(end), true) = (span.end(), span.len > 0) else {
            continue;
        };
        if let Some(last) = merged.last_mut()
            && let Some(reach) = last.end().and_then(|end| end.checked_add(MAX_GAP))
            && span.start <= reach
        {
            let end = last.end().map_or(end, |last_end| last_end.max(end));
            last.len = end.offset_from(last.start).unwrap_or(last.len);
        } else {
            merged.push(span);
        }
    }
    merged
}

#[cfg(test)]
mod tests {
    use super::{batch, merge};
    use gopeek_layout::{Addr, Span};

    fn span(start: u64, len: u64) -> Span {
        Span::new(Addr::new(start), len)
    }

    #[test]
    fn neighbours_and_overlaps_become_one() {
        let merged = merge(vec![
            span(0x1000, 0x10),
            span(0x100, 0x20),
            span(0x110, 4),
            span(0x130, 8),
        ]);
        assert_eq!(merged, [span(0x100, 0x38), span(0x1000, 0x10)]);
    }

    #[test]
    fn empty_and_wrapping_spans_are_dropped() {
        assert_eq!(merge(vec![span(0x100, 0), span(u64::MAX - 1, 8)]), []);
    }

    #[test]
    fn a_batch_ends_at_the_limits() {
        let many = vec![span(0x1000, 8); 3000];
        assert_eq!(batch(&many).0.len(), 1024);
        let large = vec![span(0x1000, 3 << 20); 3];
        assert_eq!(batch(&large).1, 3 << 20);
        assert_eq!(batch(&[span(0x1000, 64 << 20)]).1, 64 << 20);
    }
}
