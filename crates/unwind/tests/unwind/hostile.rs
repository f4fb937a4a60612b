//! Any bytes where tables, stacks and registers are expected: never a panic, always an end.

use crate::pclntab::{Format, Func, Inlined};
use crate::program::{LOADED_TEXT, Program, ids};
use gopeek_layout::arch::Arch;
use gopeek_layout::image::Image;
use gopeek_layout::mem::GoSlice;
use gopeek_layout::moduledata::{Module, ModuleData};
use gopeek_layout::rules::rules;
use gopeek_layout::{Addr, Memory, Unreadable};
use gopeek_unwind::pclntab::function::flag;
use gopeek_unwind::{Code, Source, Start, Walker};
use proptest::collection::vec;
use proptest::prelude::{Just, Strategy, any, prop_assert, prop_oneof, proptest};
use proptest::sample::Index;
use proptest::test_runner::{Config, TestCaseError};

const MAX_FRAMES: usize = 50;
/// One more than what is inlined into any physical frame, however broken.
const MAX_LOGICAL: usize = 1001;

fn program(arch: Arch, format: Format) -> Program {
    let ids = ids(24);
    let call = |name, parent_pc| Inlined {
        name,
        func_id: 0,
        parent_pc,
    };
    let tree = [call("main.a", 4), call("main.b", 0x10)];
    let outer = Func::new("main.outer", 0x40)
        .frames(&[(0, 8), (0x20, 0x38)])
        .lines(&[(10, 8), (300, 8), (20, 0x30)])
        .inlines(&tree, &[(-1, 8), (0, 8), (1, 0x30)])
        .args(&[0, 8, 0xfe, 8, 4, 0xfd, 0xff])
        .live(&[0, 0b11], &[(1, 0x40)]);
    let funcs = [
        Func::new("runtime.goexit", 0x10).flags(flag::TOP_FRAME),
        outer,
        Func::new("main.leaf", 0x20),
        Func::new("runtime.sigpanic", 0x20)
            .frame(0x10)
            .id(ids.sigpanic),
        Func::new("runtime.systemstack", 0x20).flags(flag::SP_WRITE),
        Func::new("x_cgo", 0x20).foreign(),
    ];
    Program::new(arch, format, &funcs)
}

fn programs() -> impl Strategy<Value = (Arch, Program)> {
    let each = |arch, format| Just((arch, program(arch, format)));
    prop_oneof![
        each(Arch::Amd64, Format::Go1_18),
        each(Arch::Amd64, Format::Go1_20),
        each(Arch::Arm64, Format::Go1_18),
        each(Arch::Arm64, Format::Go1_20),
    ]
}

/// A word that leads into the code, onto the stack, or nowhere.
fn odd_word() -> impl Strategy<Value = u64> {
    prop_oneof![
        4 => LOADED_TEXT..LOADED_TEXT + 0xd0,
        2 => 0xc000u64..0xc100,
        1 => any::<u64>(),
        1 => Just(0),
        1 => Just(u64::MAX),
    ]
}

/// Memory that has an answer for every address: `words`, over and over.
#[derive(Debug)]
struct Everywhere {
    words: Vec<u64>,
}

impl Memory for Everywhere {
    fn read(&self, at: Addr, buf: &mut [u8]) -> Result<(), Unreadable> {
        let index = usize::try_from(at.get() / 8).unwrap() % self.words.len();
        let word = self.words[index].to_le_bytes();
        let len = buf.len();
        buf.copy_from_slice(word.get(..len).ok_or(Unreadable { at, len })?);
        Ok(())
    }
}

fn starts() -> impl Strategy<Value = Start> {
    (
        odd_word(),
        odd_word(),
        odd_word(),
        prop_oneof![
            Just(Source::Scheduler),
            Just(Source::Syscall),
            Just(Source::Vdso),
            Just(Source::Registers),
            Just(Source::OwnStack),
        ],
    )
        .prop_map(|(pc, sp, lr, from)| Start {
            pc: Addr::new(pc),
            sp: Addr::new(sp),
            lr: Addr::new(lr),
            from,
        })
}

/// Asks everything of a program's code, and walks `memory` with it.
fn use_it(
    (arch, program): &(Arch, Program),
    minor: u16,
    memory: &Everywhere,
    starts: &[Start],
) -> Result<(), TestCaseError> {
    let Ok(image) = Image::parse(&program.file) else {
        return Ok(());
    };
    let module = Module {
        image,
        bias: program.bias,
        data: program.data,
    };
    let Ok(code) = Code::new(&[module], &ids(minor)) else {
        return Ok(());
    };
    let _ = (code.code_of("main.leaf"), code.code_of(""));
    let mut walker = Walker::new(&code, *arch, ids(minor), rules(minor), MAX_FRAMES);
    for start in starts {
        let found = walker.walk(memory, Some(*start));
        prop_assert!(found.frames.len() <= MAX_FRAMES);
        let pcs = found.frames.iter().map(|frame| (frame.pc, frame.trap));
        for (pc, trap) in pcs.chain([(start.pc, start.from.is_trap())]) {
            if let Some(site) = code.site(pc, trap, rules(minor)) {
                prop_assert!((1..=MAX_LOGICAL).contains(&site.frames.len()));
            }
        }
    }
    Ok(())
}

/// One of the numbers that the linker tells of a module.
fn number(data: &mut ModuleData, which: usize, value: u64) {
    let addr = |slice: &mut GoSlice| slice.data = Addr::new(value);
    match which {
        0 => data.pc_header = Addr::new(value),
        1 => addr(&mut data.funcnametab),
        2 => data.funcnametab.len = value,
        3 => addr(&mut data.cutab),
        4 => data.cutab.len = value,
        5 => addr(&mut data.filetab),
        6 => data.filetab.len = value,
        7 => addr(&mut data.pctab),
        8 => data.pctab.len = value,
        9 => addr(&mut data.pclntable),
        10 => data.pclntable.len = value,
        11 => addr(&mut data.ftab),
        12 => data.ftab.len = value,
        13 => data.text = Addr::new(value),
        14 => data.etext = Addr::new(value),
        _ => data.gofunc = Addr::new(value),
    }
}

/// A number near to the tables, or far from them.
fn odd_number() -> impl Strategy<Value = u64> {
    let tables = LOADED_TEXT + 0x10_0000;
    prop_oneof![tables..tables + 0x400, 0u64..0x200, odd_word()]
}

proptest! {
    #![proptest_config(Config { failure_persistence: None, ..Config::default() })]

    #[test]
    fn any_stack(
        program in programs(),
        minor in 19u16..=27,
        words in vec(odd_word(), 1..32),
        starts in vec(starts(), 1..8),
    ) {
        use_it(&program, minor, &Everywhere { words }, &starts)?;
    }

    #[test]
    fn tables_with_bits_flipped(
        mut program in programs(),
        minor in 19u16..=27,
        flips in vec((any::<Index>(), 0u8..8), 1..16),
        words in vec(odd_word(), 1..32),
        starts in vec(starts(), 1..8),
    ) {
        let file = &mut program.1.file;
        for (at, bit) in flips {
            // The ELF header stays, so that the tables are looked at.
            let at = 0x80 + at.index(file.len() - 0x80);
            file[at] ^= 1 << bit;
        }
        use_it(&program, minor, &Everywhere { words }, &starts)?;
    }

    #[test]
    fn tables_with_odd_words_in_them(
        mut program in programs(),
        minor in 19u16..=27,
        odd in vec((any::<Index>(), any::<u32>()), 1..8),
        words in vec(odd_word(), 1..32),
        starts in vec(starts(), 1..8),
    ) {
        let file = &mut program.1.file;
        for (at, word) in odd {
            let at = 0x80 + at.index((file.len() - 0x80) / 4) * 4;
            if let Some(place) = file.get_mut(at..at + 4) {
                place.copy_from_slice(&word.to_le_bytes());
            }
        }
        use_it(&program, minor, &Everywhere { words }, &starts)?;
    }

    #[test]
    fn tables_that_lie_elsewhere(
        mut program in programs(),
        minor in 19u16..=27,
        moved in vec((0usize..16, odd_number()), 1..8),
        bias in prop_oneof![3 => Just(None), 1 => odd_word().prop_map(Some)],
        words in vec(odd_word(), 1..32),
        starts in vec(starts(), 1..8),
    ) {
        for (which, value) in moved {
            number(&mut program.1.data, which, value);
        }
        program.1.bias = bias.unwrap_or(program.1.bias);
        use_it(&program, minor, &Everywhere { words }, &starts)?;
    }

    #[test]
    fn files_cut_off(
        mut program in programs(),
        len: Index,
        words in vec(odd_word(), 1..32),
        starts in vec(starts(), 1..8),
    ) {
        let file = &mut program.1.file;
        file.truncate(len.index(file.len()));
        use_it(&program, 24, &Everywhere { words }, &starts)?;
    }
}
