//! Where a goroutine of arm64 is that runs: also while nothing on its stack, nor the link register, tells.

use crate::pclntab::Func;
use crate::program::{Program, ids};
use crate::start::parked;
use gopeek_layout::arch::Arch;
use gopeek_layout::enums::status;
use gopeek_layout::goroutine::{Context, Goroutine};
use gopeek_layout::registers::Registers;
use gopeek_layout::rules::rules;
use gopeek_layout::testing::Bytes;
use gopeek_layout::{Addr, Span};
use gopeek_unwind::pclntab::function::flag;
use gopeek_unwind::{End, OnThread, Source, Stack, Start, Walker};

/// On the goroutine's stack, and on the signal stack.
const SP: u64 = 0x2_0800;
const SIGNAL_STACK: u64 = 0x5_0000;

/// An offset into main.spin that follows a call. Each byte of a hand-made program is the offset that it lies at, and the
/// word at 0x94 is a BL.
const AFTER_CALL: u64 = 0x88;

fn program() -> Program {
    let switch = |name| Func::new(name, 0x40).flags(flag::SP_WRITE);
    Program::arm64(&[
        Func::new("runtime.goexit", 0x10).flags(flag::TOP_FRAME),
        Func::new("main.spin", 0xc0).frames(&[(0, 0x10), (0x20, 0xb0)]),
        switch("runtime.mcall"),
        switch("runtime.morestack"),
        switch("runtime.morestack_noctxt"),
        switch("gogo"),
        Func::new("runtime.save_g", 0x10),
        Func::new("runtime.sigtramp", 0x20)
            .frame(0xc0)
            .flags(flag::TOP_FRAME),
        Func::new("internal/chacha8rand.block", 0x40).frame(0x20),
    ])
}

fn running(program: &Program) -> Goroutine {
    Goroutine {
        status: status::RUNNING,
        sched: Context {
            pc: program.pc("main.spin", 0x30),
            sp: Addr::new(0x2_0900),
            lr: program.pc("main.spin", 0x34),
        },
        ..parked()
    }
}

/// The registers of a thread at `pc` whose link register is `link`, as the kernel lays them out.
fn words(pc: Addr, sp: u64, link: Addr) -> Vec<u8> {
    let mut words = [0_u64; 34];
    words[3] = 0x3333;
    (words[30], words[31], words[32]) = (link.get(), sp, pc.get());
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}

fn start(program: &Program, memory: &Bytes, registers: &[u8]) -> Option<Start> {
    let thread = OnThread {
        registers: Registers::decode(Arch::Arm64, registers).unwrap(),
        signal_stack: Some(Span::new(Addr::new(SIGNAL_STACK), 0x8000)),
    };
    let code = program.code();
    let mut walker = Walker::new(&code, Arch::Arm64, ids(24), rules(24), 100);
    walker.start(memory, &running(program), Some(&thread))
}

/// Where it goes on with its thread in Go code, on its own stack.
fn on_stack(program: &Program, pc: Addr, link: Addr) -> Option<Start> {
    start(program, &Bytes::at(SP), &words(pc, SP, link))
}

fn saved(program: &Program) -> Start {
    let Context { pc, sp, lr } = running(program).sched;
    let from = Source::Scheduler;
    Start { pc, sp, lr, from }
}

#[test]
fn its_threads_link_register_counts() {
    let program = program();
    let (pc, link) = (
        program.pc("main.spin", 4),
        program.pc("main.spin", AFTER_CALL),
    );
    let expected = Start {
        pc,
        sp: Addr::new(SP),
        lr: link,
        from: Source::Registers,
    };
    assert_eq!(on_stack(&program, pc, link), Some(expected));
    // Before it calls anything, mcall is like any other function.
    let pc = program.pc("runtime.mcall", 4);
    let expected = Start { pc, ..expected };
    assert_eq!(on_stack(&program, pc, link), Some(expected));
}

#[test]
fn who_has_saved_it_and_called_save_g_has_lost_the_link_register() {
    let program = program();
    for name in ["runtime.mcall", "runtime.morestack"] {
        let returns = program.pc(name, 0x28);
        for pc in [
            returns,
            program.pc(name, 0x2c),
            program.pc("runtime.save_g", 0),
        ] {
            assert_eq!(on_stack(&program, pc, returns), Some(saved(&program)));
        }
    }
    // With a frame, the link register is what an earlier call left behind.
    let pc = program.pc("main.spin", 0x40);
    let found = on_stack(&program, pc, program.pc("runtime.mcall", 0x28));
    assert_eq!(found.map(|start| start.pc), Some(pc));
}

#[test]
fn who_needs_more_stack_has_put_its_link_register_elsewhere() {
    let program = program();
    let link = program.pc("main.spin", 0xc);
    for name in ["runtime.morestack", "runtime.morestack_noctxt"] {
        let expected = Start {
            pc: link,
            sp: Addr::new(SP),
            lr: Addr::new(0x3333),
            from: Source::Scheduler,
        };
        let found = on_stack(&program, program.pc(name, 4), link);
        assert_eq!(found, Some(expected), "{name}");
    }
}

#[test]
fn who_is_being_scheduled_goes_on_where_it_was_saved() {
    let program = program();
    let gogo = |offset| program.pc("gogo", offset);
    let expected = Start {
        sp: Addr::new(SP),
        ..saved(&program)
    };
    assert_eq!(on_stack(&program, gogo(8), gogo(4)), Some(expected));
    // It has loaded the link register.
    let link = program.pc("main.spin", 0x60);
    let expected = Start {
        lr: link,
        ..expected
    };
    assert_eq!(on_stack(&program, gogo(0x10), link), Some(expected));
}

#[test]
fn a_leaf_may_have_overwritten_its_return_address() {
    let program = program();
    let pc = program.pc("internal/chacha8rand.block", 0x20);
    let link = program.pc("main.spin", AFTER_CALL);
    let found = on_stack(&program, pc, link);
    let code = program.code();
    for counter in [0, 4] {
        let stack = Bytes::at(SP)
            .u64(counter)
            .raw(&[0; 0x18])
            .u64(program.word("runtime.goexit", 4))
            .raw(&[0; 0x20]);
        let mut walker = Walker::new(&code, Arch::Arm64, ids(24), rules(24), 100);
        let Stack { frames, end, .. } = walker.walk(&stack, found);
        let pcs: Vec<_> = frames.iter().map(|frame| frame.pc).collect();
        assert_eq!(pcs, [pc, link, program.pc("runtime.goexit", 4)]);
        assert_eq!(end, End::Root);
    }
}

#[test]
fn in_a_handler_what_the_signal_interrupted_counts() {
    let program = program();
    let (pc, link) = (program.pc("main.spin", 4), program.pc("main.spin", 0x40));
    let interrupted = words(pc, SP, link);
    let frame = |size| {
        let frame = Bytes::at(SIGNAL_STACK).raw(&vec![0; size]);
        frame.raw(&[0; 312]).raw(&interrupted)
    };
    let expected = Some(Start {
        pc,
        sp: Addr::new(SP),
        lr: link,
        from: Source::Registers,
    });
    // The handler's first function has no frame yet, or has one; or it has returned to the kernel's code.
    for (at, size) in [
        (program.pc("runtime.sigtramp", 0x10), 0xc0),
        (Addr::new(0x7fff_0000), 0),
    ] {
        let in_handler = words(at, SIGNAL_STACK, Addr::new(0x7fff_0000));
        assert_eq!(start(&program, &frame(size), &in_handler), expected);
    }
}
