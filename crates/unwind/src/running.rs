//! Where a goroutine is that runs on a CPU: its thread's registers, and which stack they are on.
//!
//! A thread leaves its goroutine's stack for its scheduling stack (systemstack, mcall, a call of C) and for its signal
//! stack. Before it goes to the former, the runtime saves where the goroutine is; in the latter case the kernel does.

use crate::pclntab::function::flag;
use crate::start::{Source, Start, start};
use crate::walk::{End, Walker};
use gopeek_layout::goroutine::Goroutine;
use gopeek_layout::registers::Registers;
use gopeek_layout::{Addr, Memory, Span};

/// Where systemstack and asmcgocall say that a goroutine is whose stack they leave (`gosave_systemstack_switch`).
const SWITCH: &str = "runtime.systemstack_switch";
/// What calls into the race detector (`race_amd64.s`, `race_arm64.s`) begin with.
const RACE: &str = "runtime.race";

/// A thread that stands still.
#[derive(Copy, Clone, Debug)]
pub struct OnThread {
    /// Its registers.
    pub registers: Registers,
    /// Its signal stack, where it has one.
    pub signal_stack: Option<Span>,
}

impl Walker<'_, '_> {
    /// Where `goroutine` goes on; `thread` is the one that it runs on, where that is known. Nothing where neither
    /// memory nor registers tell.
    pub fn start(
        &mut self,
        memory: &dyn Memory,
        goroutine: &Goroutine,
        thread: Option<&OnThread>,
    ) -> Option<Start> {
        start(goroutine).or_else(|| self.running(memory, goroutine, thread?))
    }

    fn running(
        &mut self,
        memory: &dyn Memory,
        goroutine: &Goroutine,
        thread: &OnThread,
    ) -> Option<Start> {
        let registers = self.outside_of_handler(memory, thread)?;
        let on_stack = |sp: Addr| goroutine.stack.contains(sp);
        let sched = goroutine.sched;
        if !on_stack(registers.sp()) {
            // Its thread is on g0. A goroutine that has never left its stack since it was last scheduled has no sp
            // saved (gogo and systemstack clear it).
            let saved = on_stack(sched.sp) && self.has_saved(registers.pc(), goroutine);
            return saved.then_some(Start::saved(sched, Source::Scheduler));
        }
        if let Some(start) = self.between_stacks(&registers, sched) {
            return Some(start);
        }
        let here = Start::at(&registers);
        let function = self.code().function(here.pc)?;
        if function.flags() & flag::SP_WRITE != 0
            && matches!(self.first_step(memory, here), End::StackSwitch)
        {
            // gogo is about to jump to where the goroutine goes on, already on its stack.
            return Some(Start {
                sp: here.sp,
                ..Start::saved(sched, Source::Scheduler)
            });
        }
        Some(here)
    }

    /// Whether the runtime saved where the goroutine is before its thread, which is at `pc` of another stack, left it.
    /// The race detector's calls do not: what is saved then is what an earlier switch left behind.
    fn has_saved(&self, pc: Addr, goroutine: &Goroutine) -> bool {
        let name = |pc| self.code().function(pc).map(|function| function.name());
        match name(pc) {
            Some(name) => !name.starts_with(RACE),
            // In the vDSO: the scheduler asks for the time, as when it has just made the goroutine a running one.
            None if goroutine.vdso.is_some() => true,
            // In C: by asmcgocall, which saves as systemstack does; or by a race call.
            None => name(goroutine.sched.pc).is_some_and(|name| name == SWITCH),
        }
    }

    /// The thread's registers; when it handles signals, those that the outermost interrupted.
    pub fn outside_of_handler(
        &mut self,
        memory: &dyn Memory,
        thread: &OnThread,
    ) -> Option<Registers> {
        let handlers = self.handlers(memory, thread)?;
        let outermost = handlers.last();
        Some(outermost.map_or(thread.registers, |handler| handler.interrupted))
    }
}
