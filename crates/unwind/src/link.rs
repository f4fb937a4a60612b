//! Where a goroutine goes on while its thread is in code that gives its link register up without a frame to keep it in.
//!
//! That is code of the runtime between a goroutine's stack and another (`asm_arm64.s`). What it does not keep is in
//! `g.sched` by then, or in another register. Architectures without a link register keep all on the stack.

use crate::start::{Source, Start};
use crate::walk::Walker;
use gopeek_layout::Addr;
use gopeek_layout::goroutine::Context;
use gopeek_layout::registers::Registers;

/// Jumps to where the scheduler saved a goroutine; in two parts, of which the second is local to its file.
const GOGO: [&str; 2] = ["runtime.gogo", "gogo"];
/// What a function calls that needs more stack than there is, before it has made its frame.
const MORESTACK: [&str; 2] = ["runtime.morestack", "runtime.morestack_noctxt"];
/// What saves a goroutine and then calls save_g. It never returns, and has no frame.
const SAVING: [&str; 2] = ["runtime.mcall", "runtime.morestack"];

impl Walker<'_, '_> {
    /// Where the goroutine goes on that was saved as `sched`; its thread is at `registers`, on the goroutine's stack.
    /// Nothing where the stack and the link register tell.
    pub(crate) fn between_stacks(&self, registers: &Registers, sched: Context) -> Option<Start> {
        let shape = self.arch().frame();
        if !shape.link_register {
            return None;
        }
        let (code, from) = (self.code(), Source::Scheduler);
        let (pc, sp, link) = (registers.pc(), registers.sp(), registers.link());
        let function = code.function(pc)?;
        if function.frame_size(pc) != Some(0) {
            return None;
        }
        let name = function.name();
        let caller = code.function(link).map(|caller| caller.name());
        let is_called_by = |names: [&str; 2]| {
            let caller = caller.as_deref();
            caller.is_some_and(|caller| names.contains(&caller))
        };
        if is_called_by(SAVING) {
            // It has saved all: this is itself after its call, or save_g.
            return Some(Start::saved(sched, from));
        }
        if GOGO.contains(&&*name) {
            // It loads what was saved, and clears all of it but the pc. The link register is its own until then.
            let lr = if is_called_by(GOGO) { sched.lr } else { link };
            let pc = sched.pc;
            return Some(Start { pc, sp, lr, from });
        }
        if MORESTACK.contains(&&*name) {
            // What it is about to save.
            let lr = Addr::new(registers.dwarf(shape.morestack_link?)?);
            let pc = link;
            return Some(Start { pc, sp, lr, from });
        }
        None
    }
}
