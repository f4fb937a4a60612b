//! Which function a pc lies in, and what the tables say of it.

use crate::pclntab::{Format, Func};
use crate::program::{DROPPED, LOADED_TEXT, Program, ids};
use gopeek_layout::Addr;
use gopeek_layout::arch::Arch;
use gopeek_layout::rules::rules;
use gopeek_unwind::Code;

const EVERY: [(Arch, Format); 4] = [
    (Arch::Amd64, Format::Go1_18),
    (Arch::Amd64, Format::Go1_20),
    (Arch::Arm64, Format::Go1_18),
    (Arch::Arm64, Format::Go1_20),
];

fn three_functions() -> [Func; 3] {
    [
        Func::new("main.first", 0x20),
        Func::new("main.second", 0x40),
        Func::new("main.third", 0x10),
    ]
}

/// The name of the function at `pc`.
fn name(code: &Code<'_>, pc: Addr) -> Option<String> {
    code.function(pc)
        .map(|function| function.name().into_owned())
}

#[test]
fn a_function_reaches_from_its_first_byte_to_the_next_ones() {
    for (arch, format) in EVERY {
        let program = Program::new(arch, format, &three_functions());
        let code = program.code();
        let at = |offset: u64| name(&code, Addr::new(LOADED_TEXT + offset));
        let expected = [
            (0, "main.first"),
            (0x1f, "main.first"),
            (0x20, "main.second"),
            (0x5f, "main.second"),
            (0x60, "main.third"),
            (0x6f, "main.third"),
        ];
        for (offset, name) in expected {
            assert_eq!(
                at(offset).as_deref(),
                Some(name),
                "{arch} {format:?} {offset:#x}"
            );
        }
        let second = code.function(program.pc("main.second", 0x30)).unwrap();
        assert_eq!(second.entry(), program.entry("main.second"));
    }
}

#[test]
fn outside_of_the_text_there_is_no_function() {
    let program = Program::amd64(&three_functions());
    let code = program.code();
    for pc in [0, LOADED_TEXT - 1, LOADED_TEXT + 0x70, 0x40_0000, u64::MAX] {
        assert_eq!(name(&code, Addr::new(pc)), None, "{pc:#x}");
    }
}

#[test]
fn a_frame_grows_and_shrinks_with_the_pc() {
    for (arch, format) in EVERY {
        let func = Func::new("main.f", 0x40).frames(&[(0, 8), (0x200, 0x30), (0, 4), (0x28, 4)]);
        let program = Program::new(arch, format, &[func]);
        let code = program.code();
        let size = |offset| {
            let pc = program.pc("main.f", offset);
            code.function(pc)
                .and_then(|function| function.frame_size(pc))
        };
        let expected = [
            (0, 0),
            (7, 0),
            (8, 0x200),
            (0x37, 0x200),
            (0x38, 0),
            (0x3b, 0),
            (0x3c, 0x28),
            (0x3f, 0x28),
        ];
        for (offset, frame) in expected {
            assert_eq!(size(offset), Some(frame), "{arch} {format:?} {offset:#x}");
        }
    }
}

#[test]
fn a_table_that_ends_too_soon_tells_nothing_of_the_rest() {
    let func = Func::new("main.f", 0x40)
        .frames(&[(8, 0x10)])
        .lines(&[(5, 0x10)]);
    let program = Program::amd64(&[func]);
    let code = program.code();
    let pc = program.pc("main.f", 0x10);
    let function = code.function(pc).unwrap();
    assert_eq!(function.frame_size(pc), None);
    assert_eq!(function.file_line(pc), ("?".into(), 0));
    assert!(function.has_frame_table());
}

#[test]
fn each_instruction_has_its_file_and_line() {
    for (arch, format) in EVERY {
        let func = Func::new("main.f", 0x40)
            .files(&[(0, 0x10), (2, 0x10), (DROPPED, 0x20)])
            .lines(&[(10, 8), (12, 8), (11, 0x10), (100_000, 0x20)]);
        let program = Program::new(arch, format, &[Func::new("main.before", 8), func]);
        let code = program.code();
        let place = |offset| {
            let pc = program.pc("main.f", offset);
            let (file, line) = code.function(pc).unwrap().file_line(pc);
            (file.into_owned(), line)
        };
        let expected = [
            (0, "/src/main.go", 10),
            (7, "/src/main.go", 10),
            (8, "/src/main.go", 12),
            (0x10, "/src/\u{fc}.go", 11),
            (0x20, "?", 100_000),
        ];
        for (offset, file, line) in expected {
            assert_eq!(place(offset), (file.to_owned(), line), "{arch} {format:?}");
        }
    }
}

#[test]
fn a_file_that_no_unit_has_is_unknown() {
    let func = Func::new("main.f", 0x40).files(&[(1_000_000, 0x40)]);
    let program = Program::amd64(&[func]);
    let pc = program.entry("main.f");
    let place = program.code().function(pc).map(|f| f.file_line(pc));
    assert_eq!(place, Some(("?".into(), 0)));
}

#[test]
fn ids_and_flags_are_where_each_format_has_them() {
    for (arch, format) in EVERY {
        let funcs = [
            Func::new("runtime.goexit", 8).id(7).flags(1),
            Func::new("main.f", 8),
            Func::new("x_cgo_init", 8).foreign(),
        ];
        let program = Program::new(arch, format, &funcs);
        let code = program.code();
        let of = |name| {
            let function = code.function(program.entry(name)).unwrap();
            (function.id(), function.flags(), function.has_frame_table())
        };
        assert_eq!(of("runtime.goexit"), (Some(7), 1, true));
        assert_eq!(of("main.f"), (Some(0), 0, true));
        assert_eq!(of("x_cgo_init"), (Some(0), 0, false));
    }
}

#[test]
fn machine_code_is_found_by_the_functions_whole_name() {
    let program = Program::amd64(&[
        Func::new("runtime.allgadd2", 0x10),
        Func::new("xruntime.allgadd", 0x10),
        Func::new("runtime.allgadd", 0x8),
        Func::new("runtime.last", 0x4),
    ]);
    let code = program.code();
    let expected = (
        program.entry("runtime.allgadd"),
        &[0x20, 0x21, 0x22, 0x23, 0x24, 0x25, 0x26, 0x27][..],
    );
    assert_eq!(code.code_of("runtime.allgadd"), Some(expected));
    let last = (program.entry("runtime.last"), &[0x28, 0x29, 0x2a, 0x2b][..]);
    assert_eq!(code.code_of("runtime.last"), Some(last));
    for absent in ["runtime.allg", "allgadd", "", "runtime.nothing"] {
        assert_eq!(code.code_of(absent), None, "{absent:?}");
    }
}

#[test]
fn a_call_belongs_to_the_instruction_before_its_return_address_and_a_trap_to_its_own() {
    let program = Program::amd64(&[
        Func::new("main.before", 0x10).lines(&[(1, 0x10)]),
        Func::new("main.f", 0x20).lines(&[(10, 8), (11, 0x18)]),
    ]);
    let code = program.code();
    let line = |offset, trap| {
        let site = code
            .site(program.pc("main.f", offset), trap, rules(24))
            .unwrap();
        assert_eq!(site.pc, program.pc("main.f", offset));
        assert_eq!(site.entry, program.entry("main.f"));
        site.frames.last().map(|frame| frame.line)
    };
    assert_eq!(line(8, false), Some(10));
    assert_eq!(line(8, true), Some(11));
    assert_eq!(line(0, false), Some(10), "an entry is not a return address");
    assert_eq!(line(0, true), Some(10));
}

#[test]
fn the_code_of_several_modules_is_one() {
    let program = Program::amd64(&[Func::new("main.main", 0x20)]);
    let mut plugin = Program::amd64(&[Func::new("plugin.F", 0x20)]);
    let shift = |at: Addr| Addr::new(at.get() + 0x1000_0000);
    let data = &mut plugin.data;
    for at in [
        &mut data.text,
        &mut data.etext,
        &mut data.pc_header,
        &mut data.gofunc,
    ] {
        *at = shift(*at);
    }
    for table in [
        &mut data.funcnametab,
        &mut data.cutab,
        &mut data.filetab,
        &mut data.pctab,
        &mut data.pclntable,
        &mut data.ftab,
    ] {
        table.data = shift(table.data);
    }
    plugin.bias += 0x1000_0000;
    let modules = [program.module(), plugin.module()];
    let code = Code::new(&modules, &ids(27)).unwrap();
    assert_eq!(
        name(&code, program.entry("main.main")).as_deref(),
        Some("main.main")
    );
    let in_plugin = shift(plugin.entry("plugin.F"));
    assert_eq!(name(&code, in_plugin).as_deref(), Some("plugin.F"));
    assert_eq!(code.code_of("plugin.F").map(|(at, _)| at), Some(in_plugin));
}

#[test]
fn without_modules_there_is_no_code() {
    let code = Code::new(&[], &ids(27)).unwrap();
    assert_eq!(name(&code, Addr::new(LOADED_TEXT)), None);
    assert_eq!(code.code_of("main.main"), None);
}
