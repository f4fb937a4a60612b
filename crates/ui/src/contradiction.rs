//! Whether the memory of a core contradicts a program of which nothing else tells if it is the one that the process ran.

use crate::find::Found;
use crate::take::MAX_FRAMES;
use gopeek_layout::enums::status;
use gopeek_layout::goroutine::{Goroutine, Goroutines};
use gopeek_layout::mem::Layered;
use gopeek_layout::moduledata::ReadOnly;
use gopeek_layout::{Addr, Limits, Memory, allgs};
use gopeek_unwind::Walker;

/// Maximum number of goroutines that are looked at.
const MAX_GOROUTINES: usize = 10_000;
/// A stack begins a little behind where its first function does (`goexit` and its no-op).
const BEGINNING: u64 = 8;

/// What the goroutines that wait say against the program: one was started where no function begins, or returns to where
/// nothing was called.
pub(crate) fn contradiction(found: &Found<'_>, memory: &dyn Memory) -> Option<String> {
    let known = Layered {
        over: memory,
        under: ReadOnly(&found.modules),
    };
    let limits = Limits::default();
    let (fields, rules) = (&found.layout.fields, found.layout.rules);
    let mut gs = allgs::present(&known, found.roots.allgs.at, limits.goroutines);
    gs.truncate(MAX_GOROUTINES);
    let ids = found.layout.enums.func_ids;
    let mut walker = Walker::new(&found.code, found.arch, ids, rules, MAX_FRAMES);
    let goroutines = Goroutines::at(&known, fields, rules, limits, gs);
    let mut waiting = goroutines
        .flatten()
        .filter(|it| it.status == status::WAITING);
    waiting.find_map(|goroutine| {
        let place = misplaced(found, &goroutine).or_else(|| {
            let start = walker.start(&known, &goroutine, None);
            let stack = walker.walk(&known, start);
            let mut frames = stack.frames.iter().filter(|frame| !frame.trap);
            frames.find_map(|frame| returns_nowhere(found, frame.pc))
        })?;
        Some(format!("goroutine {} of the core {place}", goroutine.goid))
    })
}

/// How a goroutine was started where this program starts none.
fn misplaced(found: &Found<'_>, goroutine: &Goroutine) -> Option<String> {
    let begins = |at: Addr| {
        let function = found.code.function(at);
        function.is_some_and(|function| function.entry() == at)
    };
    let Goroutine { startpc, gopc, .. } = goroutine;
    if !startpc.is_null() && !begins(*startpc) {
        return Some(format!("began at {startpc}, where no function begins"));
    }
    let made = !gopc.is_null() && found.code.function(*gopc).is_some();
    (made && !found.code.follows_call(*gopc))
        .then(|| format!("was made at {gopc}, where nothing is called"))
}

/// A return address in a function that does not call there.
fn returns_nowhere(found: &Found<'_>, pc: Addr) -> Option<String> {
    let entry = found.code.function(pc)?.entry();
    let within = pc.offset_from(entry)?;
    (within >= BEGINNING && !found.code.follows_call(pc))
        .then(|| format!("returns to {pc}, where nothing is called"))
}
