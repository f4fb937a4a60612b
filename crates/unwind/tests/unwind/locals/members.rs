//! Members by where they lie.

use super::dwarf::{CODE, Dwarf};
use gopeek_layout::Addr;
use gopeek_unwind::locals::{DebugSections, LocalsError, PointerMember, Program};

/// A pool with a lock within a lock, shards, and a channel; a method of it, a generic one, and a global.
fn file(version: u16) -> Vec<u8> {
    let mut dwarf = Dwarf::new(version);
    let root = dwarf.unit.unit.root();
    let name = gimli::write::AttributeValue::String("example.com/orders".into());
    dwarf.set(root, gimli::DW_AT_name, name);
    let int = dwarf.int();
    let mutex = dwarf.structure("sync.Mutex", 8, &[("state", 0, int)]);
    let lock = dwarf.structure("orders.lock", 16, &[("n", 0, int), ("w", 8, mutex)]);
    let shards = dwarf.array("[4]sync.Mutex", mutex, 4);
    let channel = dwarf.structure("hchan<int>", 96, &[]);
    let channel = dwarf.pointer("*hchan<int>", channel);
    let channel = dwarf.named("chan int", 18, channel);
    let inner = dwarf.structure("orders.inner", 8, &[("jobs", 0, channel)]);
    let pool = dwarf.structure(
        "orders.Pool",
        72,
        &[
            ("lock", 0, lock),
            ("shards", 16, shards),
            ("inner", 48, inner),
            ("jobs", 56, channel),
            ("n", 64, int),
        ],
    );
    let pointer = dwarf.pointer("*orders.Pool", pool);
    let string = dwarf.string();

    let method = dwarf.function("orders.(*Pool).get", CODE, 0x10);
    dwarf.argument(method, "p", pointer);
    dwarf.argument(method, "name", string);
    dwarf.argument(method, "other", pointer);
    dwarf.argument(method, "all", pool);
    dwarf.argument(method, "last", pointer);
    let generic = dwarf.function("orders.get[...]", CODE + 0x10, 0x10);
    dwarf.argument(generic, ".dict", int);
    dwarf.argument(generic, "p", pointer);

    let global = dwarf.add(root, gimli::DW_TAG_variable, "example.com/orders.pool");
    dwarf.refer(global, gimli::DW_AT_type, pool);
    dwarf.finish()
}

#[test]
fn the_way_to_what_lies_there() {
    for version in [4, 5] {
        let file = file(version);
        let sections = DebugSections::load_types(&file).expect("DWARF");
        let program = Program::new(&sections);
        let pool = program.global("example.com/orders", "example.com/orders.pool");
        let pool = pool.expect("a global");
        let way = |offset| program.member_at(pool, offset, &["sync.Mutex"]);
        assert_eq!(way(8).as_deref(), Some("lock.w"));
        assert_eq!(way(16 + 3 * 8).as_deref(), Some("shards[3]"));
        // Within a mutex, in front of one, where none is, and behind the struct.
        for offset in [12, 0, 64, 56, 72, u64::MAX] {
            assert_eq!(way(offset), None, "{offset}");
        }
        let itself = program.member_at(pool, 0, &["orders.Pool"]);
        assert_eq!(itself.as_deref(), Some(""));
        assert_eq!(program.type_name(pool).as_deref(), Some("orders.Pool"));
        let member = |path: &str, offset| PointerMember {
            offset,
            path: path.to_owned(),
        };
        assert_eq!(
            program.pointers_in(pool),
            [member("inner.jobs", 48), member("jobs", 56)]
        );
        assert_eq!(program.global("example.com/orders", "other"), None);
        assert_eq!(program.global("orders", "example.com/orders.pool"), None);
    }
}

#[test]
fn arguments_count_as_many_words_as_a_traceback_prints() {
    let file = file(5);
    let sections = DebugSections::load_types(&file).expect("DWARF");
    let program = Program::new(&sections);
    let words = |pc| {
        let arguments = program.pointer_arguments(Addr::new(pc))?;
        Some(arguments.iter().map(|it| it.word).collect::<Vec<_>>())
    };
    // A struct by value may be elided: what comes behind it is not told.
    assert_eq!(words(CODE), Some(vec![0, 3]));
    // Behind the dictionary.
    assert_eq!(words(CODE + 0x10), Some(vec![1]));
    assert_eq!(words(CODE + 0x20), None);
}

#[test]
fn a_struct_that_is_in_itself_has_an_end() {
    let mut dwarf = Dwarf::new(5);
    let root = dwarf.unit.unit.root();
    let name = gimli::write::AttributeValue::String("main".into());
    dwarf.set(root, gimli::DW_AT_name, name);
    let whole = dwarf.structure("main.T", 16, &[]);
    for member in ["a", "b"] {
        let member = dwarf.add(whole, gimli::DW_TAG_member, member);
        dwarf.refer(member, gimli::DW_AT_type, whole);
    }
    let global = dwarf.add(root, gimli::DW_TAG_variable, "main.t");
    dwarf.refer(global, gimli::DW_AT_type, whole);
    let file = dwarf.finish();
    let sections = DebugSections::load_types(&file).expect("DWARF");
    let program = Program::new(&sections);
    let global = program.global("main", "main.t").expect("a global");
    assert_eq!(program.member_at(global, 0, &["sync.Mutex"]), None);
    assert_eq!(program.pointers_in(global), []);
}

#[test]
fn no_types_are_no_dwarf() {
    let elf = gopeek_layout::testing::elf::Elf::new(62).load(CODE, 5, b"code");
    let error = DebugSections::load_types(&elf.build()).expect_err("none");
    assert!(matches!(error, LocalsError::Absent), "{error}");
}
