//! Which frames were entered by a trap: their pc is the instruction itself, not a return address.

use crate::pclntab::Func;
use crate::program::{Program, ids};
use gopeek_layout::Addr;
use gopeek_layout::arch::Arch;
use gopeek_layout::enums::FuncIds;
use gopeek_layout::rules::rules;
use gopeek_layout::testing::Bytes;
use gopeek_unwind::pclntab::function::flag;
use gopeek_unwind::{End, Source, Start, Walker};

/// Whether each frame of `injected <- main.main <- goexit` is a trap's, in Go 1.`minor`.
fn traps(minor: u16, injected: impl Fn(&FuncIds) -> u8) -> Vec<bool> {
    let program = Program::amd64(&[
        Func::new("runtime.goexit", 0x10).flags(flag::TOP_FRAME),
        Func::new("main.main", 0x40).frame(8),
        Func::new("runtime.injected", 0x40)
            .frame(8)
            .id(injected(&ids(minor))),
    ]);
    let stack = Bytes::at(0xc000)
        .mark("sp")
        .raw(&[0; 8])
        .u64(program.word("main.main", 0x20))
        .raw(&[0; 8])
        .u64(program.word("runtime.goexit", 1));
    let start = Start {
        pc: program.pc("runtime.injected", 0x20),
        sp: stack.addr("sp"),
        lr: Addr::NULL,
        from: Source::Scheduler,
    };
    let code = program.code();
    let mut walker = Walker::new(&code, Arch::Amd64, ids(minor), rules(minor), 100);
    let found = walker.walk(&stack, Some(start));
    assert_eq!(found.end, End::Root);
    found.frames.iter().map(|frame| frame.trap).collect()
}

#[test]
fn the_caller_of_sigpanic_was_trapped_in_every_release() {
    for minor in 19..=27 {
        let traps = traps(minor, |ids| ids.sigpanic);
        assert_eq!(traps, [false, true, false], "1.{minor}");
    }
}

#[test]
fn callers_of_other_injected_calls_were_trapped_from_1_21_on() {
    for minor in 19..=27 {
        let preempted = traps(minor, |ids| ids.async_preempt);
        let debugged = traps(minor, |ids| ids.debug_call);
        let expected = [false, minor >= 21, false];
        assert_eq!(
            (&preempted[..], &debugged[..]),
            (&expected[..], &expected[..]),
            "1.{minor}"
        );
    }
}

#[test]
fn callers_of_all_others_were_not() {
    for minor in 19..=27 {
        for id in [0, ids(minor).gopanic, ids(minor).wrapper] {
            assert_eq!(traps(minor, |_| id), [false; 3], "1.{minor} id {id}");
        }
    }
}

#[test]
fn a_walk_that_begins_at_a_trap_says_so() {
    let program = Program::amd64(&[Func::new("runtime.goexit", 0x10).flags(flag::TOP_FRAME)]);
    let code = program.code();
    let mut walker = Walker::new(&code, Arch::Amd64, ids(27), rules(27), 100);
    let stack = Bytes::at(0xc000).mark("sp").u64(0);
    for (from, trap) in [(Source::Scheduler, false), (Source::Registers, true)] {
        let start = Start {
            pc: program.entry("runtime.goexit"),
            sp: stack.addr("sp"),
            lr: Addr::NULL,
            from,
        };
        assert_eq!(walker.walk(&stack, Some(start)).frames[0].trap, trap);
    }
}
