//! Counting goroutines and Ps of a running target, without stopping it or walking a stack.

use crate::find::Found;
use gopeek_attach::capture::capture_running;
use gopeek_attach::{AttachError, Process};
use gopeek_layout::goroutine::Goroutines;
use gopeek_layout::mem::{GoSlice, read_word};
use gopeek_layout::{Limits, Memory, Plan};
use gopeek_unwind::system::is_system;

/// What a target has, by count.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Default)]
pub struct Census {
    /// Goroutines of the program.
    pub user: usize,
    /// Goroutines of the runtime.
    pub system: usize,
    /// Ps: GOMAXPROCS; nothing where allp was not found.
    pub gomaxprocs: Option<u64>,
}

/// Counts, while the target runs: goroutines that come and go meanwhile may be missed.
///
/// # Errors
/// [`AttachError`], when the target ends meanwhile.
pub fn census(process: &Process, found: &Found<'_>) -> Result<Census, AttachError> {
    let (layout, limits) = (&found.layout, Limits::default());
    let mut plan = Plan::without_stacks(&layout.fields, layout.rules, found.roots, limits);
    let snapshot = capture_running(process, &[], |held| plan.next(held.got, &[]))?.snapshot;
    Ok(count(&snapshot, found))
}

/// Counts what a memory holds that does not change.
#[must_use]
pub fn count(memory: &dyn Memory, found: &Found<'_>) -> Census {
    let (layout, limits) = (&found.layout, Limits::default());
    let finalizer_runs = found.roots.finalizer_runs(memory, layout.rules);
    let allp = found
        .roots
        .allp
        .and_then(|root| read_word::<GoSlice>(memory, root.at).ok());
    let mut census = Census {
        gomaxprocs: allp.map(|allp| allp.len),
        ..Census::default()
    };
    for goroutine in
        Goroutines::new(memory, &layout.fields, layout.rules, &found.roots, limits).flatten()
    {
        if goroutine.has_ended(layout.rules) {
            continue;
        }
        if is_system(
            &found.code,
            &layout.enums.func_ids,
            &goroutine,
            finalizer_runs,
        ) {
            census.system += 1;
        } else {
            census.user += 1;
        }
    }
    census
}
