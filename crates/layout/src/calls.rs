//! Calls in machine code: whether it ends with one, which a return address must follow, and which functions it calls.

use crate::addr::Addr;
use crate::arch::Arch;
use iced_x86::{Code, Decoder, DecoderOptions};

/// A call of a function whose address is in the instruction.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct DirectCall {
    /// The instruction.
    pub at: Addr,
    /// What it calls.
    pub target: Addr,
}

/// The direct calls of `code`, which lies at `at`, in order.
#[must_use]
pub fn direct_calls(arch: Arch, code: &[u8], at: Addr) -> Vec<DirectCall> {
    match arch {
        Arch::Amd64 => Decoder::with_ip(64, code, at.get(), DecoderOptions::NONE)
            .into_iter()
            .filter(|instruction| instruction.code() == Code::Call_rel32_64)
            .map(|instruction| DirectCall {
                at: Addr::new(instruction.ip()),
                target: Addr::new(instruction.near_branch_target()),
            })
            .collect(),
        Arch::Arm64 => (0u64..)
            .step_by(4)
            .zip(code.as_chunks::<4>().0)
            .filter_map(|(offset, word)| {
                let instruction = u32::from_le_bytes(*word);
                // BL: 26 bits of a distance in instructions.
                let words = i64::from(instruction & 0x03ff_ffff) << 38 >> 38;
                let at = at.checked_add(offset)?;
                (instruction & 0xfc00_0000 == 0x9400_0000).then(|| DirectCall {
                    at,
                    target: Addr::new(at.get().wrapping_add_signed(words * 4)),
                })
            })
            .collect(),
    }
}

/// The lengths that a call may have on amd64: from `call rax` to one through memory with a prefix and an offset.
const AMD64_CALL: std::ops::RangeInclusive<usize> = 2..=8;

/// Whether the last instruction of `code` is a call.
#[must_use]
pub fn ends_with_call(arch: Arch, code: &[u8]) -> bool {
    match arch {
        Arch::Amd64 => AMD64_CALL.into_iter().any(|len| {
            code.len()
                .checked_sub(len)
                .is_some_and(|at| is_call(&code[at..]))
        }),
        Arch::Arm64 => code.last_chunk().is_some_and(|word| {
            let instruction = u32::from_le_bytes(*word);
            // BL, BLR.
            instruction & 0xfc00_0000 == 0x9400_0000 || instruction & 0xffff_fc1f == 0xd63f_0000
        }),
    }
}

/// Whether the amd64 instruction that takes all of `code` is a call.
fn is_call(code: &[u8]) -> bool {
    let instruction = Decoder::new(64, code, DecoderOptions::NONE).decode();
    let calls = matches!(instruction.code(), Code::Call_rel32_64 | Code::Call_rm64);
    calls && instruction.len() == code.len()
}

#[cfg(test)]
mod tests {
    use super::{direct_calls, ends_with_call};
    use crate::addr::Addr;
    use crate::arch::Arch;

    #[test]
    fn calls_of_amd64() {
        let calls: [&[u8]; 4] = [
            &[0x90, 0xe8, 1, 2, 3, 4],
            &[0x90, 0xff, 0xd0],
            &[0x41, 0xff, 0xd4],
            &[0xff, 0x15, 1, 2, 3, 4],
        ];
        for call in calls {
            assert!(ends_with_call(Arch::Amd64, call), "{call:x?}");
        }
        let others: [&[u8]; 4] = [&[], &[0x90], &[0xe9, 1, 2, 3, 4], &[0x48, 0x89, 0xc3]];
        for other in others {
            assert!(!ends_with_call(Arch::Amd64, other), "{other:x?}");
        }
    }

    #[test]
    fn calls_of_arm64() {
        for (word, expected) in [
            (0x9400_0001_u32, true),
            (0x97ff_fff0, true),
            (0xd63f_0040, true),
            (0xd61f_0040, false),
            (0x1400_0001, false),
        ] {
            let code = word.to_le_bytes();
            assert_eq!(ends_with_call(Arch::Arm64, &code), expected, "{word:#x}");
        }
        assert!(!ends_with_call(Arch::Arm64, &[0, 0, 0x94]));
    }
    #[test]
    fn direct_calls_say_what_they_call() {
        let targets = |arch, code: &[u8]| -> Vec<(u64, u64)> {
            let calls = direct_calls(arch, code, Addr::new(0x1000));
            let pairs = calls.iter().map(|call| (call.at.get(), call.target.get()));
            pairs.collect()
        };
        // nop; call +0x10; call rax; call -0x20
        let amd64 = [
            0x90, 0xe8, 0x10, 0, 0, 0, 0xff, 0xd0, 0xe8, 0xe0, 0xff, 0xff, 0xff,
        ];
        assert_eq!(
            targets(Arch::Amd64, &amd64),
            [(0x1001, 0x1016), (0x1008, 0xfed)]
        );
        // bl +8; nop; bl -4
        let arm64: Vec<u8> = [0x9400_0002_u32, 0xd503_201f, 0x97ff_ffff]
            .iter()
            .flat_map(|word| word.to_le_bytes())
            .collect();
        assert_eq!(
            targets(Arch::Arm64, &arm64),
            [(0x1000, 0x1008), (0x1008, 0x1004)]
        );
    }
}
