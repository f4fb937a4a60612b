//! The signals that a thread handles: the frames that the kernel made for them on its signal stack.
//!
//! A crash of Go is a signal in a signal: the handler of the first one raises the one that kills.

use crate::running::OnThread;
use crate::start::Start;
use crate::walk::{End, Walker};
use gopeek_layout::registers::Registers;
use gopeek_layout::{Addr, Memory};

/// More signals within each other than this are damage.
const MAX_NESTED: usize = 8;

/// What the kernel calls to handle a signal, without and with C.
const TRAMPOLINES: [&str; 2] = ["runtime.sigtramp", "runtime.cgoSigtramp"];

/// A signal that a thread handles.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct Handler {
    /// The stack pointer of its caller, the kernel: above it lies what the kernel says of the signal.
    pub frame: Addr,
    /// The registers that the signal interrupted.
    pub interrupted: Registers,
}

impl Walker<'_, '_> {
    /// The signals that a thread handles, innermost first; nothing where what the innermost interrupted can't be read.
    pub fn handlers(&mut self, memory: &dyn Memory, thread: &OnThread) -> Option<Vec<Handler>> {
        let mut handlers: Vec<Handler> = Vec::new();
        let mut registers = thread.registers;
        let on_signal_stack = |sp| thread.signal_stack.is_some_and(|stack| stack.contains(sp));
        while on_signal_stack(registers.sp()) && handlers.len() < MAX_NESTED {
            let handler = self.handler(memory, &registers);
            let Some(handler) = handler else {
                // What an outer one interrupted may be unreadable; the innermost is what counts.
                return (!handlers.is_empty()).then_some(handlers);
            };
            let outwards = handler.frame >= registers.sp();
            registers = handler.interrupted;
            handlers.push(handler);
            if !outwards {
                break;
            }
        }
        Some(handlers)
    }

    /// The handler that a thread is in whose signal stack is not known: C made it, and Go has only lent it an M. Nothing
    /// where its stack does not begin with one.
    pub fn handler_on_own_stack(
        &mut self,
        memory: &dyn Memory,
        registers: &Registers,
    ) -> Option<Handler> {
        let walked = self.walk(memory, Some(Start::on_own_stack(registers)));
        let outermost = walked.frames.last()?;
        let function = self.code().function(outermost.pc)?;
        let is_handler = TRAMPOLINES.contains(&&*function.name());
        is_handler.then(|| self.handler(memory, registers))?
    }

    fn handler(&mut self, memory: &dyn Memory, registers: &Registers) -> Option<Handler> {
        // sigtramp is the outermost function of a handler. The kernel put the handler's arguments beneath it.
        let walked = self.walk(memory, Some(Start::on_own_stack(registers)));
        let frame = match walked.frames.last() {
            Some(outermost) if walked.end == End::Root => outermost.fp,
            // It is on its way back into the kernel, and has given up the handler's own return address.
            _ => registers.sp(),
        };
        let interrupted = Registers::interrupted(memory, self.arch(), frame).ok()?;
        Some(Handler { frame, interrupted })
    }
}
