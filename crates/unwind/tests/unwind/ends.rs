//! Why walks end before the root, and that they keep what they got.

use crate::pclntab::Func;
use crate::program::{LOADED_TEXT, Program, ids};
use gopeek_layout::arch::Arch;
use gopeek_layout::rules::rules;
use gopeek_layout::testing::Bytes;
use gopeek_layout::{Addr, Unreadable};
use gopeek_unwind::pclntab::function::flag;
use gopeek_unwind::{End, Source, Stack, Start, Walker};

const ARCHES: [Arch; 2] = [Arch::Amd64, Arch::Arm64];
/// The frame of main.deep, and what lies between two of its return addresses.
const FRAME: i64 = 0x10;

fn program(arch: Arch) -> Program {
    let funcs = [
        Func::new("runtime.goexit", 0x10).flags(flag::TOP_FRAME),
        Func::new("main.deep", 0x40).frame(FRAME),
        Func::new("main.huge", 0x40).frame(1 << 62),
        Func::new("main.negative", 0x40).frame(-0x10),
    ];
    match arch {
        Arch::Amd64 => Program::amd64(&funcs),
        Arch::Arm64 => Program::arm64(&funcs),
    }
}

fn at(program: &Program, name: &str, sp: Addr) -> Start {
    Start {
        pc: program.pc(name, 0x20),
        sp,
        lr: Addr::NULL,
        from: Source::Scheduler,
    }
}

fn walk(program: &Program, arch: Arch, stack: &Bytes, start: Option<Start>, max: usize) -> Stack {
    let code = program.code();
    let mut walker = Walker::new(&code, arch, ids(24), rules(24), max);
    walker.walk(stack, start)
}

/// `depth` frames of main.deep, then `last` as the return address of the outermost.
fn recursion(program: &Program, arch: Arch, depth: u64, last: u64) -> Bytes {
    let deep = program.word("main.deep", 0x20);
    (1..=depth).fold(Bytes::at(0xc000).mark("sp"), |stack, level| {
        let returns_to = if level == depth { last } else { deep };
        match arch {
            Arch::Amd64 => stack.raw(&[0; 0x10]).u64(returns_to),
            Arch::Arm64 => stack.u64(returns_to).u64(0),
        }
    })
}

#[test]
fn with_nowhere_to_start_there_are_no_frames() {
    let walked = walk(&program(Arch::Amd64), Arch::Amd64, &Bytes::at(0), None, 100);
    let expected = Stack {
        frames: Vec::new(),
        gap: None,
        end: End::NoStart,
    };
    assert_eq!(walked, expected);
}

#[test]
fn a_pc_outside_of_all_functions_is_unknown() {
    for arch in ARCHES {
        let program = program(arch);
        let stack = Bytes::at(0xc000).mark("sp").raw(&[0; 0x40]);
        for pc in [1, LOADED_TEXT - 1, LOADED_TEXT + 0x1000, u64::MAX] {
            let pc = Addr::new(pc);
            let start = Start {
                pc,
                ..at(&program, "main.deep", stack.addr("sp"))
            };
            let walked = walk(&program, arch, &stack, Some(start), 100);
            assert_eq!((walked.frames.len(), walked.end), (0, End::UnknownPc(pc)));
        }
    }
}

#[test]
fn a_return_address_outside_of_all_functions_is_unknown() {
    for arch in ARCHES {
        let program = program(arch);
        let stack = recursion(&program, arch, 3, 0x1234_5678);
        let start = at(&program, "main.deep", stack.addr("sp"));
        let walked = walk(&program, arch, &stack, Some(start), 100);
        assert_eq!(walked.frames.len(), 3, "{arch}");
        assert_eq!(
            walked.end,
            End::UnknownReturn(Addr::new(0x1234_5678)),
            "{arch}"
        );
    }
}

#[test]
fn a_stack_that_was_not_captured_whole_gives_what_there_is() {
    for arch in ARCHES {
        let program = program(arch);
        let deep = program.word("main.deep", 0x20);
        let stack = recursion(&program, arch, 3, deep);
        let start = at(&program, "main.deep", stack.addr("sp"));
        let walked = walk(&program, arch, &stack, Some(start), 100);
        assert_eq!(walked.frames.len(), 4, "{arch}");
        let End::Unreadable(Unreadable { at, len: 8 }) = walked.end else {
            panic!("{arch}: {:?}", walked.end);
        };
        assert!(at >= stack.end(), "{arch}: {at}");
    }
}

#[test]
fn of_a_stack_that_was_not_captured_at_all_the_innermost_frame_is_known() {
    for arch in ARCHES {
        let program = program(arch);
        let nothing = Bytes::at(0);
        let start = at(&program, "main.deep", Addr::new(0xc000));
        let walked = walk(&program, arch, &nothing, Some(start), 100);
        assert_eq!(walked.frames.len(), 1, "{arch}");
        assert!(matches!(walked.end, End::Unreadable(_)), "{arch}");
        let nil = Start {
            pc: Addr::NULL,
            ..start
        };
        let walked = walk(&program, arch, &nothing, Some(nil), 100);
        assert_eq!(walked.frames.len(), 0, "{arch}");
        assert!(matches!(walked.end, End::Unreadable(_)), "{arch}");
    }
}

#[test]
fn a_stack_is_too_deep_only_beyond_the_limit() {
    for arch in ARCHES {
        let program = program(arch);
        let goexit = program.word("runtime.goexit", 4);
        let stack = recursion(&program, arch, 9, goexit).raw(&[0; 0x10]);
        let start = at(&program, "main.deep", stack.addr("sp"));
        let walk = |max| {
            let walked = walk(&program, arch, &stack, Some(start), max);
            (walked.frames.len(), walked.end)
        };
        assert_eq!(walk(0), (0, End::TooDeep), "{arch}");
        assert_eq!(walk(9), (9, End::TooDeep), "{arch}");
        assert_eq!(walk(10), (10, End::Root), "{arch}");
        assert_eq!(walk(usize::MAX), (10, End::Root), "{arch}");
    }
}

#[test]
fn a_frame_that_leaves_the_address_space_is_unreadable() {
    for arch in ARCHES {
        let program = program(arch);
        let stack = Bytes::at(0xc000).mark("sp").raw(&[0; 0x40]);
        let high = Addr::new(u64::MAX - 8);
        for (name, sp) in [("main.deep", high), ("main.huge", Addr::new(3 << 62))] {
            let walked = walk(&program, arch, &stack, Some(at(&program, name, sp)), 100);
            assert_eq!(walked.frames.len(), 0, "{arch} {name}");
            assert!(matches!(walked.end, End::Unreadable(_)), "{arch} {name}");
        }
        let nil = Start {
            pc: Addr::NULL,
            ..at(&program, "main.deep", Addr::new(u64::MAX))
        };
        let walked = walk(&program, arch, &stack, Some(nil), 100);
        assert!(matches!(walked.end, End::Unreadable(_)), "{arch}");
    }
}

#[test]
fn a_frame_of_less_than_nothing_is_one_of_nothing() {
    let program = program(Arch::Amd64);
    let stack = Bytes::at(0xc000).mark("sp").u64(0);
    let start = at(&program, "main.negative", stack.addr("sp"));
    let walked = walk(&program, Arch::Amd64, &stack, Some(start), 100);
    assert_eq!(walked.frames[0].fp, stack.end());
    assert_eq!(walked.end, End::Root);
}

#[test]
fn both_ends_of_a_stack_are_kept_where_that_is_asked_for() {
    for arch in ARCHES {
        let program = program(arch);
        let goexit = program.word("runtime.goexit", 4);
        let stack = recursion(&program, arch, 99, goexit).raw(&[0; 0x10]);
        let start = at(&program, "main.deep", stack.addr("sp"));
        let all = walk(&program, arch, &stack, Some(start), usize::MAX);
        assert_eq!((all.frames.len(), all.gap), (100, None), "{arch}");
        let code = program.code();
        let walker = Walker::new(&code, arch, ids(24), rules(24), 10);
        let stack_of_both_ends = walker.keeping_ends().walk(&stack, Some(start));
        assert_eq!(stack_of_both_ends.end, End::Root, "{arch}");
        assert_eq!(stack_of_both_ends.frames[..5], all.frames[..5], "{arch}");
        assert_eq!(stack_of_both_ends.frames[5..], all.frames[95..], "{arch}");
        let gap = stack_of_both_ends.gap.unwrap();
        let count: u64 = gap.kinds.iter().map(|(_, count)| count).sum();
        assert_eq!((gap.before, gap.kinds.len(), count), (5, 1, 90), "{arch}");
    }
}
