//! What native unwinding has to know of an architecture, as data.
//!
//! Registers go by their DWARF numbers: System V ABI for amd64, ABI for the Arm 64-bit architecture for arm64.

use gopeek_layout::arch::Arch;

/// One more than the highest register number that is kept: arm64's x0 to x30, sp and pc.
pub(super) const REGISTERS: usize = 33;

/// How C code uses an architecture, and how Go's assembly goes between the two.
#[derive(Debug)]
pub(super) struct Cpu {
    /// The column that stands for the program counter; on amd64 the return address's, too.
    pub(super) pc: u16,
    pub(super) sp: u16,
    pub(super) frame_pointer: u16,
    /// What a function leaves as it was, where call frame information does not say.
    pub(super) callee_saved: &'static [u16],
    /// The bits of a code pointer that are its address: the rest may be its signature.
    pub(super) code_bits: u64,
    /// Extensions of call frame information.
    pub(super) vendor: gimli::Vendor,
    /// Bytes that the stack pointer moves by from a frame's saved frame pointer to its caller.
    pub(super) frame_record: u64,
    /// The code of a signal trampoline: `mov $15, %rax; syscall`, `mov x8, #139; svc #0`.
    pub(super) sigreturn: &'static [u8],
    /// Where the interrupted registers' ucontext lies at a trampoline, from the stack pointer: on arm64 behind a
    /// siginfo.
    pub(super) ucontext: u64,
    pub(super) crossing: Crossing,
}

/// How C calls Go: the two frames of assembly on the thread's stack, `crosscall2` and below it
/// `runtime.cgocallback`.
///
/// But for the lengths of crosscall2's frame, all of this is the same in every release from 1.19 to 1.27 (runtime/cgo/asm_*.s, runtime/cgo/abi_*.h,
/// runtime/asm_*.s); [`super::callback`] tells how it is used.
#[derive(Debug)]
pub(super) struct Crossing {
    /// Where cgocallback keeps the former g0.sched.sp, from its stack pointer: what `runtime.unwindm` reads,
    /// `alignUp(sys.MinFrameSize, sys.StackAlign)`.
    pub(super) outer_sp: u64,
    /// Where cgocallback keeps its return address: from the end of its frame, or from its stack pointer.
    pub(super) return_slot: ReturnSlot,
    /// How long crosscall2's frame may be while it calls cgocallback, from stack pointer to stack pointer; Go's tables
    /// tell which of them it is.
    pub(super) frames: &'static [u64],
    /// Where crosscall2 keeps registers of the C function that called it, from its stack pointer while it calls.
    pub(super) saved: &'static [(u16, u64)],
    /// Likewise, below the end of its frame; the return address goes under the number of [`Cpu::pc`].
    pub(super) saved_below_end: &'static [(u16, u64)],
}

/// Where a frame of Go's assembly keeps its return address.
#[derive(Copy, Clone, Debug)]
pub(super) enum ReturnSlot {
    /// In the last word of the frame: the call pushed it.
    Last,
    /// In the first word: the prologue stored the link register.
    First,
}

/// rbx is 3, rbp 6, rsp 7, r12 to r15 their own numbers, 16 the return address.
static AMD64: Cpu = Cpu {
    pc: 16,
    sp: 7,
    frame_pointer: 6,
    callee_saved: &[3, 6, 12, 13, 14, 15],
    code_bits: u64::MAX,
    vendor: gimli::Vendor::Default,
    frame_record: 16,
    sigreturn: &[0x48, 0xc7, 0xc0, 0x0f, 0, 0, 0, 0x0f, 0x05],
    ucontext: 0,
    crossing: Crossing {
        outer_sp: 0,
        return_slot: ReturnSlot::Last,
        // Three arguments, PUSH_REGS_HOST_TO_ABI0's six registers, the return address; and where the assembler saves
        // the frame pointer of its own accord, another word. It did not in 1.21, whose crosscall2 is NOFRAME.
        frames: &[0x18 + 6 * 8 + 8, 0x18 + 6 * 8 + 16],
        saved: &[(3, 0x18), (12, 0x20), (13, 0x28), (14, 0x30), (15, 0x38)],
        // What is saved first is what C had in it.
        saved_below_end: &[(6, 16), (16, 8)],
    },
};

/// x29 is the frame pointer, x30 the link register, 31 the stack pointer, 32 the pc.
static ARM64: Cpu = Cpu {
    pc: 32,
    sp: 31,
    frame_pointer: 29,
    callee_saved: &[19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29],
    // Linux gives programs 48 bits of addresses, unless they ask for more by name.
    code_bits: (1 << 48) - 1,
    vendor: gimli::Vendor::AArch64,
    frame_record: 16,
    sigreturn: &[0x68, 0x11, 0x80, 0xd2, 0x01, 0, 0, 0xd4],
    ucontext: 128,
    crossing: Crossing {
        outer_sp: 16,
        return_slot: ReturnSlot::First,
        frames: &[24 * 8],
        // SAVE_R19_TO_R28(8*4), then R29 and R30 at 8*22.
        saved: &[
            (19, 0x20),
            (20, 0x28),
            (21, 0x30),
            (22, 0x38),
            (23, 0x40),
            (24, 0x48),
            (25, 0x50),
            (26, 0x58),
            (27, 0x60),
            (28, 0x68),
        ],
        saved_below_end: &[(29, 16), (32, 8)],
    },
};

/// The data of `arch`.
pub(super) fn cpu(arch: Arch) -> &'static Cpu {
    match arch {
        Arch::Amd64 => &AMD64,
        Arch::Arm64 => &ARM64,
    }
}
