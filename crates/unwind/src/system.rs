//! Which goroutines are the runtime's own (`runtime.isSystemGoroutine`).

use crate::code::Code;
use gopeek_layout::enums::FuncIds;
use gopeek_layout::goroutine::Goroutine;

/// Whether `goroutine` was started by a function of the runtime, and does not run the program's code for it.
#[must_use]
pub fn is_system(
    code: &Code<'_>,
    ids: &FuncIds,
    goroutine: &Goroutine,
    finalizer_runs: bool,
) -> bool {
    let Some(function) = code.function(goroutine.startpc) else {
        return false;
    };
    let Some(id) = function.id() else {
        return false;
    };
    if [
        Some(ids.runtime_main),
        ids.corostart,
        Some(ids.handle_async_event),
    ]
    .contains(&Some(id))
    {
        return false;
    }
    if id == ids.finalizers {
        return !finalizer_runs;
    }
    if Some(id) == ids.cleanups {
        return !goroutine.runs_cleanups;
    }
    function.name().starts_with("runtime.")
}
