//! Loops in machine code: whether an instruction is done again and again.
//!
//! Backward jumps over it tell. **Not for** the shape of a loop, or which of several loops it is.

use crate::addr::Addr;
use crate::arch::Arch;
use iced_x86::{Code, Decoder, DecoderOptions, OpKind};

/// Whether a loop of the function whose `code` lies at `entry` has the instruction at `pc` in it.
#[must_use]
pub fn is_in_loop(arch: Arch, code: &[u8], entry: Addr, pc: Addr) -> bool {
    // A jump to the entry is how a function begins again once its stack has grown.
    let around = |from: Addr, to: Addr| to > entry && to <= pc && pc <= from;
    match arch {
        Arch::Amd64 => Decoder::with_ip(64, code, entry.get(), DecoderOptions::NONE)
            .into_iter()
            .filter(|it| it.op0_kind() == OpKind::NearBranch64 && it.code() != Code::Call_rel32_64)
            .any(|it| around(Addr::new(it.ip()), Addr::new(it.near_branch_target()))),
        Arch::Arm64 => (0u64..)
            .step_by(4)
            .zip(code.as_chunks::<4>().0)
            .any(|(offset, word)| {
                let Some(at) = entry.checked_add(offset) else {
                    return false;
                };
                let words = arm64_jump(u32::from_le_bytes(*word));
                let to = words.map(|words| Addr::new(at.get().wrapping_add_signed(words * 4)));
                to.is_some_and(|to| around(at, to))
            }),
    }
}

/// How many instructions a jump of arm64 goes on or back; `None` for other instructions.
fn arm64_jump(instruction: u32) -> Option<i64> {
    let distance = |shift: u32, bits: u32| {
        let unused = 64 - bits;
        i64::from(instruction >> shift) << unused >> unused
    };
    if instruction & 0xfc00_0000 == 0x1400_0000 {
        // B.
        Some(distance(0, 26))
    } else if instruction & 0xff00_0010 == 0x5400_0000 || instruction & 0x7e00_0000 == 0x3400_0000 {
        // B.cond; CBZ, CBNZ.
        Some(distance(5, 19))
    } else if instruction & 0x7e00_0000 == 0x3600_0000 {
        // TBZ, TBNZ.
        Some(distance(5, 14))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::is_in_loop;
    use crate::addr::Addr;
    use crate::arch::Arch;

    const AT: Addr = Addr::new(0x1000);

    fn amd64(code: &[u8], offset: u64) -> bool {
        is_in_loop(Arch::Amd64, code, AT, Addr::new(0x1000 + offset))
    }

    #[test]
    fn between_a_jump_and_its_target() {
        // nop; nop; call +0; jmp -7 (to the second nop); nop
        let code = [0x90, 0x90, 0xe8, 0, 0, 0, 0, 0xeb, 0xf8, 0x90];
        assert!(amd64(&code, 2));
        assert!(!amd64(&code, 0));
        assert!(!amd64(&code, 9));
    }

    #[test]
    fn to_begin_again_with_more_stack_is_no_loop() {
        // call +0; ret; call +0; jmp to the entry
        let code = [0xe8, 0, 0, 0, 0, 0xc3, 0xe8, 0, 0, 0, 0, 0xeb, 0xf3];
        assert!(!amd64(&code, 0));
    }

    #[test]
    fn jumps_of_arm64() {
        let words =
            |all: &[u32]| -> Vec<u8> { all.iter().flat_map(|it| it.to_le_bytes()).collect() };
        let nop = 0xd503_201f;
        // b -2, b.ne -2, cbnz x0 -2, tbz w0 #0 -2
        for jump in [0x17ff_fffe, 0x54ff_ffc1, 0xb5ff_ffc0, 0x3607_ffc0] {
            let code = words(&[nop, nop, nop, jump, nop]);
            let at = |offset: u64| is_in_loop(Arch::Arm64, &code, AT, Addr::new(0x1000 + offset));
            assert!(at(4) && at(8), "{jump:#x}");
            assert!(!at(0) && !at(16), "{jump:#x}");
        }
    }
}
