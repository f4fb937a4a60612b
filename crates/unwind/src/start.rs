//! Where the walk of a goroutine begins, as far as memory tells. What registers tell is [`crate::running`]'s.

use gopeek_layout::Addr;
use gopeek_layout::enums::status;
use gopeek_layout::goroutine::{Context, Goroutine};
use gopeek_layout::registers::Registers;

/// The innermost frame's registers.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct Start {
    /// Program counter.
    pub pc: Addr,
    /// Stack pointer.
    pub sp: Addr,
    /// Link register; nil where it is not known.
    pub lr: Addr,
    /// Who knows them.
    pub from: Source,
}

/// Who knows where a goroutine is.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Source {
    /// The scheduler saved it when the goroutine was parked, or its thread went to another stack.
    Scheduler,
    /// It was saved on entry to a system call, or to C.
    Syscall,
    /// It was saved on entry to the vDSO.
    Vdso,
    /// Its thread's registers: `pc` is the instruction itself rather than a return address.
    Registers,
    /// Likewise, on a stack that the runtime keeps for the thread.
    OwnStack,
}

impl Source {
    /// Whether the pc is the instruction itself rather than a return address.
    #[must_use]
    pub fn is_trap(self) -> bool {
        [Source::Registers, Source::OwnStack].contains(&self)
    }
}

impl Start {
    pub(crate) fn saved(context: Context, from: Source) -> Start {
        let Context { pc, sp, lr } = context;
        Start { pc, sp, lr, from }
    }

    /// Where a thread is, on its goroutine's stack.
    #[must_use]
    pub fn at(registers: &Registers) -> Start {
        Start {
            pc: registers.pc(),
            sp: registers.sp(),
            lr: registers.link(),
            from: Source::Registers,
        }
    }

    /// Where a thread is, on a stack of its own: g0's, gsignal's.
    #[must_use]
    pub fn on_own_stack(registers: &Registers) -> Start {
        Start {
            from: Source::OwnStack,
            ..Start::at(registers)
        }
    }
}

/// Where `goroutine` goes on, from what memory tells, in the order of `runtime.traceback1`: the vDSO, a system
/// call, the scheduler. Nothing for one that runs Go code: then only its thread's registers know. Nor for one that
/// says that it goes on outside of its own stack: it is damaged, or moved while it was read, and what lies there is
/// somebody else's.
#[must_use]
pub fn start(goroutine: &Goroutine) -> Option<Start> {
    // The scheduler asks for the time, too, on its own stack: that is no place of the goroutine.
    let vdso = goroutine
        .vdso
        .filter(|vdso| goroutine.stack.contains(vdso.sp));
    let start = match (vdso, goroutine.syscall) {
        (Some(vdso), _) => Start::saved(vdso, Source::Vdso),
        (None, Some(syscall)) => Start::saved(syscall, Source::Syscall),
        (None, None) if goroutine.status == status::RUNNING => return None,
        (None, None) => Start::saved(goroutine.sched, Source::Scheduler),
    };
    let stack = goroutine.stack;
    let own = stack.contains(start.sp) || Some(start.sp) == stack.end();
    (own && start.sp.is_aligned(ALIGNMENT)).then_some(start)
}

/// Of every stack pointer that Go saves: a word's.
const ALIGNMENT: u64 = 8;
