//! Names of C code, from symbols, where a file has no DWARF.

use gopeek_layout::Addr;
use gopeek_layout::testing::elf::{AMD64, DYN, EXECUTE, Elf, READ};
use gopeek_unwind::native::{NativeCall, NativeModule, Symbols};

const BIAS: u64 = 0x7f00_0000_0000;

fn call(file: &[u8], pc: u64, trap: bool) -> Option<NativeCall> {
    let module = NativeModule {
        bytes: file,
        start: Addr::new(BIAS + 0x1000),
        offset: 0x1000,
    };
    let symbols = Symbols::new(&[module]);
    let (index, mut calls) = symbols.calls(Addr::new(BIAS + pc), trap, &|_, _| None)?;
    assert_eq!((index, calls.len()), (0, 1));
    calls.pop()
}

#[test]
fn the_symbol_around_a_pc_or_the_place_in_the_file() {
    // The kind of these symbols is not a function's: only functions name code.
    let data = Elf::new(AMD64)
        .kind(DYN)
        .align(0x1000)
        .load(0x1000, READ | EXECUTE, &[0; 0x100])
        .symbol("object", 0x1000, 0x100)
        .build();
    let found = call(&data, 0x1010, true).unwrap();
    assert_eq!((found.function, found.offset), (None, Some(0x1010)));

    let file = Elf::new(AMD64)
        .kind(DYN)
        .align(0x1000)
        .load(0x1000, READ | EXECUTE, &[0; 0x100])
        .function("f", 0x1000, 0x10)
        .function("__g_internal", 0x1020, 0x20)
        .function("g", 0x1020, 0x20)
        .function("_ZN2ns1hEi", 0x1080, 0x10)
        .build();
    let named = |pc, trap| {
        let found = call(&file, pc, trap).unwrap();
        (found.function, found.offset)
    };
    assert_eq!(named(0x1008, true), (Some("f".to_owned()), Some(8)));
    // A return address behind the end belongs to the call before it; an instruction there to nothing.
    assert_eq!(named(0x1010, false), (Some("f".to_owned()), Some(15)));
    assert_eq!(named(0x1010, true), (None, Some(0x1010)));
    // Of two names, the one that a program calls it by; and C++ as its source has it.
    assert_eq!(named(0x1028, true), (Some("g".to_owned()), Some(8)));
    assert_eq!(
        named(0x1080, true),
        (Some("ns::h(int)".to_owned()), Some(0))
    );
    assert_eq!(call(&file, 0x5000, true), None);
}

#[test]
fn a_name_that_stands_for_gigabytes_is_shown_as_it_is() {
    // Each argument is a template of two of the one before it.
    let arguments = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ".chars();
    let arguments = arguments.map(|before| format!("S_IS{before}_S{before}_E"));
    let name = ["_Z1f1AIiiE".to_owned()].into_iter().chain(arguments);
    let name: &'static str = name.collect::<String>().leak();
    let file = Elf::new(AMD64)
        .kind(DYN)
        .align(0x1000)
        .load(0x1000, READ | EXECUTE, &[0; 0x100])
        .function(name, 0x1000, 0x10)
        .function("_Z1f1AIiiES_IS0_S0_E", 0x1010, 0x10)
        .build();
    let named = |pc| call(&file, pc, true).and_then(|call| call.function);
    assert_eq!(named(0x1008).as_deref(), Some(name));
    let short = "f(A<int, int>, A<A<int, int>, A<int, int> >)";
    assert_eq!(named(0x1018).as_deref(), Some(short));
}

#[test]
fn a_name_longer_than_any_is_none() {
    let name: &'static str = "x".repeat(70_000).leak();
    let file = Elf::new(AMD64)
        .kind(DYN)
        .align(0x1000)
        .load(0x1000, READ | EXECUTE, &[0; 0x100])
        .function(name, 0x1000, 0x10)
        .build();
    let found = call(&file, 0x1008, true).unwrap();
    assert_eq!((found.function, found.offset), (None, Some(0x1008)));
}
