//! Where the walk of a goroutine begins.

use gopeek_layout::Addr;
use gopeek_layout::enums::status;
use gopeek_layout::goroutine::{Context, Goroutine};

/// The innermost frame's registers.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct Start {
    /// Program counter.
    pub pc: Addr,
    /// Stack pointer.
    pub sp: Addr,
    /// Link register; nil where it is not known.
    pub lr: Addr,
    /// Whether `pc` is the instruction itself rather than a return address.
    pub trap: bool,
    /// Whether these are what entersyscall saved.
    pub syscall: bool,
}

/// Where `goroutine` goes on, from what memory tells, in the order of `runtime.traceback1`: the vDSO, a system
/// call, the scheduler. Nothing for one that runs Go code: then only its thread's registers know.
#[must_use]
pub fn start(goroutine: &Goroutine) -> Option<Start> {
    let saved = |context: Context, syscall| {
        let Context { pc, sp, lr } = context;
        Some(Start {
            pc,
            sp,
            lr,
            trap: false,
            syscall,
        })
    };
    // The scheduler asks for the time, too, on its own stack: that is no place of the goroutine.
    let vdso = goroutine
        .vdso
        .filter(|vdso| goroutine.stack.contains(vdso.sp));
    match (vdso, goroutine.syscall) {
        (Some(vdso), _) => saved(vdso, false),
        (None, Some(syscall)) => saved(syscall, true),
        (None, None) if goroutine.status == status::RUNNING => None,
        (None, None) => saved(goroutine.sched, false),
    }
}
