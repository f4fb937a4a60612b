//! Any bytes as call frame information, as its search table and as a stack: never a panic, always an end.

use crate::native_program::{CFunc, CProgram, Found, TEXT_LEN, amd64, arm64, c_pc};
use gopeek_layout::arch::Arch;
use gopeek_layout::{Addr, Memory, Unreadable};
use gopeek_unwind::native::{KnownRegisters, NativeModule, Natives, Symbols};
use proptest::collection::vec;
use proptest::prelude::{Just, Strategy, any, prop_assert, prop_oneof, proptest};
use proptest::sample::Index;
use proptest::test_runner::{Config, TestCaseError};

const MAX_FRAMES: usize = 50;

/// Memory that has an answer for every address.
#[derive(Debug)]
struct Everywhere {
    words: Vec<u64>,
}

impl Memory for Everywhere {
    fn read(&self, at: Addr, buf: &mut [u8]) -> Result<(), Unreadable> {
        for (offset, byte) in (0u64..).zip(buf) {
            let place = at.get().wrapping_add(offset);
            let index = usize::try_from(place / 8).unwrap() % self.words.len();
            *byte = self.words[index].to_le_bytes()[usize::try_from(place % 8).unwrap()];
        }
        Ok(())
    }
}

fn odd_word() -> impl Strategy<Value = u64> {
    prop_oneof![
        4 => c_pc(0)..c_pc(TEXT_LEN),
        2 => 0x9000u64..0xa000,
        1 => any::<u64>(),
        1 => Just(0),
        1 => Just(u64::MAX),
    ]
}

fn starts() -> impl Strategy<Value = (u64, u64, u64, u64)> {
    (odd_word(), odd_word(), odd_word(), odd_word())
}

fn arches() -> impl Strategy<Value = Arch> {
    prop_oneof![Just(Arch::Amd64), Just(Arch::Arm64)]
}

fn found() -> impl Strategy<Value = Found> {
    prop_oneof![Just(Found::Section), Just(Found::Header)]
}

fn walk_it(
    arch: Arch,
    module: NativeModule<'_>,
    memory: &Everywhere,
    (pc, sp, fp, lr): (u64, u64, u64, u64),
) -> Result<(), TestCaseError> {
    let start: KnownRegisters = match arch {
        Arch::Amd64 => amd64(pc, Addr::new(sp), fp),
        Arch::Arm64 => arm64(pc, Addr::new(sp), fp, lr),
    };
    let natives = Natives::new(&[module]);
    for trap in [true, false] {
        let walked = natives.walk(memory, &start, trap, &|_| false, MAX_FRAMES);
        prop_assert!(walked.frames.len() <= MAX_FRAMES);
    }
    let symbols = Symbols::new(&[module]);
    let _ = symbols.calls(Addr::new(pc), true, &|_, _| None);
    Ok(())
}

proptest! {
    #![proptest_config(Config { failure_persistence: None, ..Config::default() })]

    #[test]
    fn any_rules_and_any_stack(
        arch in arches(),
        found in found(),
        functions in vec((0u64..TEXT_LEN, 1u64..0x200, vec(any::<u8>(), 1..40), any::<bool>()), 1..8),
        words in vec(odd_word(), 1..32),
        start in starts(),
    ) {
        let functions: Vec<CFunc> = functions
            .iter()
            .map(|(at, len, rules, signal)| {
                let function = CFunc::new(*at, *len, rules);
                if *signal { function.signal() } else { function }
            })
            .collect();
        let program = CProgram::new(arch, found, &functions);
        walk_it(arch, program.module(), &Everywhere { words }, start)?;
    }

    #[test]
    fn files_with_bits_flipped(
        arch in arches(),
        found in found(),
        flips in vec((any::<Index>(), 0u8..8), 1..16),
        words in vec(odd_word(), 1..32),
        start in starts(),
    ) {
        let functions = [
            CFunc::new(0, 0x800, &[0x0e, 0x28, 0x86, 2]),
            CFunc::new(0x800, 0x800, &[0x0f, 2, 0x77, 8, 0x10, 16, 2, 0x77, 8]),
        ];
        let mut program = CProgram::new(arch, found, &functions);
        for (at, bit) in flips {
            // The ELF header stays; behind the code lies what tells of it.
            let from = if bit % 2 == 0 { 0x40 } else { 0x2000 };
            let at = from + at.index(program.file.len() - from);
            program.file[at] ^= 1 << bit;
        }
        walk_it(arch, program.module(), &Everywhere { words }, start)?;
    }

    #[test]
    fn any_bytes_where_rules_are_expected(
        arch in arches(),
        found in found(),
        bytes in vec(any::<u8>(), 1..200),
        at in any::<Index>(),
        words in vec(odd_word(), 1..32),
        start in starts(),
    ) {
        let functions = [CFunc::new(0, TEXT_LEN, &[0; 200])];
        let mut program = CProgram::new(arch, found, &functions);
        let from = 0x2000 + at.index(program.file.len() - 0x2000);
        for (place, byte) in program.file[from..].iter_mut().zip(bytes) {
            *place = byte;
        }
        walk_it(arch, program.module(), &Everywhere { words }, start)?;
    }
}
