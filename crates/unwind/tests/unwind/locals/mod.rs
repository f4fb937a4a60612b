//! Variables by DWARF that is made by hand.

mod dwarf;
mod hostile;
mod members;
mod scopes;
mod shapes;
mod values;

use dwarf::{CODE, Dwarf};
use gopeek_layout::section::SectionError;
use gopeek_layout::{Addr, Memory};
use gopeek_unwind::locals::{
    DebugSections, Frame, Limits, LocalsError, Program, Scope, Site, Target,
};

/// Where the frame's CFA is.
const CFA: u64 = 0xc000;

/// The scopes at `pc`, a trapped one, of a frame whose registers are unknown.
fn scopes(file: &[u8], memory: &dyn Memory, pc: u64, lines: &[u32], limits: Limits) -> Vec<Scope> {
    let sections = DebugSections::load(file).expect("DWARF");
    let site = Site {
        linked_pc: Addr::new(pc),
        trap: true,
        lines,
    };
    let frame = Frame {
        cfa: Addr::new(CFA),
        registers: None,
        bias: 0,
    };
    let target = Target {
        memory,
        name_of: &|pc| (pc == Addr::new(CODE)).then(|| "main.f".to_owned()),
    };
    Program::new(&sections).variables(&site, &frame, &target, &limits)
}

/// The variables of a scope, as text.
fn shown(scope: &Scope) -> Vec<String> {
    let variables = scope.variables.iter();
    variables
        .map(|it| format!("{} {} = {}", it.name, it.type_name, it.value))
        .collect()
}

#[test]
fn a_file_without_dwarf_says_so() {
    let elf = gopeek_layout::testing::elf::Elf::new(62).load(CODE, 5, b"code");
    let error = DebugSections::load(&elf.build()).expect_err("none");
    assert!(matches!(error, LocalsError::Absent), "{error}");
    let error = DebugSections::load(b"#!/bin/sh").expect_err("no ELF");
    assert!(matches!(error, LocalsError::Image(_)), "{error}");
    // Four letters, and a length in big endian that no compression comes to.
    let lying = elf.holding(".zdebug_info", b"ZLIB\0\0\0\0\xff\0\0\0compressed");
    let error = DebugSections::load(&lying.build()).expect_err("a lie");
    assert!(
        matches!(error, LocalsError::Section(SectionError::Compression)),
        "{error}"
    );
}

#[test]
fn no_function_has_no_variables() {
    let mut dwarf = Dwarf::new(5);
    dwarf.function("main.f", CODE, 0x10);
    let file = dwarf.finish();
    let at = |pc| scopes(&file, &dwarf::nothing(), pc, &[], Limits::default()).len();
    assert_eq!(
        (at(CODE - 1), at(CODE), at(CODE + 0xf), at(CODE + 0x10)),
        (0, 1, 1, 0)
    );
}

#[test]
fn a_function_that_goes_on_behind_the_last_address_has_no_variables() {
    let mut dwarf = Dwarf::new(5);
    dwarf.function("main.endless", CODE, u64::MAX);
    dwarf.function("main.f", CODE + 0x20, 0x10);
    let file = dwarf.finish();
    let at = |pc| scopes(&file, &dwarf::nothing(), pc, &[], Limits::default()).len();
    assert_eq!((at(CODE), at(CODE + 0x20)), (0, 1));
}
