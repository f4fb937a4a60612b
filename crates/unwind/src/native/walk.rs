//! The walk up a native stack, from registers to Go code or to where the thread began.
//!
//! It is total: it always returns the frames it got and why it ended.

use super::cfi::{Caller, step};
use super::end::NativeEnd;
use super::module::{Module, NativeModule};
use super::registers::KnownRegisters;
use super::{pointers, trampoline};
use gimli::UnwindContext;
use gopeek_layout::{Addr, Memory};
use std::sync::Arc;

/// How sure it is that a frame is where it says.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Trust {
    /// Every step to it went by call frame information.
    Exact,
    /// Some step to it took a frame pointer's word, for want of call frame information.
    Guessed,
}

/// A physical frame of code that is not Go's.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct NativeFrame {
    /// Where it goes on; its return address's target, or the interrupted instruction.
    pub pc: Addr,
    /// Its stack pointer.
    pub sp: Addr,
    /// Whether `pc` is the instruction itself rather than a return address.
    pub trap: bool,
    /// Whether it is no function's, but made by the kernel for a signal; its callee is the handler.
    pub signal: bool,
    /// How sure that is.
    pub trust: Trust,
}

/// Native frames, innermost first.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NativeStack {
    /// The frames.
    pub frames: Vec<NativeFrame>,
    /// Why there are no more.
    pub end: NativeEnd,
    /// Those of the frame at which the walk ended, as far as they are known: of the Go code that called C, when it
    /// ended there.
    pub registers: KnownRegisters,
}

/// The code of a target that is not Go's, for walking.
#[derive(Default)]
pub struct Natives<'d> {
    modules: Vec<Module<'d>>,
}

impl std::fmt::Debug for Natives<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Natives")
            .field("modules", &self.modules.len())
            .finish()
    }
}

impl<'d> Natives<'d> {
    /// Those of `modules` that are ELF files. What they say of frames is read only when a walk comes by.
    #[must_use]
    pub fn new(modules: &[NativeModule<'d>]) -> Natives<'d> {
        let unpacker = Arc::default();
        Natives {
            modules: modules
                .iter()
                .filter_map(|module| Module::new(module, &unpacker))
                .collect(),
        }
    }

    /// The frames from `start` outwards, at most `max_frames` of them, up to the first pc that `is_go` says yes to.
    /// `trap` says that the pc of `start` is an instruction itself, as a thread's is, not a return address.
    pub fn walk(
        &self,
        memory: &dyn Memory,
        start: &KnownRegisters,
        trap: bool,
        is_go: &dyn Fn(Addr) -> bool,
        max_frames: usize,
    ) -> NativeStack {
        let mut walk = Walk {
            natives: self,
            memory,
            is_go,
            max_frames,
            context: UnwindContext::new(),
            frames: Vec::new(),
            registers: *start,
            trap,
            trust: Trust::Exact,
        };
        let end = loop {
            if let Err(end) = walk.advance() {
                break end;
            }
        };
        NativeStack {
            frames: walk.frames,
            end,
            registers: walk.registers,
        }
    }

    pub(super) fn module(&self, pc: Addr) -> Option<&Module<'d>> {
        self.modules.iter().find(|module| module.contains(pc))
    }
}

/// A walk under way: the frame that comes next.
struct Walk<'a, 'd> {
    natives: &'a Natives<'d>,
    memory: &'a dyn Memory,
    is_go: &'a dyn Fn(Addr) -> bool,
    max_frames: usize,
    context: UnwindContext<usize>,
    frames: Vec<NativeFrame>,
    registers: KnownRegisters,
    trap: bool,
    trust: Trust,
}

impl Walk<'_, '_> {
    /// Keeps the frame that is next and goes on to its caller.
    fn advance(&mut self) -> Result<(), NativeEnd> {
        let cpu = self.registers.cpu();
        let pc = self.registers.pc().ok_or(NativeEnd::LostRegister(cpu.pc))?;
        let sp = self.registers.sp().ok_or(NativeEnd::LostRegister(cpu.sp))?;
        if pc.is_null() && !self.frames.is_empty() {
            return Err(NativeEnd::Root);
        }
        let within = inside(pc, self.trap);
        if (self.is_go)(within) {
            return Err(NativeEnd::Go);
        }
        let module = self
            .natives
            .module(within)
            .ok_or(NativeEnd::UnknownModule(pc))?;
        if self.frames.len() >= self.max_frames {
            return Err(NativeEnd::TooDeep);
        }
        self.frames.push(NativeFrame {
            pc,
            sp,
            trap: self.trap,
            signal: false,
            trust: self.trust,
        });

        let linked = module.linked(within).ok_or(NativeEnd::BadRule)?;
        let (registers, memory) = (&self.registers, self.memory);
        let told = module
            .table()
            .row(&mut self.context, linked, |row| {
                step(&row, registers, memory)
            })
            .filter(|told| !matches!(told, Ok(caller) if !caller.interrupted && trampoline::is_at(module, pc)));
        let Caller {
            registers,
            interrupted,
        } = match told {
            Some(told) => told?,
            None if trampoline::is_at(module, pc) => trampoline::interrupted(registers, memory)?,
            None => {
                self.trust = Trust::Guessed;
                let known = |pc: Addr| {
                    let within = inside(pc, false);
                    (self.is_go)(within) || self.natives.module(within).is_some()
                };
                pointers::step(registers, memory, &known).ok_or(NativeEnd::NoRule(pc))?
            }
        };
        if let Some(frame) = self.frames.last_mut() {
            frame.signal = interrupted;
        }
        // Only the kernel moves a thread to another stack, for a signal.
        let (next_pc, next_sp) = (registers.pc(), registers.sp());
        let climbs = next_sp.is_some_and(|next| next >= sp);
        if (next_pc, next_sp) == (Some(pc), Some(sp)) || !(climbs || interrupted) {
            return Err(NativeEnd::NoProgress);
        }
        self.registers = registers;
        self.trap = interrupted;
        Ok(())
    }
}

/// An address inside of the instruction that a frame is at: a call's return address belongs to the one before it.
fn inside(pc: Addr, trap: bool) -> Addr {
    if trap {
        pc
    } else {
        pc.checked_sub(1).unwrap_or(pc)
    }
}
