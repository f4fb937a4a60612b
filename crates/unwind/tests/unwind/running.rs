//! Where a goroutine is that runs: by its thread's registers, and by which stack they are on.

use crate::pclntab::Func;
use crate::program::{LOADED_TEXT, Program, ids};
use crate::start::parked;
use gopeek_layout::arch::Arch;
use gopeek_layout::enums::status;
use gopeek_layout::goroutine::{Context, Goroutine};
use gopeek_layout::registers::Registers;
use gopeek_layout::rules::rules;
use gopeek_layout::testing::Bytes;
use gopeek_layout::{Addr, Memory, Span};
use gopeek_unwind::pclntab::function::flag;
use gopeek_unwind::{End, OnThread, Source, Start, Walker};

/// The goroutine's stack is `[0x20000, 0x21000)`, the signal stack is this.
const SIGNAL_STACK: u64 = 0x5_0000;

fn program() -> Program {
    Program::amd64(&[
        Func::new("runtime.goexit", 0x10).flags(flag::TOP_FRAME),
        Func::new("main.spin", 0x100).frame(0x18),
        Func::new("runtime.nanotime1", 0x40)
            .frame(8)
            .flags(flag::SP_WRITE),
        Func::new("runtime.gogo", 0x10).flags(flag::SP_WRITE),
        Func::new("runtime.racecall", 0x10).flags(flag::SP_WRITE),
        Func::new("runtime.systemstack_switch", 0x10),
        Func::new("runtime.sigtramp", 0x20)
            .frame(0x10)
            .flags(flag::TOP_FRAME),
        Func::new("runtime.sigtrampgo", 0x20).frame(0x18),
    ])
}

/// A return address that follows a call. Each byte of a hand-made program is the offset that it lies at: that at 0xe8
/// is a call with a displacement of four bytes.
const AFTER_CALL: u64 = LOADED_TEXT + 0xed;

fn running(sched_sp: u64) -> Goroutine {
    Goroutine {
        status: status::RUNNING,
        sched: Context {
            pc: Addr::new(LOADED_TEXT + 0x20),
            sp: Addr::new(sched_sp),
            lr: Addr::NULL,
        },
        ..parked()
    }
}

fn thread(pc: Addr, sp: u64) -> OnThread {
    OnThread {
        registers: Registers::place(Arch::Amd64, pc, Addr::new(sp)),
        signal_stack: Some(Span::new(Addr::new(SIGNAL_STACK), 0x8000)),
    }
}

fn start(
    program: &Program,
    memory: &dyn Memory,
    goroutine: &Goroutine,
    thread: &OnThread,
) -> Option<Start> {
    let code = program.code();
    let mut walker = Walker::new(&code, Arch::Amd64, ids(24), rules(24), 100);
    walker.start(memory, goroutine, Some(thread))
}

fn at(pc: Addr, sp: u64, from: Source) -> Start {
    Start {
        pc,
        sp: Addr::new(sp),
        lr: Addr::NULL,
        from,
    }
}

const NOTHING: &[Bytes] = &[];

#[test]
fn on_its_own_stack_it_is_where_its_thread_is() {
    let program = program();
    let pc = program.pc("main.spin", 0x40);
    let found = start(&program, &NOTHING, &running(0), &thread(pc, 0x2_0800));
    assert_eq!(found, Some(at(pc, 0x2_0800, Source::Registers)));
}

#[test]
fn while_its_thread_is_elsewhere_it_is_where_it_left_its_stack() {
    let program = program();
    let goroutine = running(0x2_0900);
    let expected = Some(at(goroutine.sched.pc, 0x2_0900, Source::Scheduler));
    let on_g0 = thread(program.pc("main.spin", 0x40), 0x7_0000);
    assert_eq!(start(&program, &NOTHING, &goroutine, &on_g0), expected);
}

#[test]
fn a_call_of_c_saves_where_the_goroutine_is_but_one_into_the_race_detector_does_not() {
    let program = program();
    let in_c = thread(Addr::new(0x1234), 0x7_0000);
    let in_race = thread(program.pc("runtime.racecall", 4), 0x7_0000);
    let mut goroutine = running(0x2_0900);
    assert_eq!(start(&program, &NOTHING, &goroutine, &in_c), None);
    assert_eq!(start(&program, &NOTHING, &goroutine, &in_race), None);
    goroutine.sched.pc = program.pc("runtime.systemstack_switch", 8);
    let expected = Some(at(goroutine.sched.pc, 0x2_0900, Source::Scheduler));
    assert_eq!(start(&program, &NOTHING, &goroutine, &in_c), expected);
}

#[test]
fn a_scheduler_that_asks_for_the_time_has_saved_where_the_goroutine_is() {
    let program = program();
    let in_vdso = thread(Addr::new(0x7fff_1234), 0x7_0000);
    let asking = Context {
        pc: program.pc("main.spin", 0x10),
        sp: Addr::new(0x7_0050),
        lr: Addr::NULL,
    };
    let goroutine = Goroutine {
        vdso: Some(asking),
        ..running(0x2_0900)
    };
    let expected = Some(at(goroutine.sched.pc, 0x2_0900, Source::Scheduler));
    assert_eq!(start(&program, &NOTHING, &goroutine, &in_vdso), expected);
}

#[test]
fn where_nothing_was_saved_nothing_is_made_up() {
    let program = program();
    let on_g0 = thread(program.pc("main.spin", 0x40), 0x7_0000);
    for sp in [0, 0x1_ffff, 0x2_1000] {
        let goroutine = running(sp);
        assert_eq!(start(&program, &NOTHING, &goroutine, &on_g0), None);
    }
    let lost = thread(Addr::new(0x1234), 0x2_0800);
    assert_eq!(start(&program, &NOTHING, &running(0x2_0900), &lost), None);
}

#[test]
fn what_memory_tells_goes_before_registers() {
    let program = program();
    let entered = Context {
        pc: program.pc("main.spin", 0x10),
        sp: Addr::new(0x2_0500),
        lr: Addr::NULL,
    };
    let goroutine = Goroutine {
        syscall: Some(entered),
        ..running(0)
    };
    let found = start(
        &program,
        &NOTHING,
        &goroutine,
        &thread(program.pc("main.spin", 0x40), 0x2_0800),
    );
    assert_eq!(found, Some(at(entered.pc, 0x2_0500, Source::Syscall)));
}

#[test]
fn a_function_that_has_not_yet_written_sp_has_a_caller() {
    let program = program();
    let pc = program.pc("runtime.nanotime1", 0x20);
    let stack = Bytes::at(0x2_0800)
        .raw(&[0; 8])
        .u64(AFTER_CALL)
        .raw(&[0; 0x18])
        .u64(program.word("runtime.goexit", 1))
        .raw(&[0; 0x10]);
    let found = start(&program, &stack, &running(0), &thread(pc, 0x2_0800));
    assert_eq!(found, Some(at(pc, 0x2_0800, Source::Registers)));

    let code = program.code();
    let mut walker = Walker::new(&code, Arch::Amd64, ids(24), rules(24), 100);
    let stack = walker.walk(&stack, found);
    let pcs: Vec<_> = stack.frames.iter().map(|frame| frame.pc).collect();
    let root = program.pc("runtime.goexit", 1);
    assert_eq!(pcs, [pc, Addr::new(AFTER_CALL), root]);
    assert_eq!(stack.end, End::Root);
}

#[test]
fn on_a_threads_own_stack_such_a_function_has_come_from_elsewhere() {
    let program = program();
    let stack = Bytes::at(0x7_0000)
        .raw(&[0; 8])
        .u64(AFTER_CALL)
        .raw(&[0; 0x40]);
    let code = program.code();
    let mut walker = Walker::new(&code, Arch::Amd64, ids(24), rules(24), 100);
    let pc = program.pc("runtime.nanotime1", 0x20);
    let registers = Registers::place(Arch::Amd64, pc, Addr::new(0x7_0000));
    let start = Start::on_own_stack(&registers);
    let stack = walker.walk(&stack, Some(start));
    assert_eq!((stack.frames.len(), stack.end), (1, End::StackSwitch));
}

#[test]
fn one_that_is_just_being_scheduled_goes_on_where_the_scheduler_saved_it() {
    let program = program();
    let stack = Bytes::at(0x2_0800)
        .u64(program.word("main.spin", 0x30))
        .raw(&[0; 0x80]);
    let goroutine = running(0);
    let found = start(
        &program,
        &stack,
        &goroutine,
        &thread(program.pc("runtime.gogo", 8), 0x2_0800),
    );
    assert_eq!(
        found,
        Some(at(goroutine.sched.pc, 0x2_0800, Source::Scheduler))
    );
}

/// A thread in a signal handler that interrupted it at `pc` and `sp`.
fn handling(program: &Program, pc: Addr, sp: u64) -> Bytes {
    let frame = Bytes::at(SIGNAL_STACK)
        .mark("sp")
        .raw(&[0; 0x18])
        .u64(program.word("runtime.sigtramp", 0x10))
        .raw(&[0; 0x10])
        .u64(0xdead)
        .mark("ucontext")
        .raw(&[0; 160])
        .u64(sp)
        .u64(pc.get());
    frame.raw(&[0; 0x40])
}

#[test]
fn in_a_handler_what_the_signal_interrupted_counts() {
    let program = program();
    let pc = program.pc("main.spin", 0x44);
    let stack = handling(&program, pc, 0x2_0700);
    let in_handler = thread(program.pc("runtime.sigtrampgo", 0x10), SIGNAL_STACK);
    let found = start(&program, &stack, &running(0), &in_handler);
    assert_eq!(found, Some(at(pc, 0x2_0700, Source::Registers)));
    // It interrupted the scheduler's stack.
    let stack = handling(&program, pc, 0x7_0000);
    let found = start(&program, &stack, &running(0x2_0900), &in_handler);
    assert_eq!(found.map(|start| start.from), Some(Source::Scheduler));
}

#[test]
fn of_a_signal_in_a_handler_what_the_outer_one_interrupted_counts() {
    let program = program();
    let pc = program.pc("main.spin", 0x44);
    let in_sigtrampgo = program.pc("runtime.sigtrampgo", 0x10);
    let outer = handling(&program, pc, 0x2_0700);
    let len = outer.end().offset_from(Addr::new(SIGNAL_STACK)).unwrap();
    let mut bytes = vec![0; usize::try_from(len).unwrap()];
    outer.read(Addr::new(SIGNAL_STACK), &mut bytes).unwrap();
    // The outer handler's frames lie behind the inner one's.
    let stack = handling(&program, in_sigtrampgo, SIGNAL_STACK + len).raw(&bytes);
    let in_handler = thread(in_sigtrampgo, SIGNAL_STACK);
    let found = start(&program, &stack, &running(0), &in_handler);
    assert_eq!(found, Some(at(pc, 0x2_0700, Source::Registers)));
    let code = program.code();
    let mut walker = Walker::new(&code, Arch::Amd64, ids(24), rules(24), 100);
    let handlers = walker.handlers(&stack, &in_handler).unwrap();
    let frames: Vec<u64> = handlers.iter().map(|it| it.frame.get()).collect();
    let ucontext = outer.addr("ucontext").get();
    assert_eq!(frames, [ucontext, ucontext + len]);
}

#[test]
fn a_handler_whose_stack_did_not_come_tells_nothing() {
    let program = program();
    let in_handler = thread(program.pc("runtime.sigtrampgo", 0x10), SIGNAL_STACK);
    assert_eq!(
        start(&program, &NOTHING, &running(0x2_0900), &in_handler),
        None
    );
}
