//! Which variables are seen where, and where they are.

use super::dwarf::{CODE, Dwarf, nothing, op};
use super::{CFA, scopes, shown};
use gopeek_layout::Addr;
use gopeek_layout::arch::Arch;
use gopeek_layout::registers::Registers;
use gopeek_layout::testing::Bytes;
use gopeek_unwind::locals::{DebugSections, Frame, Limits, Program, Role, Scope, Site, Target};

/// The only scope of a call at `pc`, which is its return address.
fn waiting(file: &[u8], memory: &Bytes, pc: u64, registers: Option<&Registers>) -> Scope {
    let sections = DebugSections::load(file).expect("DWARF");
    let site = Site {
        linked_pc: Addr::new(pc),
        trap: false,
        lines: &[],
    };
    let frame = Frame {
        cfa: Addr::new(CFA),
        registers,
        bias: 0,
    };
    let target = Target {
        memory,
        name_of: &|_| None,
    };
    let program = Program::new(&sections);
    let mut scopes = program.variables(&site, &frame, &target, &Limits::default());
    scopes.remove(0)
}

#[test]
fn an_inlined_call_is_a_scope_of_its_own() {
    let mut dwarf = Dwarf::new(5);
    let int = dwarf.int();
    let callee = dwarf.add(
        dwarf.unit.unit.root(),
        gimli::DW_TAG_subprogram,
        "main.callee",
    );
    let a = dwarf.argument(callee, "a", int);
    dwarf.argument(callee, "b", int);
    let outer = dwarf.function("main.caller", CODE, 0x40);
    let n = dwarf.argument(outer, "n", int);
    dwarf.fixed(n, op::at(0));
    let call = dwarf.within(outer, Some(callee), CODE + 0x10, 0x10);
    let instance = dwarf.unit.unit.add(call, gimli::DW_TAG_formal_parameter);
    dwarf.refer(instance, gimli::DW_AT_abstract_origin, a);
    dwarf.fixed(instance, op::at(8));
    let file = dwarf.finish();

    let memory = Bytes::at(CFA).u64(1).u64(2);
    let inside = scopes(&file, &memory, CODE + 0x10, &[], Limits::default());
    let names: Vec<_> = inside.iter().map(|scope| &*scope.function).collect();
    assert_eq!(names, ["main.callee", "main.caller"]);
    // The instance has nothing to say of its second argument.
    let mut callee = shown(&inside[0]);
    callee.sort();
    assert_eq!(callee, ["a int = 2", "b int = <optimised out>"]);
    assert_eq!(shown(&inside[1]), ["n int = 1"]);
    let outside = scopes(&file, &memory, CODE + 0x20, &[], Limits::default());
    assert_eq!(outside.len(), 1);
}

#[test]
fn a_block_ends_and_a_declaration_comes_first() {
    let mut dwarf = Dwarf::new(4);
    let int = dwarf.int();
    let function = dwarf.function("main.f", CODE, 0x40);
    for (name, line) in [("early", 10), ("late", 20), ("~r0", 1), (".autotmp_1", 1)] {
        let local = dwarf.local(function, name, int, line);
        dwarf.fixed(local, op::at(0));
    }
    let block = dwarf.within(function, None, CODE + 0x10, 0x10);
    let inner = dwarf.local(block, "inner", int, 12);
    dwarf.fixed(inner, op::at(8));
    let file = dwarf.finish();

    let memory = Bytes::at(CFA).u64(1).u64(2);
    let at = |pc, lines: &[u32]| {
        let scopes = scopes(&file, &memory, pc, lines, Limits::default());
        shown(&scopes[0])
    };
    let (early, late, inner) = ("early int = 1", "late int = 1", "inner int = 2");
    assert_eq!(at(CODE, &[30]), [early, late]);
    assert_eq!(at(CODE, &[20]), [early]);
    assert_eq!(at(CODE + 0x10, &[15]), [early, inner]);
    assert_eq!(at(CODE + 0x10, &[]), [early, late, inner]);
}

#[test]
fn a_variable_moves_with_the_pc() {
    let mut dwarf = Dwarf::new(5);
    let string = dwarf.string();
    let function = dwarf.function("main.f", CODE, 0x40);
    let text = dwarf.argument(function, "s", string);
    let list = vec![
        (CODE, CODE + 0x10, op::registers(&[3, 2])),
        (CODE + 0x10, CODE + 0x20, op::words(&[0, 8])),
    ];
    dwarf.moving(text, list);
    let result = dwarf.argument(function, "err", string);
    let yes = gimli::write::AttributeValue::Flag(true);
    dwarf.set(result, gimli::DW_AT_variable_parameter, yes);
    let file = dwarf.finish();

    let memory = Bytes::at(CFA).u64(CFA + 16).u64(3).raw(b"abc");
    let show = |pc, registers| shown(&waiting(&file, &memory, pc, registers)).swap_remove(0);
    let gone = "s string = <optimised out: was in register 2>";
    assert_eq!(show(CODE + 0x8, None), gone);
    // The call is made with the registers; behind it, the variable is on the stack.
    assert_eq!(show(CODE + 0x10, None), "s string = \"abc\"");
    assert_eq!(show(CODE + 0x18, None), "s string = \"abc\"");
    assert_eq!(show(CODE + 0x21, None), "s string = <optimised out>");

    let mut words = [0u64; 27];
    // rbx and rcx, which DWARF numbers 3 and 2.
    (words[5], words[11]) = (CFA + 16, 2);
    let words: Vec<u8> = words.into_iter().flat_map(u64::to_le_bytes).collect();
    let registers = Registers::decode(Arch::Amd64, &words).expect("enough bytes");
    assert_eq!(show(CODE + 0x8, Some(&registers)), "s string = \"ab\"");

    let scope = waiting(&file, &memory, CODE + 0x10, None);
    let roles: Vec<_> = scope.variables.iter().map(|it| it.role).collect();
    assert_eq!(roles, [Role::Argument, Role::Result]);
}

#[test]
fn one_word_that_is_left_of_a_value_is_not_taken_for_all_of_it() {
    let shown_by = |flags: &str| {
        let mut dwarf = Dwarf::new(5);
        let producer = format!("Go cmd/compile go1.25.14; {flags}regabi");
        let producer = gimli::write::AttributeValue::String(producer.into());
        dwarf.set(dwarf.unit.unit.root(), gimli::DW_AT_producer, producer);
        let string = dwarf.string();
        let function = dwarf.function("main.f", CODE, 0x40);
        let text = dwarf.argument(function, "s", string);
        dwarf.moving(text, vec![(CODE, CODE + 0x10, op::at(0))]);
        let file = dwarf.finish();
        let memory = Bytes::at(CFA).u64(CFA + 16).u64(3).raw(b"abc");
        shown(&waiting(&file, &memory, CODE + 8, None)).concat()
    };
    assert_eq!(shown_by("-l "), "s string = <optimised out>");
    // Without the optimiser, nothing is taken apart.
    assert_eq!(shown_by("-N -l "), "s string = \"abc\"");
}

#[test]
fn a_variable_that_escapes_is_itself() {
    let mut dwarf = Dwarf::new(5);
    let int = dwarf.int();
    let pointer = dwarf.pointer("*int", int);
    let function = dwarf.function("main.f", CODE, 0x40);
    let local = dwarf.local(function, "&n", pointer, 3);
    dwarf.fixed(local, op::at(0));
    let file = dwarf.finish();
    let show = |memory: &Bytes| shown(&waiting(&file, memory, CODE + 8, None)).concat();
    assert_eq!(show(&Bytes::at(CFA).u64(CFA + 8).u64(5)), "n int = 5");
    assert_eq!(show(&Bytes::at(CFA).u64(0)), "n int = <optimised out>");
    assert_eq!(show(&nothing()), "n int = <unreadable 0xc000>");
}
