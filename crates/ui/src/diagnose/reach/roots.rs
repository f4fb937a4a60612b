//! Where a search begins: globals, and the stacks and records of goroutines that can go on.

use super::super::{Ground, globals};
use super::marking::Marking;
use crate::report::{Goroutine, Report};
use gopeek_layout::enums::status;
use gopeek_layout::{Addr, Memory, Span, sched};
use rustc_hash::FxHashSet;

/// The globals, but for the table of who waits for semaphores: it leads to all of them.
///
/// # Errors
/// Where they are not to be had.
pub(super) fn globals(ground: &Ground<'_>, marking: &mut Marking<'_>) -> Result<(), &'static str> {
    let table = ground.found.semaphores(ground.memory);
    let table = table.and_then(|table| {
        let len = table.entries.checked_mul(table.stride)?;
        Some(Span::new(table.at, len))
    });
    let spans = ground.found.globals_with_pointers().into_iter();
    let spans = spans.flat_map(|span| without(span, table)).collect();
    globals::each(ground, spans, &mut |bytes| marking.words(bytes))
}

/// Of each P only its timers: the rest is addresses that are no pointers (its cache of pages), and what the runtime keeps to
/// use again. Where the timers are not known, a P is searched like any other object.
pub(super) fn processors(ground: &Ground<'_>, marking: &mut Marking<'_>) {
    let timers = ground.fields().p.timers_heap;
    let Some(timers) = timers else {
        return;
    };
    for p in sched::p_addrs(ground.fresh, &ground.found.roots, &ground.limits) {
        marking.pass_over(p);
        if let Ok(heap) = timers.read(ground.fresh, p) {
            marking.word(heap.data.get());
        }
    }
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
    use super::without;
    use gopeek_layout::{Addr, Span};

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
