//! The C frames of one goroutine: those that its thread is in, and those between its Go frames.
//!
//! Go code that calls C leaves its own stack: `runtime.asmcgocall` switches to the thread's, g0's, and the goroutine's
//! Go frames are found without registers, as its system calls' are. When that C calls Go again, the goroutine goes on
//! on its own stack, above its earlier frames, and the C frames lie on the thread's stack meanwhile, below
//! (runtime/asm_*.s and runtime/cgo/asm_*.s; offsets are those of [`super::cpu`]):
//!
//! ```text
//! goroutine's stack, grows up here       thread's stack
//!   Go code
//!   main._Cfunc_f
//!   runtime.cgocall
//!   runtime.asmcgocall  -- switches -->  runtime.asmcgocall
//!                                        f, C functions                        <- this segment
//!                                        crosscall2, saves C's registers
//!   runtime.cgocallback <- switches --   runtime.cgocallback at S: [outer_sp] = former g0.sched.sp
//!   runtime.cgocallbackg                                           g0.sched.sp = S
//!   Go code, and so on                   the next runtime.asmcgocall begins at g0.sched.sp = S
//! ```
//!
//! So g0.sched.sp is the stack pointer S of the innermost cgocallback's frame on the thread's stack, and the word in
//! that frame where `runtime.unwindm` finds the former g0.sched.sp leads to the next outer one: one for each frame of
//! cgocallback among the goroutine's Go frames. Nothing else moves g0.sched.sp while a goroutine is in a callback.
//!
//! cgocallback opens a frame of the same size on the goroutine's stack ("open a frame the same size as cgocallback's
//! g0 frame"), so that frame, which Go's tables know, tells the size of its twin on the thread's stack. Its end is
//! crosscall2's stack pointer; its return address lies in crosscall2, and crosscall2 saved all that C wants back:
//! the return address to the C function, its frame pointer, and its other callee-saved registers.
//!
//! On a thread that C made, the outermost segment is what C did before it called Go first: it ends where the thread
//! began.

use super::cpu::{Crossing, ReturnSlot, cpu};
use super::registers::KnownRegisters;
use super::walk::{NativeStack, Natives};
use crate::code::Code;
use crate::walk::Frame;
use gopeek_layout::arch::Arch;
use gopeek_layout::enums::FuncIds;
use gopeek_layout::mem::read_word;
use gopeek_layout::registers::Registers;
use gopeek_layout::{Addr, Memory};

/// A goroutine's frames in Go, and what is known of its thread.
#[derive(Copy, Clone, Debug)]
pub struct Chain<'a, 'd> {
    /// The target's Go code.
    pub code: &'a Code<'d>,
    /// Its function ids.
    pub ids: &'a FuncIds,
    /// Its architecture.
    pub arch: Arch,
    /// The goroutine's Go frames, innermost first.
    pub frames: &'a [Frame],
    /// The g0.sched.sp of the M that it is on or, parked in a callback, locked to; nil where it has none.
    pub g0_sp: Addr,
    /// The registers of its thread, if it runs on one.
    pub registers: Option<&'a Registers>,
    /// Ends each segment after so many frames.
    pub max_frames: usize,
}

/// C frames that a goroutine is in.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NativeSegment {
    /// The index of the Go frame in front of which these lie: of the one that called the outermost of them. Where C
    /// made the thread, nothing called it, and that is the goexit with which the goroutine of such a thread begins.
    pub before: usize,
    /// Where crosscall2, Go's assembly that the innermost of them called, goes on; nothing where they called no Go.
    pub crossing: Option<Addr>,
    /// The frames.
    pub stack: NativeStack,
}

/// The C frames of a goroutine, innermost segment first. What lies beyond a callback that is not as described above
/// is left out.
#[must_use]
pub fn segments(
    natives: &Natives<'_>,
    memory: &dyn Memory,
    chain: &Chain<'_, '_>,
) -> Vec<NativeSegment> {
    let mut segments = Vec::new();
    if let Some(registers) = chain.registers
        && !chain.is_go(registers.pc())
    {
        let start = KnownRegisters::all(chain.arch, registers);
        segments.push(NativeSegment {
            before: 0,
            crossing: None,
            stack: chain.walk(natives, memory, &start, true),
        });
    }
    let mut sp = chain.g0_sp;
    for (index, frame) in chain.frames.iter().enumerate() {
        if !chain.is_cgocallback(frame) {
            continue;
        }
        let Some(callback) = chain.callback(memory, sp, frame) else {
            break;
        };
        segments.push(NativeSegment {
            before: index + 1,
            crossing: Some(callback.crossing),
            stack: chain.walk(natives, memory, &callback.caller, false),
        });
        sp = callback.outer_sp;
    }
    segments
}

/// What a frame of cgocallback on a thread's stack tells.
struct Callback {
    /// Its return address.
    crossing: Addr,
    /// The registers of the C function that called Go.
    caller: KnownRegisters,
    /// The stack pointer of the next outer frame of cgocallback, where there is one.
    outer_sp: Addr,
}

impl Chain<'_, '_> {
    fn walk(
        &self,
        natives: &Natives<'_>,
        memory: &dyn Memory,
        start: &KnownRegisters,
        trap: bool,
    ) -> NativeStack {
        natives.walk(memory, start, trap, &|pc| self.is_go(pc), self.max_frames)
    }

    /// C code that Go's linker linked in is among its functions, without a table of frame sizes.
    fn is_go(&self, pc: Addr) -> bool {
        self.code
            .function(pc)
            .is_some_and(|function| function.has_frame_table())
    }

    fn is_cgocallback(&self, frame: &Frame) -> bool {
        self.code
            .function(frame.pc)
            .is_some_and(|function| function.id() == Some(self.ids.cgocallback))
    }

    /// Reads the frame of cgocallback at `sp` of the thread's stack, whose twin is `twin`. Nothing where it does not
    /// lead to crosscall2, or that has another frame than we know.
    fn callback(&self, memory: &dyn Memory, sp: Addr, twin: &Frame) -> Option<Callback> {
        let Crossing {
            outer_sp,
            return_slot,
            frames,
            saved,
            saved_below_end,
        } = cpu(self.arch).crossing;
        let inner = sp.checked_add(twin.fp.offset_from(twin.sp)?)?;
        let slot = match return_slot {
            ReturnSlot::Last => inner.checked_sub(8)?,
            ReturnSlot::First => sp,
        };
        let crossing: Addr = read_word(memory, slot).ok()?;
        let function = self.code.function(crossing)?;
        let pushed = self.arch.frame().pushed_by_call;
        let frame = function.frame_size(crossing)?.checked_add(pushed)?;
        if function.name() != "crosscall2" || !frames.contains(&frame) {
            return None;
        }
        let end = inner.checked_add(frame)?;
        let mut caller = KnownRegisters::none(self.arch);
        let from_start = saved
            .iter()
            .map(|(number, offset)| (*number, inner.checked_add(*offset)));
        let from_end = saved_below_end
            .iter()
            .map(|(number, offset)| (*number, end.checked_sub(*offset)));
        for (number, at) in from_start.chain(from_end) {
            let value: u64 = read_word(memory, at?).ok()?;
            caller.set(number, Some(value));
        }
        let cpu = caller.cpu();
        caller.set_pc(caller.dwarf(cpu.pc)?);
        caller.set(cpu.sp, Some(end.get()));
        Some(Callback {
            crossing,
            caller,
            outer_sp: read_word(memory, sp.checked_add(outer_sp)?).ok()?,
        })
    }
}
