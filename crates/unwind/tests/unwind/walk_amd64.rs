//! Walks up stacks of amd64: a call pushes its return address, and the frame lies below it.

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
    Program::amd64(&[
        Func::new("runtime.goexit", 0x10).flags(flag::TOP_FRAME),
        Func::new("main.main", 0x80).frame(0x18),
        Func::new("main.work", 0x80).frames(&[(0, 4), (0x10, 0x7c)]),
        Func::new("runtime.gopark", 0x40).frame(8),
        Func::new("syscall.Syscall6", 0x40)
            .frame(8)
            .flags(flag::SP_WRITE),
        Func::new("runtime.systemstack", 0x40)
            .id(ids.systemstack)
            .flags(flag::SP_WRITE),
        Func::new("runtime.cgocallback", 0x40)
            .frame(0x10)
            .id(ids.cgocallback)
            .flags(flag::SP_WRITE),
        Func::new("x_cgo_callers", 0x40).foreign(),
        Func::new("syscall.rawVforkSyscall", 0x40).frames(&[(0, 0x10), (-8, 0x10), (0, 0x20)]),
    ])
}

/// Walks from `offset` bytes into `name`, with the stack pointer at the mark "sp".
fn walk(program: &Program, stack: &Bytes, name: &str, offset: u64, from: Source) -> Stack {
    let start = Start {
        pc: program.pc(name, offset),
        sp: stack.addr("sp"),
        lr: Addr::NULL,
        from,
    };
    walk_from(program, stack, start)
}

fn walk_from(program: &Program, stack: &Bytes, start: Start) -> Stack {
    let code = program.code();
    let mut walker = Walker::new(&code, Arch::Amd64, ids(24), rules(24), 100);
    walker.walk(stack, Some(start))
}

fn pcs(stack: &Stack) -> Vec<Addr> {
    stack.frames.iter().map(|frame| frame.pc).collect()
}

/// main.main was called by goexit, as far as anyone can see.
fn main_and_goexit(stack: Bytes, program: &Program) -> Bytes {
    stack
        .mark("main.main")
        .raw(&[0; 0x18])
        .u64(program.word("runtime.goexit", 1))
        .mark("runtime.goexit")
        .u64(0)
        .mark("top")
}

#[test]
fn a_plain_chain_ends_at_goexit() {
    let program = program();
    let stack = Bytes::at(0xc000)
        .mark("sp")
        .raw(&[0; 8])
        .u64(program.word("main.work", 0x40))
        .mark("main.work")
        .raw(&[0; 0x10])
        .u64(program.word("main.main", 0x30));
    let stack = main_and_goexit(stack, &program);
    let walked = walk(&program, &stack, "runtime.gopark", 0x20, Source::Scheduler);
    let frame = |name, offset, sp: &str, fp: &str| Frame {
        pc: program.pc(name, offset),
        sp: stack.addr(sp),
        fp: stack.addr(fp),
        argp: stack.addr(fp),
        trap: false,
    };
    let expected = [
        frame("runtime.gopark", 0x20, "sp", "main.work"),
        frame("main.work", 0x40, "main.work", "main.main"),
        frame("main.main", 0x30, "main.main", "runtime.goexit"),
        frame("runtime.goexit", 1, "runtime.goexit", "top"),
    ];
    assert_eq!(walked.frames, expected);
    assert_eq!(walked.end, End::Root);
}

#[test]
fn a_function_that_has_not_made_its_frame_yet_has_none() {
    let program = program();
    let stack = Bytes::at(0xc000)
        .mark("sp")
        .u64(program.word("main.main", 0x30));
    let stack = main_and_goexit(stack, &program);
    let walked = walk(&program, &stack, "main.work", 2, Source::Scheduler);
    assert_eq!(walked.frames[0].fp, stack.addr("main.main"));
    assert_eq!((walked.frames.len(), walked.end), (3, End::Root));
}

#[test]
fn a_function_that_popped_its_return_address_has_it_below_its_stack() {
    let program = program();
    let stack = Bytes::at(0xc000)
        .u64(program.word("main.main", 0x30))
        .mark("sp");
    let stack = main_and_goexit(stack, &program);
    let name = "syscall.rawVforkSyscall";
    let walked = walk(&program, &stack, name, 0x18, Source::Registers);
    assert_eq!(walked.frames[0].fp, stack.addr("sp"));
    assert_eq!(walked.frames[0].argp, stack.addr("sp"));
    assert_eq!((walked.frames.len(), walked.end), (3, End::Root));
}

#[test]
fn a_call_of_nil_begins_at_its_caller() {
    let program = program();
    let stack = Bytes::at(0xc000)
        .mark("sp")
        .u64(program.word("main.main", 0x30));
    let stack = main_and_goexit(stack, &program);
    let start = Start {
        pc: Addr::NULL,
        sp: stack.addr("sp"),
        lr: Addr::new(0x1234),
        from: Source::Registers,
    };
    let walked = walk_from(&program, &stack, start);
    let expected = [
        program.pc("main.main", 0x30),
        program.pc("runtime.goexit", 1),
    ];
    assert_eq!(pcs(&walked), expected);
    assert_eq!(walked.frames[0].sp, stack.addr("main.main"));
    assert_eq!(walked.end, End::Root);
}

#[test]
fn a_system_call_saved_where_it_was_before_it_moved_its_stack_pointer() {
    let program = program();
    let stack = Bytes::at(0xc000)
        .mark("sp")
        .raw(&[0; 8])
        .u64(program.word("main.main", 0x30));
    let stack = main_and_goexit(stack, &program);
    let in_syscall = walk(&program, &stack, "syscall.Syscall6", 0x20, Source::Syscall);
    assert_eq!((in_syscall.frames.len(), in_syscall.end), (3, End::Root));
    let elsewhere = walk(
        &program,
        &stack,
        "syscall.Syscall6",
        0x20,
        Source::Scheduler,
    );
    assert_eq!(elsewhere.frames, in_syscall.frames[..1]);
    assert_eq!(elsewhere.end, End::StackSwitch);
}

#[test]
fn only_the_innermost_frame_is_the_system_calls() {
    let program = program();
    let stack = Bytes::at(0xc000)
        .mark("sp")
        .raw(&[0; 8])
        .u64(program.word("syscall.Syscall6", 0x20))
        .raw(&[0; 8])
        .u64(program.word("main.main", 0x30));
    let stack = main_and_goexit(stack, &program);
    let walked = walk(&program, &stack, "syscall.Syscall6", 0x20, Source::Syscall);
    assert_eq!((walked.frames.len(), walked.end), (2, End::StackSwitch));
}

#[test]
fn a_stack_switch_in_the_middle_ends_the_walk_behind_its_frame() {
    let program = program();
    let stack = Bytes::at(0xc000)
        .mark("sp")
        .raw(&[0; 0x10])
        .u64(program.word("runtime.systemstack", 0x20))
        .u64(program.word("main.main", 0x30));
    let stack = main_and_goexit(stack, &program);
    let walked = walk(&program, &stack, "main.work", 0x20, Source::Scheduler);
    let expected = [
        program.pc("main.work", 0x20),
        program.pc("runtime.systemstack", 0x20),
    ];
    assert_eq!(
        (pcs(&walked), walked.end),
        (expected.to_vec(), End::StackSwitch)
    );
}

#[test]
fn cgocallback_has_its_frame_on_both_stacks() {
    let program = program();
    let stack = Bytes::at(0xc000)
        .mark("sp")
        .raw(&[0; 0x10])
        .u64(program.word("runtime.cgocallback", 0x20))
        .raw(&[0; 0x10])
        .u64(program.word("main.main", 0x30));
    let stack = main_and_goexit(stack, &program);
    let walked = walk(&program, &stack, "main.work", 0x20, Source::Scheduler);
    assert_eq!((walked.frames.len(), walked.end), (4, End::Root));
}

#[test]
fn code_without_frame_tables_ends_the_walk_before_its_frame() {
    let program = program();
    let stack = Bytes::at(0xc000)
        .mark("sp")
        .raw(&[0; 0x10])
        .u64(program.word("x_cgo_callers", 0x20));
    let middle = walk(&program, &stack, "main.work", 0x20, Source::Scheduler);
    assert_eq!((middle.frames.len(), middle.end), (1, End::ForeignCode));
    let innermost = walk(&program, &stack, "x_cgo_callers", 0x20, Source::Scheduler);
    assert_eq!(
        (innermost.frames.len(), innermost.end),
        (0, End::ForeignCode)
    );
}

#[test]
fn a_return_address_of_nil_is_the_root() {
    let program = program();
    let stack = Bytes::at(0xc000).mark("sp").raw(&[0; 0x10]).u64(0);
    let walked = walk(&program, &stack, "main.work", 0x20, Source::Scheduler);
    assert_eq!((walked.frames.len(), walked.end), (1, End::Root));
}

#[test]
fn a_walker_remembers_nothing_of_one_stack_in_the_next() {
    let program = program();
    let code = program.code();
    let mut walker = Walker::new(&code, Arch::Amd64, ids(24), rules(24), 100);
    let mut walk = |stack: &Bytes| {
        let start = Start {
            pc: program.pc("main.work", 0x20),
            sp: stack.addr("sp"),
            lr: Addr::NULL,
            from: Source::Scheduler,
        };
        walker.walk(stack, Some(start))
    };
    let short = Bytes::at(0xd000).mark("sp").raw(&[0; 0x10]).u64(0);
    let long = Bytes::at(0xc000)
        .mark("sp")
        .raw(&[0; 0x10])
        .u64(program.word("main.main", 0x30));
    let long = main_and_goexit(long, &program);
    let (first, second, third) = (walk(&long), walk(&short), walk(&long));
    assert_eq!((first.frames.len(), second.frames.len()), (3, 1));
    assert_eq!(first, third);
}
