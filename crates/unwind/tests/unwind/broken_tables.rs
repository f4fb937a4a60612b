//! Modules whose tables are not in their file, or of a format that nobody knows.

use crate::pclntab::Func;
use crate::program::{Program, ids};
use gopeek_layout::Addr;
use gopeek_layout::moduledata::ModuleData;
use gopeek_unwind::Code;
use gopeek_unwind::pclntab::module::TableError;

fn program() -> Program {
    let func = Func::new("main.main", 0x40).lines(&[(7, 0x40)]);
    Program::amd64(&[func.args(&[0, 8, 0xff])])
}

/// What opening the tables says after `change`.
fn error(change: impl Fn(&mut ModuleData)) -> Option<TableError> {
    let mut program = program();
    change(&mut program.data);
    Code::new(&[program.module()], &ids(24)).err()
}

#[test]
fn a_table_outside_of_the_file_is_named() {
    let missing = |what| Some(TableError::Missing(what));
    let gone = Addr::new(0x1234);
    assert_eq!(error(|data| data.pc_header = gone), missing("pclntab"));
    assert_eq!(
        error(|data| data.ftab.data = gone),
        missing("function table")
    );
    assert_eq!(
        error(|data| data.pclntable.data = gone),
        missing("functions")
    );
    assert_eq!(
        error(|data| data.funcnametab.data = gone),
        missing("function names")
    );
    assert_eq!(
        error(|data| data.cutab.data = gone),
        missing("compilation units")
    );
    assert_eq!(
        error(|data| data.filetab.data = gone),
        missing("file names")
    );
    assert_eq!(error(|data| data.pctab.data = gone), missing("pc tables"));
}

#[test]
fn a_table_longer_than_the_file_is_missing() {
    for len in [0x1_0000, 1 << 40, 1 << 60, u64::MAX] {
        let missing = |what| Some(TableError::Missing(what));
        assert_eq!(error(|data| data.ftab.len = len), missing("function table"));
        assert_eq!(error(|data| data.pctab.len = len), missing("pc tables"));
        assert_eq!(
            error(|data| data.cutab.len = len),
            missing("compilation units")
        );
    }
}

#[test]
fn an_unknown_magic_number_is_named() {
    let mut program = program();
    let rodata = program
        .file
        .windows(4)
        .position(|w| w == [0xf1, 0xff, 0xff, 0xff]);
    program.file[rodata.unwrap()] = 0xf2;
    let error = Code::new(&[program.module()], &ids(24)).err();
    assert_eq!(error, Some(TableError::Format(0xf2)));
}

#[test]
fn without_funcdata_there_are_no_arguments_and_all_else_stands() {
    let mut program = program();
    let site = |program: &Program| {
        let code = program.code();
        let rules = gopeek_layout::rules::rules(24);
        let site = code.site(program.entry("main.main"), true, rules).unwrap();
        (site.frames[0].line, site.args.len())
    };
    assert_eq!(site(&program), (7, 1));
    program.data.gofunc = Addr::new(0x1234);
    assert_eq!(site(&program), (7, 0));
}

#[test]
fn a_function_table_without_functions_has_none() {
    for len in [0, 1] {
        let mut program = program();
        program.data.ftab.len = len;
        let code = program.code();
        assert!(code.function(program.entry("main.main")).is_none());
        assert_eq!(code.code_of("main.main"), None);
    }
}

#[test]
fn the_last_module_that_fails_fails_them_all() {
    let (good, mut bad) = (program(), program());
    bad.data.ftab.data = Addr::NULL;
    let error = Code::new(&[good.module(), bad.module()], &ids(24)).err();
    assert_eq!(error, Some(TableError::Missing("function table")));
}

#[test]
fn a_name_that_goes_on_and_on_is_none() {
    let program = |len| {
        let name: &'static str = "x".repeat(len).leak();
        Program::amd64(&[Func::new(name, 0x40)])
    };
    for (len, shown) in [(60_000, 60_000), (70_000, 0)] {
        let program = program(len);
        let code = program.code();
        let pc = program.data.text;
        let name = code.function(pc).map(|function| function.name().len());
        assert_eq!(name, Some(shown));
    }
}
