//! Deferred calls that a frame keeps itself, in both forms.

use crate::pclntab::Func;
use crate::program::Program;
use gopeek_layout::arch::Arch;
use gopeek_layout::rules::rules;
use gopeek_layout::testing::Bytes;
use gopeek_layout::{Addr, Memory};
use gopeek_unwind::defers::in_frame;
use gopeek_unwind::{Frame, Walker};

/// A frame of 0x40 bytes whose variables end below the saved frame pointer and the return address: the bits lie 0x10
/// below that, three closures follow from 0x30 below it on.
fn program(info: &[u8]) -> Program {
    Program::amd64(&[
        Func::new("main.defers", 0x40).frame(0x38).open_defers(info),
        Func::new("main.first", 0x10),
        Func::new("main.third", 0x10),
    ])
}

/// What the compiler writes up to 1.21: the bits, how many, each closure's offset, last first.
const OFFSETS: [u8; 5] = [0x10, 3, 0x20, 0x28, 0x30];
/// Likewise from 1.22 on: the bits, the first closure.
const SLOTS: [u8; 2] = [0x10, 0x30];

/// The frame with the given bits; its closures are of main.first, of nothing, and of main.third.
fn frame(program: &Program, bits: u64) -> [Bytes; 3] {
    [
        Bytes::at(0xc000)
            .mark("sp")
            .u64(0xd000)
            .u64(0xdead_0000)
            .u64(0xd008)
            .u64(0)
            .u64(bits)
            .raw(&[0; 0x18]),
        Bytes::at(0xd000).u64(program.entry("main.first").get()),
        Bytes::at(0xd008).u64(program.entry("main.third").get()),
    ]
}

fn calls(program: &Program, minor: u16, memory: &dyn Memory) -> Vec<Addr> {
    let code = program.code();
    let physical = Frame {
        pc: program.pc("main.defers", 0x20),
        sp: Addr::new(0xc000),
        fp: Addr::new(0xc040),
        argp: Addr::new(0xc040),
        trap: false,
    };
    let found = in_frame(memory, &code, Arch::Amd64.frame(), rules(minor), &physical);
    assert!(found.iter().all(|call| call.sp == physical.sp));
    found.iter().map(|call| call.function).collect()
}

#[test]
fn the_last_deferred_is_the_next_to_be_called() {
    for (minor, info) in [
        (19, &OFFSETS[..]),
        (21, &OFFSETS),
        (22, &SLOTS),
        (27, &SLOTS),
    ] {
        let program = program(info);
        let both = [program.entry("main.third"), program.entry("main.first")];
        let memory = frame(&program, 0b101);
        assert_eq!(calls(&program, minor, &&memory[..]), both, "1.{minor}");
        let memory = frame(&program, 0b001);
        assert_eq!(calls(&program, minor, &&memory[..]), both[1..], "1.{minor}");
        let memory = frame(&program, 0);
        assert_eq!(calls(&program, minor, &&memory[..]), [], "1.{minor}");
    }
}

#[test]
fn a_closure_that_is_none_makes_the_bits_incredible() {
    for (minor, info) in [(21, &OFFSETS[..]), (27, &SLOTS)] {
        let program = program(info);
        let memory = frame(&program, 0b111);
        assert_eq!(calls(&program, minor, &&memory[..]), [], "1.{minor}");
    }
}

#[test]
fn a_function_that_keeps_none_has_none() {
    let program = Program::amd64(&[Func::new("main.defers", 0x40).frame(0x38)]);
    let memory: [Bytes; 0] = [];
    assert_eq!(calls(&program, 27, &&memory[..]), []);
    // It takes part in a walk like any other.
    let code = program.code();
    let ids = crate::program::ids(27);
    let mut walker = Walker::new(&code, Arch::Amd64, ids, rules(27), 10);
    assert!(walker.walk(&&memory[..], None).frames.is_empty());
}
