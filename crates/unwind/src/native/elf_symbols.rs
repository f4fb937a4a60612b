//! The functions of a file's symbol tables: what is left to name code by, where there is no DWARF.

use object::read::elf::ElfFile64;
use object::{Object, ObjectSymbol, SymbolKind};
use std::borrow::Cow;

/// A function of a symbol table, as linked.
pub(super) struct Symbol {
    pub(super) start: u64,
    len: u64,
    /// Two symbols of one place: the higher is the better name.
    rank: u8,
    pub(super) name: String,
}

/// The functions of a file's symbol tables, by place, one for each.
pub(super) fn symbols(file: &[u8]) -> Vec<Symbol> {
    let Ok(elf): Result<ElfFile64<'_, object::LittleEndian>, _> = ElfFile64::parse(file) else {
        return Vec::new();
    };
    let functions = elf.symbols().chain(elf.dynamic_symbols()).filter(|symbol| {
        symbol.kind() == SymbolKind::Text && symbol.is_definition() && symbol.size() > 0
    });
    let mut symbols: Vec<Symbol> = functions
        .filter_map(|symbol| {
            let name = symbol.name_bytes().ok()?;
            Some(Symbol {
                start: symbol.address(),
                len: symbol.size(),
                rank: rank(name, symbol.is_weak()),
                name: demangled(&String::from_utf8_lossy(name)),
            })
        })
        .collect();
    symbols.sort_by(|a, b| (a.start, b.rank).cmp(&(b.start, a.rank)));
    symbols.dedup_by_key(|symbol| symbol.start);
    symbols
}

/// Of a function's aliases, the one that a program calls it by has no underscores in front.
fn rank(name: &[u8], is_weak: bool) -> u8 {
    let plain = !name.starts_with(b"_");
    u8::from(plain) * 2 + u8::from(!is_weak)
}

/// As its source has it. A name that is not mangled may look as if it were: `f` is C++'s for float.
pub(super) fn demangled(name: &str) -> String {
    if name.starts_with("_Z") {
        addr2line::demangle_auto(Cow::Borrowed(name), None).into_owned()
    } else {
        name.to_owned()
    }
}

/// The one of `symbols` around the linked address `at`.
pub(super) fn around(symbols: &[Symbol], at: u64) -> Option<&Symbol> {
    let after = symbols.partition_point(|symbol| symbol.start <= at);
    let nearest = symbols.get(after.checked_sub(1)?)?;
    (at - nearest.start < nearest.len).then_some(nearest)
}
