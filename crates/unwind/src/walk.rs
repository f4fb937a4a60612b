//! The walk up one goroutine's stack: `runtime/traceback.go`'s unwinder, over foreign bytes.
//!
//! It is total: it always returns the frames it got and why it ended. Frames are physical; what was inlined into
//! them is [`Code::site`]'s business.

use crate::code::Code;
use crate::gap::{Gap, Middle};
use crate::pclntab::function::{Function, flag};
use crate::start::{Source, Start};
use gopeek_layout::arch::{Arch, FrameShape};
use gopeek_layout::enums::FuncIds;
use gopeek_layout::mem::read_word;
use gopeek_layout::rules::{Rules, TrapCallers};
use gopeek_layout::{Addr, Memory, Unreadable};
use rustc_hash::FxHashMap;

/// A physical frame.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct Frame {
    /// Where it goes on; its return address's target, or the trapped instruction.
    pub pc: Addr,
    /// Its stack pointer.
    pub sp: Addr,
    /// Its caller's stack pointer.
    pub fp: Addr,
    /// Where its arguments begin.
    pub argp: Addr,
    /// Whether `pc` is a trapped instruction rather than a return address.
    pub trap: bool,
}

/// Why a walk ended.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum End {
    /// At a function that begins stacks: the walk is complete.
    Root,
    /// At a function that moved its stack pointer in an untold way.
    StackSwitch,
    /// At code without frame tables: C or the race detector.
    ForeignCode,
    /// The innermost pc is in no function of the target.
    UnknownPc(Addr),
    /// A return address is in no function of the target.
    UnknownReturn(Addr),
    /// The stack's bytes were not captured.
    Unreadable(Unreadable),
    /// The frame would be its own caller.
    NoProgress,
    /// More frames than the limit.
    TooDeep,
    /// There was nowhere to start: it runs, and its registers are not known.
    NoStart,
}

impl End {
    /// Whether there should have been more frames: what the stack says makes no sense.
    #[must_use]
    pub fn is_broken(&self) -> bool {
        match self {
            End::Root | End::StackSwitch | End::ForeignCode | End::NoStart => false,
            End::UnknownPc(_)
            | End::UnknownReturn(_)
            | End::Unreadable(_)
            | End::NoProgress
            | End::TooDeep => true,
        }
    }
}

/// A goroutine's frames, innermost first.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Stack {
    /// The frames; of a stack with more than are kept, the innermost and the outermost.
    pub frames: Vec<Frame>,
    /// What is left out between these.
    pub gap: Option<Gap>,
    /// Why there are no more.
    pub end: End,
}

/// Most stacks have no more frames, and need no more room.
const MOST: usize = 16;
/// Maximum number of frames of one stack that are counted: twice what fits into Go's largest stack, 1 GiB.
const MAX_COUNTED: u64 = 1 << 28;

/// What the tables say of a pc: enough to step to its caller.
#[derive(Copy, Clone, Debug)]
struct Step {
    /// Bytes from sp to fp, the pushed return address included.
    size: u64,
    flags: u8,
    func_id: u8,
    has_frame_table: bool,
}

/// Walks stacks of one target, remembering what each pc meant.
#[derive(Debug)]
pub struct Walker<'c, 'd> {
    code: &'c Code<'d>,
    arch: Arch,
    shape: FrameShape,
    ids: FuncIds,
    rules: &'c Rules,
    max_frames: usize,
    /// Whether of a stack with more frames the outermost are kept, too.
    keeps_ends: bool,
    steps: FxHashMap<Addr, Option<Step>>,
}

impl<'c, 'd> Walker<'c, 'd> {
    /// A walker that ends a stack after `max_frames`.
    #[must_use]
    pub fn new(
        code: &'c Code<'d>,
        arch: Arch,
        ids: FuncIds,
        rules: &'c Rules,
        max_frames: usize,
    ) -> Walker<'c, 'd> {
        Walker {
            code,
            arch,
            shape: arch.frame(),
            ids,
            rules,
            max_frames,
            keeps_ends: false,
            steps: FxHashMap::default(),
        }
    }

    /// The same walker, which leaves frames out of the middle of a stack with more than it keeps, and counts them.
    #[must_use]
    pub fn keeping_ends(self) -> Walker<'c, 'd> {
        Walker {
            keeps_ends: self.max_frames > 1,
            ..self
        }
    }

    pub(crate) fn code(&self) -> &'c Code<'d> {
        self.code
    }

    pub(crate) fn arch(&self) -> Arch {
        self.arch
    }

    /// Why a walk from `start` ends if it may have no more than one frame: [`End::TooDeep`] where there is a caller.
    pub(crate) fn first_step(&mut self, memory: &dyn Memory, start: Start) -> End {
        let all = std::mem::replace(&mut self.max_frames, 1);
        let keeps_ends = std::mem::replace(&mut self.keeps_ends, false);
        let end = self.walk(memory, Some(start)).end;
        (self.max_frames, self.keeps_ends) = (all, keeps_ends);
        end
    }

    /// The frames from `start` outwards.
    pub fn walk(&mut self, memory: &dyn Memory, start: Option<Start>) -> Stack {
        let mut frames = Vec::with_capacity(MOST);
        let mut middle = Middle::default();
        let end = self.walk_with(memory, start, &mut frames, &mut middle);
        Stack {
            gap: middle.close(&mut frames),
            frames,
            end,
        }
    }

    /// Likewise, into room that is used again and again; says why there are no more.
    pub fn walk_into(
        &mut self,
        memory: &dyn Memory,
        start: Option<Start>,
        frames: &mut Vec<Frame>,
    ) -> End {
        let mut middle = Middle::default();
        let end = self.walk_with(memory, start, frames, &mut middle);
        middle.close(frames);
        end
    }

    fn walk_with(
        &mut self,
        memory: &dyn Memory,
        start: Option<Start>,
        frames: &mut Vec<Frame>,
        middle: &mut Middle,
    ) -> End {
        frames.clear();
        match start {
            Some(start) => self
                .collect(memory, start, frames, middle)
                .unwrap_or_else(End::Unreadable),
            None => End::NoStart,
        }
    }

    fn collect(
        &mut self,
        memory: &dyn Memory,
        start: Start,
        frames: &mut Vec<Frame>,
        middle: &mut Middle,
    ) -> Result<End, Unreadable> {
        let Start {
            mut pc,
            mut sp,
            mut lr,
            from,
        } = start;
        let (live, syscall) = (from == Source::Registers, from == Source::Syscall);
        let mut trap = from.is_trap();
        if pc.is_null() {
            // A call of a nil function: it failed before it had a frame.
            pc = read_word(memory, sp)?;
            sp = sp
                .checked_add(self.shape.pushed_by_call)
                .ok_or(Unreadable { at: sp, len: 8 })?;
            lr = Addr::NULL;
        }
        let Some(mut step) = self.step(pc) else {
            return Ok(End::UnknownPc(pc));
        };
        loop {
            let innermost = frames.is_empty();
            if !step.has_frame_table {
                return Ok(End::ForeignCode);
            }
            let is_full = frames.len() >= self.max_frames;
            if is_full && (!self.keeps_ends || middle.count() >= MAX_COUNTED) {
                return Ok(End::TooDeep);
            }
            let overflow = Unreadable { at: sp, len: 8 };
            let fp = sp.checked_add(step.size).ok_or(overflow)?;
            let argp = fp.checked_add(self.shape.min_frame_size).ok_or(overflow)?;
            let frame = Frame {
                pc,
                sp,
                fp,
                argp,
                trap,
            };
            if is_full {
                middle.push(frames, frame);
            } else {
                frames.push(frame);
            }

            if step.flags & flag::TOP_FRAME != 0 {
                return Ok(End::Root);
            }
            // cgocallback's frame is on both stacks, and a system call saved where it was before it moved SP.
            let keeps_sp = step.func_id == self.ids.cgocallback || (innermost && syscall);
            let writes_sp = step.flags & flag::SP_WRITE != 0 && !keeps_sp;
            if writes_sp && !live {
                return Ok(End::StackSwitch);
            }
            let mut return_pc = self.return_address(memory, sp, fp, lr, innermost)?;
            if innermost && live && self.step(return_pc).is_none() && self.code.follows_call(lr) {
                // A leaf returns by its link register, and may use the word where that was saved for something else
                // (internal/chacha8rand.block).
                return_pc = lr;
            }
            // One that is interrupted on a goroutine's stack may not have written SP yet, or be done with it: then it
            // has a caller. On a thread's own stack it has come from the goroutine's.
            if writes_sp && !self.code.follows_call(return_pc) {
                return Ok(End::StackSwitch);
            }
            let Some(caller) = self.step(return_pc) else {
                return Ok(if return_pc.is_null() {
                    End::Root
                } else {
                    End::UnknownReturn(return_pc)
                });
            };
            if (pc, sp) == (return_pc, fp) {
                return Ok(End::NoProgress);
            }
            trap = self.injects(step.func_id);
            (pc, sp, lr) = (return_pc, fp, Addr::NULL);
            if self.shape.link_register && self.is_injected(step.func_id) {
                // The signal handler pushed the link register before it faked the call.
                let saved: Addr = read_word(memory, sp)?;
                sp = sp
                    .checked_add(self.shape.injected_call_size)
                    .ok_or(overflow)?;
                if caller.size == 0 {
                    lr = saved;
                }
            }
            step = caller;
        }
    }

    fn return_address(
        &self,
        memory: &dyn Memory,
        sp: Addr,
        fp: Addr,
        lr: Addr,
        innermost: bool,
    ) -> Result<Addr, Unreadable> {
        let unreadable = Unreadable { at: fp, len: 8 };
        if !self.shape.link_register {
            return read_word(
                memory,
                fp.checked_sub(self.shape.pushed_by_call)
                    .ok_or(unreadable)?,
            );
        }
        if (innermost && sp < fp) || lr.is_null() {
            read_word(memory, sp)
        } else {
            Ok(lr)
        }
    }

    /// Whether the caller of a function with this id was trapped, by this minor's own reading.
    fn injects(&self, id: u8) -> bool {
        match self.rules.trap_callers {
            TrapCallers::Sigpanic => id == self.ids.sigpanic,
            TrapCallers::Injected => self.is_injected(id),
        }
    }

    fn is_injected(&self, id: u8) -> bool {
        [
            self.ids.sigpanic,
            self.ids.async_preempt,
            self.ids.debug_call,
        ]
        .contains(&id)
    }

    fn step(&mut self, pc: Addr) -> Option<Step> {
        let (code, pushed) = (self.code, self.shape.pushed_by_call);
        *self.steps.entry(pc).or_insert_with(|| {
            code.function(pc)
                .map(|function| step(&function, pc, pushed))
        })
    }
}

fn step(function: &Function<'_, '_>, pc: Addr, pushed_by_call: u64) -> Step {
    Step {
        size: function
            .bytes_to_caller(pc, pushed_by_call)
            .unwrap_or(pushed_by_call),
        flags: function.flags(),
        func_id: function.id().unwrap_or(0),
        has_frame_table: function.has_frame_table(),
    }
}
