//! How the arguments of a function print, and which of them are alive where.

use crate::pclntab::{Format, Func, Inlined};
use crate::program::Program;
use gopeek_layout::arch::Arch;
use gopeek_layout::rules::rules;
use gopeek_unwind::pclntab::args::ArgToken;

fn word(offset: u8, size: u8, live: bool) -> ArgToken {
    ArgToken::Word { offset, size, live }
}

/// Two words and a byte; what lies from offset 8 on is tracked.
const PROGRAM: [u8; 7] = [0, 8, 8, 8, 16, 1, 0xff];

fn tokens(program: &Program, offset: u64, minor: u16) -> Vec<ArgToken> {
    let code = program.code();
    let site = code.site(program.pc("main.f", offset), true, rules(minor));
    site.expect("a site").args
}

#[test]
fn a_function_without_a_program_prints_none() {
    let program = Program::amd64(&[Func::new("main.f", 0x10)]);
    assert_eq!(tokens(&program, 0, 24), []);
}

#[test]
fn every_kind_of_token_is_read_in_both_formats() {
    let all = [0, 8, 0xfe, 8, 2, 0xfb, 0xfd, 0xfc, 0xff];
    for format in [Format::Go1_18, Format::Go1_20] {
        let func = Func::new("main.f", 0x10).args(&all);
        let program = Program::new(Arch::Arm64, format, &[func]);
        let expected = [
            word(0, 8, true),
            ArgToken::Open,
            word(8, 2, true),
            ArgToken::TooFar,
            ArgToken::Close,
            ArgToken::Ellipsis,
        ];
        assert_eq!(tokens(&program, 0, 24), expected, "{format:?}");
    }
}

#[test]
fn arguments_die_as_the_code_goes_on() {
    // First tracked offset, then a byte of bits for each index from 1 on.
    let info = [8, 0b11, 0b10, 0b00];
    let func = Func::new("main.f", 0x40)
        .args(&PROGRAM)
        .live(&info, &[(-1, 0x10), (1, 0x10), (2, 0x10), (3, 0x10)]);
    let program = Program::amd64(&[func]);
    let alive = |offset| {
        let live = |token| matches!(token, ArgToken::Word { live: true, .. });
        let tokens = tokens(&program, offset, 24).into_iter();
        tokens.map(live).collect::<Vec<_>>()
    };
    assert_eq!(alive(0x00), [true, true, true], "nothing is known here");
    assert_eq!(alive(0x10), [true, true, true]);
    assert_eq!(alive(0x20), [true, false, true]);
    assert_eq!(alive(0x30), [true, false, false]);
}

#[test]
fn within_an_inlined_call_liveness_is_looked_up_where_each_release_does() {
    // The call is inlined at 0x10; before it all are alive, within it none.
    let call = Inlined {
        name: "main.inlined",
        func_id: 0,
        parent_pc: 8,
    };
    let func = Func::new("main.f", 0x20)
        .inlines(&[call], &[(-1, 0x10), (0, 0x10)])
        .args(&PROGRAM)
        .live(&[0, 0b111, 0b000], &[(1, 0x10), (2, 0x10)]);
    let program = Program::amd64(&[func]);
    let dead = [word(0, 8, false), word(8, 8, false), word(16, 1, false)];
    let alive = [word(0, 8, true), word(8, 8, true), word(16, 1, true)];
    assert_eq!(tokens(&program, 0x10, 20), alive, "at the outermost call");
    assert_eq!(tokens(&program, 0x10, 21), dead, "at the pc itself");
}

#[test]
fn a_program_without_an_end_ends() {
    let func = Func::new("main.f", 0x10).args(&[0xfe; 400]);
    let program = Program::amd64(&[func]);
    let longest = (5 * 3 + 2) * 10 + 1;
    assert_eq!(tokens(&program, 0, 24).len(), longest);
}
