//! Logical frames: what was inlined where, level by level.

use crate::pclntab::{Format, Func, Inlined};
use crate::program::Program;
use gopeek_layout::arch::Arch;
use gopeek_layout::rules::rules;

/// `main.outer` calls `a` at 0x10, which calls `b` at 0x20, which calls `c` at 0x28; all of it inlined.
fn outer() -> Func {
    let call = |name, func_id, parent_pc| Inlined {
        name,
        func_id,
        parent_pc,
    };
    let tree = [
        call("main.a", 0, 0x10),
        call("main.b", 21, 0x20),
        call("main.c", 0, 0x28),
    ];
    Func::new("main.outer", 0x40)
        .lines(&[(10, 0x14), (20, 0x10), (30, 8), (40, 8), (11, 0xc)])
        .files(&[(0, 0x14), (1, 0x20), (0, 0xc)])
        .inlines(&tree, &[(-1, 0x14), (0, 0x10), (1, 8), (2, 8), (-1, 0xc)])
}

/// Name, id, file, line, inlined.
type Row = (&'static str, u8, &'static str, u32, bool);

/// The logical frames at the trap `offset` bytes into `main.outer`.
fn check(offset: u64, expected: &[Row]) {
    for arch in [Arch::Amd64, Arch::Arm64] {
        for format in [Format::Go1_18, Format::Go1_20] {
            let program = Program::new(arch, format, &[Func::new("main.before", 8), outer()]);
            let code = program.code();
            let pc = program.pc("main.outer", offset);
            let site = code.site(pc, true, rules(24)).unwrap();
            let rows: Vec<_> = site
                .frames
                .iter()
                .map(|f| (&*f.name, f.func_id, &*f.file, f.line, f.inlined))
                .collect();
            assert_eq!(rows, expected, "{arch} {format:?}");
        }
    }
}

#[test]
fn nothing_is_inlined_before_and_behind() {
    check(0, &[("main.outer", 0, "/src/main.go", 10, false)]);
    check(0x13, &[("main.outer", 0, "/src/main.go", 10, false)]);
    check(0x34, &[("main.outer", 0, "/src/main.go", 11, false)]);
}

#[test]
fn one_level() {
    let expected = [
        ("main.a", 0, "/src/inline.go", 20, true),
        ("main.outer", 0, "/src/main.go", 10, false),
    ];
    check(0x14, &expected);
    check(0x23, &expected);
}

#[test]
fn three_levels() {
    let expected = [
        ("main.c", 0, "/src/inline.go", 40, true),
        ("main.b", 21, "/src/inline.go", 30, true),
        ("main.a", 0, "/src/inline.go", 20, true),
        ("main.outer", 0, "/src/main.go", 10, false),
    ];
    check(0x2c, &expected);
    check(0x33, &expected);
}

#[test]
fn a_return_address_behind_an_inlined_call_is_inside_of_it() {
    let program = Program::amd64(&[outer()]);
    let code = program.code();
    let depth = |offset, trap| {
        let site = code.site(program.pc("main.outer", offset), trap, rules(24));
        site.map(|site| site.frames.len())
    };
    assert_eq!(depth(0x34, false), Some(4));
    assert_eq!(depth(0x34, true), Some(1));
    assert_eq!(depth(0x14, false), Some(1));
}

#[test]
fn a_tree_that_leads_back_to_itself_ends() {
    for parent_pc in [0, 0x10] {
        let itself = Inlined {
            name: "main.loop",
            func_id: 0,
            parent_pc,
        };
        let func = Func::new("main.outer", 0x20).inlines(&[itself], &[(0, 0x20)]);
        let program = Program::amd64(&[func]);
        let code = program.code();
        let site = code
            .site(program.pc("main.outer", 0x10), true, rules(24))
            .unwrap();
        // Once at the pc itself, once at its parent's.
        assert!(site.frames.len() <= 3, "{} frames", site.frames.len());
        let last = site.frames.last().map(|frame| &*frame.name);
        assert_eq!(last, Some("main.outer"));
    }
}

#[test]
fn what_the_tree_does_not_have_was_not_inlined() {
    let far = Inlined {
        name: "main.far",
        func_id: 0,
        parent_pc: u32::MAX,
    };
    for index in [-2, 1_000_000, i64::from(i32::MAX)] {
        let func = Func::new("main.outer", 0x20).inlines(&[far], &[(index, 0x20)]);
        let program = Program::amd64(&[func]);
        let code = program.code();
        let site = code
            .site(program.entry("main.outer"), true, rules(27))
            .unwrap();
        assert_eq!(site.frames.len(), 1, "index {index}");
    }
}
