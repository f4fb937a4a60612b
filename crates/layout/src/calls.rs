//! Whether machine code ends with a call: what a return address must follow.

use crate::arch::Arch;
use iced_x86::{Code, Decoder, DecoderOptions};

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
    use super::ends_with_call;
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
}
