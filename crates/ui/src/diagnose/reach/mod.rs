//! What nothing alive leads to: a search through the heap, like the GC's own for goroutines that are leaked.
//!
//! Every word that may be a pointer counts as one. So what is told is reached by nothing, and what is reached by a stray word
//! alone is not told. The target runs meanwhile: what the only pointer to moves just then may be missed, and so the search is
//! made twice.

mod marking;
mod roots;
mod waiting;

use super::Ground;
use crate::pages::Pages;
use crate::report::{Kind, Object, Problem, Report};
use gopeek_layout::allgs;
use marking::Marking;
use rustc_hash::{FxHashMap, FxHashSet};
use std::time::{Duration, Instant};
use waiting::Waiting;

/// Maximum number of bytes of a heap that is searched though nobody has asked for it: as much takes a few tenths of a second.
pub(super) const QUICK_BYTES: u64 = 64 << 20;
/// Maximum number of goroutines that are searched one by one, so that it shows what each leads to. More are searched together.
const MAX_APART: usize = 4096;
/// Maximum time for that.
const QUICK: Duration = Duration::from_millis(800);

/// How far a search goes.
pub(super) struct Bound {
    /// Bytes of objects that may hold pointers; nothing for whatever there is.
    bytes: Option<u64>,
    /// When it is given up.
    until: Option<Instant>,
}

impl Bound {
    /// To the end.
    pub(super) const NONE: Bound = Bound {
        bytes: None,
        until: None,
    };

    /// No further than is quick.
    pub(super) fn quick() -> Bound {
        Bound {
            bytes: Some(QUICK_BYTES),
            until: Some(Instant::now() + QUICK),
        }
    }
}

/// What a search found of the objects that goroutines wait on, by their indexes.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Reach {
    /// Nothing leads to them: no global, and no goroutine that could ever go on.
    pub(super) unreached: FxHashSet<u32>,
    /// No global leads to them. Among the goroutines that do, the first one, by its index.
    pub(super) from: FxHashMap<u32, u32>,
}

/// Searches for what leads to the objects that goroutines wait on.
///
/// # Errors
/// Why that can't be told.
pub(super) fn search(
    ground: &Ground<'_>,
    report: &Report,
    objects: &[Object],
    bound: &Bound,
) -> Result<Reach, &'static str> {
    let whole = |problem: &Problem| !matches!(problem, Problem::Core { .. });
    if !report.problems.iter().all(whole) {
        return Err("the core is not whole, or its program is missing");
    }
    let found = once(ground, report, objects, bound)?;
    let runs = ground.deep.as_ref().is_some_and(|deep| deep.runs);
    if found.unreached.is_empty() || !runs {
        return Ok(found);
    }
    let again = once(ground, report, objects, bound)?;
    Ok(Reach {
        unreached: found
            .unreached
            .intersection(&again.unreached)
            .copied()
            .collect(),
        from: again.from,
    })
}

fn once(
    ground: &Ground<'_>,
    report: &Report,
    objects: &[Object],
    bound: &Bound,
) -> Result<Reach, &'static str> {
    // Records of spans are small, of thousands, and lie side by side.
    let pages = Pages::new(ground.fresh);
    let heap = ground.found.heap(&pages, &ground.limits);
    let heap = heap.ok_or("its spans are not to be had")?;
    if bound.bytes.is_some_and(|most| heap.scanned_bytes() > most) {
        return Err("it is too large to be searched without being asked for");
    }
    let marking = Marking::new(ground, &pages, &heap, bound.until);
    let mut marking = marking.ok_or("there is no room for so many objects")?;
    let at = ground.found.roots.allgs.at;
    let gs = allgs::present(ground.fresh, at, ground.limits.goroutines);
    // A goroutine leads to what it waits at. So none is searched but those that can go on.
    for g in &gs {
        marking.pass_over(*g);
    }
    roots::processors(ground, &mut marking);
    let mut waiting = Waiting::new(&heap, report, objects, &mut marking);
    roots::globals(ground, &mut marking)?;
    for word in ground.deep.iter().flat_map(|deep| &deep.registers) {
        marking.word(*word);
    }
    for finalizer in heap.finalizers() {
        marking.word(finalizer.closure.get());
        marking.spans(heap.bytes(finalizer.object).into_iter().collect());
    }
    marking.spans(roots::unknown(ground, report, &gs, &pages));
    // What a global leads to, everybody may have: that says of no goroutine that it has it.
    marking.search()?;
    let mut able = waiting.able();
    able.extend(waiting.woken(marking.woken()));
    let mut from = FxHashMap::default();
    while !able.is_empty() {
        let together = if able.len() > MAX_APART {
            able.len()
        } else {
            1
        };
        let mut woken = Vec::new();
        for some in able.chunks(together) {
            marking.spans(roots::of(ground, report, some, &pages));
            marking.search()?;
            let reached = marking.woken();
            if let [one] = some {
                from.extend(reached.iter().map(|object| (*object, *one)));
            }
            woken.extend(waiting.woken(reached));
        }
        able = woken;
    }
    marking.is_whole(ground.deep.as_ref().is_some_and(|deep| deep.runs))?;
    let mut reach = Reach::default();
    for (object, index) in objects.iter().zip(0u32..) {
        let lies = heap.object_at(object.addr);
        let Some(lies) = lies.filter(|_| is_searched(object) && !object.waiters.is_empty()) else {
            continue;
        };
        if !marking.is_reached(lies) {
            reach.unreached.insert(index);
        } else if let Some(goroutine) = from.get(&lies) {
            reach.from.insert(index, *goroutine);
        }
    }
    Ok(reach)
}

/// Whether only a goroutine that has it can end the wait for such an object.
fn is_searched(object: &Object) -> bool {
    match &object.kind {
        // Of a timer, the runtime ends it.
        Kind::Channel(channel) => channel.timer.is_none(),
        Kind::Mutex(_)
        | Kind::RwMutex(_)
        | Kind::WaitGroup { .. }
        | Kind::Cond
        | Kind::Once { .. }
        | Kind::Semaphore { .. } => true,
        Kind::File(_) | Kind::Coroutine | Kind::Bubble => false,
    }
}
