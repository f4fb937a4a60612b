//! Values of every shape, out of memory that is written down.

use super::dwarf::{CODE, Dwarf, TYPES, op};
use super::{CFA, scopes, shown};
use gimli::write::UnitEntryId;
use gopeek_layout::testing::Bytes;
use gopeek_unwind::locals::Limits;

/// What the only variable, which is of the type that `make` makes and lies at the CFA, is shown as.
fn value(make: impl Fn(&mut Dwarf) -> UnitEntryId, memory: &Bytes, limits: Limits) -> String {
    let mut texts = [4, 5].map(|version| {
        let mut dwarf = Dwarf::new(version);
        let kind = make(&mut dwarf);
        let function = dwarf.function("main.f", CODE, 0x10);
        let variable = dwarf.argument(function, "x", kind);
        dwarf.fixed(variable, op::at(0));
        let scopes = scopes(&dwarf.finish(), memory, CODE, &[], limits);
        shown(&scopes[0]).concat()
    });
    assert_eq!(texts[0], texts[1], "both versions of DWARF say the same");
    std::mem::take(&mut texts[0])
}

fn whole(make: impl Fn(&mut Dwarf) -> UnitEntryId, memory: &Bytes) -> String {
    value(make, memory, Limits::default())
}

#[test]
fn numbers_have_their_type_s_size_and_sign() {
    let memory = Bytes::at(CFA).u64(0xffff_ffff_ffff_ff01).u64(0);
    let number = |name: &str, encoding, size, kind| {
        whole(|dwarf| dwarf.base(name, encoding, size, kind), &memory)
    };
    let (signed, unsigned) = (gimli::DW_ATE_signed, gimli::DW_ATE_unsigned);
    assert_eq!(number("int", signed, 8, 2), "x int = -255");
    assert_eq!(number("int8", signed, 1, 3), "x int8 = 1");
    assert_eq!(number("int16", signed, 2, 4), "x int16 = -255");
    assert_eq!(number("uint16", unsigned, 2, 9), "x uint16 = 65281");
    assert_eq!(number("bool", gimli::DW_ATE_boolean, 1, 1), "x bool = true");
    assert_eq!(
        number("uintptr", unsigned, 8, 12),
        "x uintptr = 0xffffffffffffff01"
    );
    // No Go type, and none that could be read as one.
    assert_eq!(number("int128", signed, 16, 0), "x int128 = <implausible>");
    assert_eq!(number("int0", signed, 0, 0), "x int0 = <implausible>");
}

/// `struct { Name string; Next *T }`, without and with the pointer's type.
fn node(dwarf: &mut Dwarf) -> UnitEntryId {
    let string = dwarf.string();
    let link = dwarf.pointer("*main.T", string);
    let node = dwarf.structure("main.T", 24, &[("Name", 0, string), ("Next", 16, link)]);
    dwarf.refer(link, gimli::DW_AT_type, node);
    node
}

#[test]
fn what_cannot_be_read_costs_only_itself() {
    let memory = Bytes::at(CFA).u64(0xdead_0000).u64(3).u64(0xdead_1000);
    assert_eq!(
        whole(node, &memory),
        "x main.T = main.T{Name: <unreadable 0xdead0000>, Next: 0xdead1000 -> main.T{\
         Name: <unreadable 0xdead1008>, Next: <unreadable 0xdead1010>}}"
    );
}

#[test]
fn a_cycle_ends_where_the_limit_is() {
    let memory = Bytes::at(CFA).u64(CFA + 24).u64(1).u64(CFA).raw(b"a");
    let at = |depth| {
        let limits = Limits {
            depth,
            ..Limits::default()
        };
        value(node, &memory, limits)
    };
    assert_eq!(at(0), "x main.T = main.T{Name: \"a\", Next: 0xc000}");
    assert_eq!(
        at(1),
        "x main.T = main.T{Name: \"a\", Next: 0xc000 -> main.T{Name: \"a\", Next: 0xc000}}"
    );
}

#[test]
fn long_things_are_cut() {
    let memory = Bytes::at(CFA).u64(CFA + 24).u64(5).u64(6);
    let memory = (1..=5).fold(memory, Bytes::u64);
    let ints = |dwarf: &mut Dwarf| {
        let int = dwarf.int();
        dwarf.slice("[]int", int)
    };
    let limits = |elements, values| Limits {
        elements,
        values,
        ..Limits::default()
    };
    let all = "x []int = []int len: 5, cap: 6, [1, 2, 3, 4, 5]";
    assert_eq!(value(ints, &memory, limits(5, 100)), all);
    let two = "x []int = []int len: 5, cap: 6, [1, 2, ...+3 more]";
    assert_eq!(value(ints, &memory, limits(2, 100)), two);
    // The variable, the slice, and one of its elements.
    let one = "x []int = []int len: 5, cap: 6, [1, ...+4 more]";
    assert_eq!(value(ints, &memory, limits(5, 3)), one);
    let shallow = Limits {
        depth: 0,
        ..Limits::default()
    };
    let none = "x []int = []int len: 5, cap: 6, [...]";
    assert_eq!(value(ints, &memory, shallow), none);
}

#[test]
fn lengths_that_cannot_be() {
    let memory = Bytes::at(CFA).u64(CFA).u64(u64::MAX).u64(1);
    assert_eq!(whole(Dwarf::string, &memory), "x string = <implausible>");
    let memory = Bytes::at(CFA).u64(0).u64(0).u64(0);
    assert_eq!(whole(Dwarf::string, &memory), "x string = \"\"");
}

#[test]
fn an_interface_leads_to_its_dynamic_type() {
    let any = |dwarf: &mut Dwarf| {
        let int = dwarf.int();
        dwarf.descriptor(int, 0x20);
        let pointer = dwarf.pointer("*int", int);
        dwarf.descriptor(pointer, 0x40);
        let header = dwarf.structure("runtime.eface", 16, &[("_type", 0, pointer)]);
        dwarf.named("interface {}", 20, header)
    };
    let boxed = Bytes::at(CFA).u64(TYPES + 0x20).u64(CFA + 16).u64(7);
    assert_eq!(whole(any, &boxed), "x interface {} = int(7)");
    let direct = Bytes::at(CFA).u64(TYPES + 0x40).u64(CFA + 16).u64(7);
    let expected = "x interface {} = (*int)(0xc010 -> 7)";
    assert_eq!(whole(any, &direct), expected);
    let foreign = Bytes::at(CFA).u64(TYPES + 0x60).u64(0);
    assert_eq!(whole(any, &foreign), "x interface {} = <type 0x480060>");
    let nil = Bytes::at(CFA).u64(0).u64(0);
    assert_eq!(whole(any, &nil), "x interface {} = nil");
}

#[test]
fn a_func_is_its_name() {
    let memory = Bytes::at(CFA).u64(CFA + 8).u64(CODE);
    let func = |dwarf: &mut Dwarf| dwarf.func("func()");
    assert_eq!(whole(func, &memory), "x func() = main.f");
    let memory = Bytes::at(CFA).u64(CFA + 8).u64(CODE + 1);
    assert_eq!(whole(func, &memory), "x func() = func 0x401001");
}

/// The map of Go up to 1.23, from int to int.
fn buckets(dwarf: &mut Dwarf) -> UnitEntryId {
    let int = dwarf.int();
    let byte = dwarf.base("uint8", gimli::DW_ATE_unsigned, 1, 8);
    let eight = dwarf.array("[8]int", int, 8);
    let hashes = dwarf.array("[8]uint8", byte, 8);
    let link = dwarf.pointer("*bucket<int,int>", int);
    let parts = [
        ("tophash", 0, hashes),
        ("keys", 8, eight),
        ("values", 72, eight),
        ("overflow", 136, link),
    ];
    let bucket = dwarf.structure("bucket<int,int>", 144, &parts);
    dwarf.refer(link, gimli::DW_AT_type, bucket);
    let parts = [
        ("count", 0, int),
        ("flags", 8, byte),
        ("B", 9, byte),
        ("buckets", 16, link),
        ("oldbuckets", 24, link),
    ];
    let header = dwarf.structure("hash<int,int>", 48, &parts);
    let header = dwarf.pointer("*hash<int,int>", header);
    dwarf.map("map[int]int", int, int, header)
}

#[test]
fn a_map_that_grows_is_in_two_tables() {
    let bucket = |memory: Bytes, hashes: u64, first: u64, overflow: u64| {
        let memory = memory.u64(hashes);
        let keys = (0..8).map(|slot| first + slot);
        let memory = keys.clone().fold(memory, Bytes::u64);
        keys.map(|key| key * 10)
            .fold(memory, Bytes::u64)
            .u64(overflow)
    };
    // Two buckets, the first with one more behind it, and an old one: with slots that are empty, moved, or full.
    let header = CFA + 8;
    let first = header + 32;
    let memory = Bytes::at(CFA).u64(header);
    let memory = memory.u64(4).u64(0x0100).u64(first).u64(first + 3 * 144);
    let memory = bucket(memory, 0x05, 100, first + 2 * 144);
    let memory = bucket(memory, 0xff00, 200, 0);
    let memory = bucket(memory, 0x1010, 300, 0);
    let memory = bucket(memory, 0x0001_0402_0609, 400, 0);
    assert_eq!(
        whole(buckets, &memory),
        "x map[int]int = map[int]int len: 4, [100: 1000, 201: 2010, 300: 3000, 301: 3010]"
    );
    let memory = Bytes::at(CFA).u64(0xdead_0000);
    assert_eq!(
        whole(buckets, &memory),
        "x map[int]int = <unreadable 0xdead0000>"
    );
}
