//! The runtime's side of a thread: its M, and what stands on the stacks that the M keeps.

use super::{Assembly, Bytes};
use crate::report::{Machine, SystemStack};
use crate::threads;
use gopeek_layout::Addr;
use gopeek_layout::mem::read_word;
use gopeek_layout::moduledata::ReadOnly;
use gopeek_layout::registers::Registers;
use gopeek_layout::sched::{M, P, SystemG};
use gopeek_unwind::Start;
use std::sync::Arc;

impl Assembly<'_, '_, '_> {
    /// An M, and what its thread has on the stacks that the runtime keeps for it.
    pub(super) fn machine(
        &mut self,
        m: &M,
        ps: &[P],
        registers: Option<&Registers>,
        bytes: Bytes<'_>,
    ) -> Machine {
        let p = ps.iter().find(|p| p.addr == m.p).map(|p| p.id);
        let duty = self.duty(m.start_fn);
        Machine {
            id: m.id,
            addr: m.addr.get(),
            p,
            running: m.curg.get(),
            locked: m.locked_g.get(),
            spinning: m.spinning,
            blocked: m.blocked,
            in_c: m.in_c,
            is_extra: m.is_extra,
            c_calls: m.c_calls,
            duty,
            g0: m.g0.map(|g| self.system_stack(&g, registers, bytes)),
            gsignal: m.gsignal.map(|g| self.system_stack(&g, registers, bytes)),
        }
    }

    fn system_stack(
        &mut self,
        g: &SystemG,
        registers: Option<&Registers>,
        bytes: Bytes<'_>,
    ) -> SystemStack {
        let start = registers
            .filter(|_| threads::is_on(registers, g))
            // Behind a system call there may be the next line.
            .map(|registers| Start::on_own_stack(&registers.in_handler()));
        SystemStack {
            g: g.addr.get(),
            stack: start.map(|start| {
                let walked = self.walk(Some(start), bytes);
                self.stack(Some(start), &walked, bytes)
            }),
        }
    }

    /// The name of the function that an M was started for. The closure lies in the executable's read-only data.
    fn duty(&self, closure: Addr) -> Option<Arc<str>> {
        let memory = ReadOnly(&self.scene.found.modules);
        let code: Addr = read_word(&memory, closure).ok()?;
        let name = self.places.function_name(code);
        (!name.is_empty()).then_some(name)
    }
}
