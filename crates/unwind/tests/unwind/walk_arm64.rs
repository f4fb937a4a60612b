//! Walks up stacks of arm64: the return address is in the link register first, and at the frame's bottom later.

use crate::pclntab::Func;
use crate::program::{Program, ids};
use gopeek_layout::Addr;
use gopeek_layout::arch::Arch;
use gopeek_layout::rules::rules;
use gopeek_layout::testing::Bytes;
use gopeek_unwind::pclntab::function::flag;
use gopeek_unwind::{End, Frame, Source, Stack, Start, Walker};

fn program() -> Program {
    let ids = ids(24);
    Program::arm64(&[
        Func::new("runtime.goexit", 0x10).flags(flag::TOP_FRAME),
        Func::new("main.main", 0x80).frame(0x20),
        Func::new("main.work", 0x80).frames(&[(0, 8), (0x30, 0x78)]),
        Func::new("main.leaf", 0x40),
        Func::new("runtime.sigpanic", 0x40)
            .frame(0x20)
            .id(ids.sigpanic),
        Func::new("runtime.asyncPreempt", 0x40)
            .frame(0x100)
            .id(ids.async_preempt),
    ])
}

/// Walks from `offset` bytes into `name`, with the stack pointer at the mark "sp".
fn walk(program: &Program, stack: &Bytes, name: &str, offset: u64, lr: Addr) -> Stack {
    let start = Start {
        pc: program.pc(name, offset),
        sp: stack.addr("sp"),
        lr,
        from: Source::Scheduler,
    };
    walk_from(program, stack, start)
}

fn walk_from(program: &Program, stack: &Bytes, start: Start) -> Stack {
    let code = program.code();
    let mut walker = Walker::new(&code, Arch::Arm64, ids(24), rules(24), 100);
    walker.walk(stack, Some(start))
}

fn pcs(stack: &Stack) -> Vec<Addr> {
    stack.frames.iter().map(|frame| frame.pc).collect()
}

/// main.main was called by goexit, as far as anyone can see.
fn main_and_goexit(stack: Bytes, program: &Program) -> Bytes {
    stack
        .mark("main.main")
        .u64(program.word("runtime.goexit", 4))
        .raw(&[0; 0x18])
        .mark("runtime.goexit")
        .u64(0)
}

#[test]
fn a_plain_chain_ends_at_goexit() {
    let program = program();
    let stack = Bytes::at(0xc000)
        .mark("sp")
        .u64(program.word("main.main", 0x30))
        .raw(&[0; 0x28]);
    let stack = main_and_goexit(stack, &program);
    let walked = walk(&program, &stack, "main.work", 0x40, Addr::NULL);
    let frame = |name, offset, sp: &str, fp: &str| Frame {
        pc: program.pc(name, offset),
        sp: stack.addr(sp),
        fp: stack.addr(fp),
        argp: stack.addr(fp).checked_add(8).unwrap(),
        trap: false,
    };
    let expected = [
        frame("main.work", 0x40, "sp", "main.main"),
        frame("main.main", 0x30, "main.main", "runtime.goexit"),
        frame("runtime.goexit", 4, "runtime.goexit", "runtime.goexit"),
    ];
    assert_eq!(walked.frames, expected);
    assert_eq!(walked.end, End::Root);
}

#[test]
fn a_leaf_without_a_frame_returns_to_its_link_register() {
    let program = program();
    let stack = Bytes::at(0xc000).mark("sp");
    let stack = main_and_goexit(stack, &program);
    let lr = program.pc("main.main", 0x30);
    let expected = |name, offset| {
        let innermost = program.pc(name, offset);
        vec![innermost, lr, program.pc("runtime.goexit", 4)]
    };
    // A function that has not made its frame yet is like a leaf.
    for (name, offset) in [("main.leaf", 0x20), ("main.work", 4)] {
        let walked = walk(&program, &stack, name, offset, lr);
        assert_eq!(pcs(&walked), expected(name, offset));
        assert_eq!(walked.end, End::Root);
    }
}

#[test]
fn a_frame_tells_better_than_the_link_register() {
    let program = program();
    let stack = Bytes::at(0xc000)
        .mark("sp")
        .u64(program.word("main.main", 0x30))
        .raw(&[0; 0x28]);
    let stack = main_and_goexit(stack, &program);
    let stale = program.pc("main.leaf", 0x20);
    let walked = walk(&program, &stack, "main.work", 0x40, stale);
    assert_eq!(walked.frames[1].pc, program.pc("main.main", 0x30));
    assert_eq!((walked.frames.len(), walked.end), (3, End::Root));
}

#[test]
fn a_call_of_nil_begins_at_its_caller() {
    let program = program();
    let stack = Bytes::at(0xc000)
        .mark("sp")
        .u64(program.word("main.work", 0x40))
        .raw(&[0; 0x28]);
    let stack = main_and_goexit(stack, &program);
    let start = Start {
        pc: Addr::NULL,
        sp: stack.addr("sp"),
        lr: program.pc("main.leaf", 8),
        from: Source::Registers,
    };
    let walked = walk_from(&program, &stack, start);
    // The word that told the pc is the frame's return address as well: nothing was pushed.
    assert_eq!(walked.frames[0].pc, program.pc("main.work", 0x40));
    assert_eq!(walked.frames[0].sp, stack.addr("sp"));
    assert_eq!(walked.frames[1].pc, program.pc("main.work", 0x40));
}

/// A fake call of a function whose frame takes `frame` bytes, made by the signal handler while `main.work` was
/// at `pc`.
fn injected(program: &Program, frame: usize, pc: u64, lr: u64) -> Bytes {
    Bytes::at(0xc000)
        .mark("sp")
        .u64(pc)
        .up_to(frame)
        .mark("pushed")
        .u64(lr)
        .u64(0)
        .mark("trapped")
        .u64(program.word("main.main", 0x30))
}

#[test]
fn what_the_signal_handler_pushed_is_popped_again() {
    let program = program();
    for (name, frame) in [("runtime.sigpanic", 0x20), ("runtime.asyncPreempt", 0x100)] {
        let trapped = program.word("main.work", 0x40);
        let stack = injected(&program, frame, trapped, 0xdead).raw(&[0; 0x28]);
        let stack = main_and_goexit(stack, &program);
        let walked = walk(&program, &stack, name, 0x10, Addr::NULL);
        let expected = [
            program.pc(name, 0x10),
            program.pc("main.work", 0x40),
            program.pc("main.main", 0x30),
            program.pc("runtime.goexit", 4),
        ];
        assert_eq!(pcs(&walked), expected, "{name}");
        assert_eq!(walked.frames[0].fp, stack.addr("pushed"), "{name}");
        assert_eq!(walked.frames[1].sp, stack.addr("trapped"), "{name}");
        assert_eq!(walked.frames[1].fp, stack.addr("main.main"), "{name}");
        assert!(walked.frames[1].trap, "{name}");
        assert_eq!(walked.end, End::Root, "{name}");
    }
}

#[test]
fn the_pushed_link_register_is_the_return_address_of_a_trapped_leaf() {
    let program = program();
    let (leaf, main) = (
        program.word("main.leaf", 8),
        program.word("main.main", 0x30),
    );
    let stack = Bytes::at(0xc000)
        .mark("sp")
        .u64(leaf)
        .up_to(0x20)
        .mark("pushed")
        .u64(main)
        .u64(0);
    let stack = main_and_goexit(stack, &program);
    let walked = walk(&program, &stack, "runtime.sigpanic", 0x10, Addr::NULL);
    let expected = [
        program.pc("runtime.sigpanic", 0x10),
        Addr::new(leaf),
        Addr::new(main),
        program.pc("runtime.goexit", 4),
    ];
    assert_eq!(pcs(&walked), expected);
    assert_eq!(walked.frames[2].sp, stack.addr("main.main"));
    assert_eq!(walked.end, End::Root);
}

#[test]
fn a_function_that_returns_to_itself_on_the_same_frame_gets_nowhere() {
    let program = program();
    let stack = Bytes::at(0xc000).mark("sp").u64(0);
    let itself = program.pc("main.leaf", 0x20);
    let walked = walk(&program, &stack, "main.leaf", 0x20, itself);
    assert_eq!((walked.frames.len(), walked.end), (1, End::NoProgress));
}

#[test]
fn functions_without_frames_that_return_to_each_other_get_nowhere() {
    let program = program();
    let stack = Bytes::at(0xc000)
        .mark("sp")
        .u64(program.word("main.work", 4));
    let walked = walk(&program, &stack, "main.leaf", 0x20, Addr::NULL);
    assert_eq!((walked.frames.len(), walked.end), (2, End::NoProgress));
}
