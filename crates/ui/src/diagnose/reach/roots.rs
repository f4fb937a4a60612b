//! Where a search begins: globals, and the stacks and records of goroutines that can go on.

use super::super::Ground;
use super::marking::Marking;
use crate::report::{Goroutine, Report};
use gopeek_layout::enums::status;
use gopeek_layout::mem::read_bytes;
use gopeek_layout::{Addr, Memory, Span};
use rustc_hash::FxHashSet;

/// So many bytes of globals are read together.
const CHUNK: u64 = 1 << 20;
/// Of a core, a page is there or not.
pub(super) const PAGE: u64 = 4096;

/// The globals, but for the table of who waits for semaphores: it leads to all of them.
///
/// # Errors
/// Where there are too many of them.
pub(super) fn globals(ground: &Ground<'_>, marking: &mut Marking<'_>) -> Result<(), &'static str> {
    let table = ground.found.semaphores(ground.memory);
    let table = table.and_then(|table| {
        let len = table.entries.checked_mul(table.stride)?;
        Some(Span::new(table.at, len))
    });
    let modules = ground.found.modules.iter();
    let spans = modules.filter_map(|module| Span::between(module.data.data, module.data.ebss));
    for span in spans.flat_map(|span| without(span, table)) {
        if span.len > ground.limits.total_bytes {
            return Err("there are too many globals");
        }
        for chunk in parts(span, CHUNK) {
            match read(ground, chunk) {
                Some(bytes) => marking.words(&bytes),
                // A core lacks the pages that nobody has written to: they lead nowhere but to other globals.
                None => parts(chunk, PAGE)
                    .filter_map(|page| read(ground, page))
                    .for_each(|bytes| marking.words(&bytes)),
            }
        }
    }
    Ok(())
}

fn read(ground: &Ground<'_>, span: Span) -> Option<Vec<u8>> {
    read_bytes(ground.fresh, span.start, usize::try_from(span.len).ok()?).ok()
}

/// A span in parts of so many bytes, as they lie in memory.
pub(super) fn parts(span: Span, size: u64) -> impl Iterator<Item = Span> {
    let step = usize::try_from(size).unwrap_or(usize::MAX);
    let ahead = span.start.get() % size;
    (0..span.len + ahead)
        .step_by(step)
        .filter_map(move |offset| {
            let whole = Span::new(
                Addr::new(span.start.get() - ahead).checked_add(offset)?,
                size,
            );
            let end = whole.start.checked_add(size)?;
            let last = span.start.checked_add(span.len)?;
            Span::between(whole.start.max(span.start), end.min(last))
        })
}

/// What is left of a span without another one.
fn without(span: Span, hole: Option<Span>) -> Vec<Span> {
    let end = |span: Span| span.start.checked_add(span.len);
    let parts = hole
        .filter(|hole| span.contains(hole.start))
        .and_then(|hole| {
            let front = Span::between(span.start, hole.start)?;
            let back = Span::between(end(hole)?, end(span)?);
            Some([Some(front), back].into_iter().flatten().collect())
        });
    parts.unwrap_or_else(|| vec![span])
}

/// The stacks and records of these goroutines.
pub(super) fn of(
    ground: &Ground<'_>,
    report: &Report,
    goroutines: &[u32],
    memory: &dyn Memory,
) -> Vec<Span> {
    let known = goroutines.iter().filter_map(|at| report.goroutine(*at));
    known
        .flat_map(|goroutine| {
            let g = Addr::new(goroutine.addr);
            let from = is_parked(goroutine).then(|| Addr::new(goroutine.stack.sp));
            [Some(record(ground, g)), stack(ground, memory, g, from)]
        })
        .flatten()
        .collect()
}

/// The stacks and records of goroutines that are none of the report's: they have come about since.
pub(super) fn unknown(
    ground: &Ground<'_>,
    report: &Report,
    gs: &[Addr],
    memory: &dyn Memory,
) -> Vec<Span> {
    let known: FxHashSet<u64> = report.goroutines.iter().map(|it| it.addr).collect();
    let others = gs
        .iter()
        .filter(|g| !g.is_null() && !known.contains(&g.get()));
    let fields = &ground.fields().g;
    let alive = others.filter(|g| {
        let status = fields.status.read(memory, **g);
        status
            .is_ok_and(|status| ![status::IDLE, status::DEAD, status::DEADEXTRA].contains(&status))
    });
    alive
        .flat_map(|g| [Some(record(ground, *g)), stack(ground, memory, *g, None)])
        .flatten()
        .collect()
}

/// Whether a goroutine uses no more of its stack than it did.
fn is_parked(goroutine: &Goroutine) -> bool {
    goroutine.status == status::WAITING && !goroutine.moved && goroutine.stack.sp != 0
}

fn record(ground: &Ground<'_>, g: Addr) -> Span {
    Span::new(g, u64::from(ground.fields().g.size))
}

/// A stack from `from` on; of one that may move, all of it.
fn stack(ground: &Ground<'_>, memory: &dyn Memory, g: Addr, from: Option<Addr>) -> Option<Span> {
    let fields = &ground.fields().g;
    let lo = fields.stack_lo.read(memory, g).ok()?;
    let hi = fields.stack_hi.read(memory, g).ok()?;
    let from = from.filter(|from| (lo..hi).contains(from)).unwrap_or(lo);
    let span = Span::between(from, hi)?;
    (span.len > 0 && span.len <= ground.limits.stack_bytes).then_some(span)
}

#[cfg(test)]
mod tests {
    use super::{parts, without};
    use gopeek_layout::{Addr, Span};

    #[test]
    fn parts_lie_as_pages_do() {
        let span = |start, len| Span::new(Addr::new(start), len);
        let all: Vec<Span> = parts(span(0x1ff0, 0x1020), 0x1000).collect();
        let expected = [span(0x1ff0, 0x10), span(0x2000, 0x1000), span(0x3000, 0x10)];
        assert_eq!(all, expected);
    }

    #[test]
    fn a_hole_leaves_what_is_around_it() {
        let span = |start, len| Span::new(Addr::new(start), len);
        let whole = span(0x100, 0x100);
        assert_eq!(
            without(whole, Some(span(0x140, 0x40))),
            [span(0x100, 0x40), span(0x180, 0x80)]
        );
        assert_eq!(without(whole, Some(span(0x300, 0x40))), [whole]);
        assert_eq!(without(whole, None), [whole]);
    }
}
