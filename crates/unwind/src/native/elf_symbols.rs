//! The functions of a file's symbol tables: what is left to name code by, where there is no DWARF.

use cpp_demangle::DemangleOptions;
use object::read::elf::{ElfFile64, SectionHeader, Sym, SymbolTable};
use object::{LittleEndian, Object, ObjectSymbol, SymbolKind};
use std::fmt;

type Elf<'d> = ElfFile64<'d, LittleEndian>;
type Table<'d> = SymbolTable<'d, object::elf::FileHeader64<LittleEndian>>;

/// Bytes of a function's name, in a file and as its source has it; longer ones are none. In a hostile file thousands of
/// symbols may share one long name, and a hundred bytes of mangled name stand for gigabytes.
const MAX_NAME: usize = 64 << 10;

/// A function of a symbol table, as linked.
pub(super) struct Symbol<'d> {
    pub(super) start: u64,
    len: u64,
    /// Two symbols of one place: the higher is the better name.
    rank: u8,
    name: &'d [u8],
}

impl Symbol<'_> {
    /// Its name, as its source has it.
    pub(super) fn name(&self) -> String {
        demangled(&String::from_utf8_lossy(self.name))
    }
}

/// The functions of a file's symbol tables, by place, one for each.
pub(super) fn symbols(file: &[u8]) -> Vec<Symbol<'_>> {
    let Ok(elf) = Elf::parse(file) else {
        return Vec::new();
    };
    let names = |table: &Table<'_>| {
        let section = elf.elf_section_table().section(table.string_section());
        let bytes = section.and_then(|section| section.data(LittleEndian, file));
        bytes.unwrap_or_default()
    };
    let of_file = names(elf.elf_symbol_table());
    let of_linker = names(elf.elf_dynamic_symbol_table());
    let symbols = elf.symbols().map(|symbol| (symbol, of_file));
    let symbols = symbols.chain(elf.dynamic_symbols().map(|symbol| (symbol, of_linker)));
    let functions = symbols.filter(|(symbol, _)| {
        symbol.kind() == SymbolKind::Text && symbol.is_definition() && symbol.size() > 0
    });
    let mut symbols: Vec<Symbol<'_>> = functions
        .filter_map(|(symbol, names)| {
            let name = name(names, symbol.elf_symbol().st_name(LittleEndian))?;
            Some(Symbol {
                start: symbol.address(),
                len: symbol.size(),
                rank: rank(name, symbol.is_weak()),
                name,
            })
        })
        .collect();
    symbols.sort_by(|a, b| (a.start, b.rank).cmp(&(b.start, a.rank)));
    symbols.dedup_by_key(|symbol| symbol.start);
    symbols
}

/// The name at `offset` of a table of them.
fn name(names: &[u8], offset: u32) -> Option<&[u8]> {
    let rest = names.get(usize::try_from(offset).ok()?..)?;
    let rest = rest.get(..MAX_NAME).unwrap_or(rest);
    rest.get(..memchr::memchr(0, rest)?)
}

/// Of a function's aliases, the one that a program calls it by has no underscores in front.
fn rank(name: &[u8], is_weak: bool) -> u8 {
    let plain = !name.starts_with(b"_");
    u8::from(plain) * 2 + u8::from(!is_weak)
}

/// As its source has it. A name that is not mangled may look as if it were: `f` is C++'s for float.
pub(super) fn demangled(name: &str) -> String {
    let source = || {
        let symbol = cpp_demangle::Symbol::new(name).ok()?;
        let mut text = Bounded::default();
        let written = symbol.structured_demangle(&mut text, &DemangleOptions::default());
        written.is_ok().then_some(text.0)
    };
    let source = name.starts_with("_Z").then(source).flatten();
    source.unwrap_or_else(|| name.to_owned())
}

/// A text that comes to no more than [`MAX_NAME`].
#[derive(Default)]
struct Bounded(String);

impl fmt::Write for Bounded {
    fn write_str(&mut self, more: &str) -> fmt::Result {
        if self.0.len().saturating_add(more.len()) > MAX_NAME {
            return Err(fmt::Error);
        }
        self.0.push_str(more);
        Ok(())
    }
}

/// The one of `symbols` around the linked address `at`.
pub(super) fn around<'s, 'd>(symbols: &'s [Symbol<'d>], at: u64) -> Option<&'s Symbol<'d>> {
    let after = symbols.partition_point(|symbol| symbol.start <= at);
    let nearest = symbols.get(after.checked_sub(1)?)?;
    (at - nearest.start < nearest.len).then_some(nearest)
}
