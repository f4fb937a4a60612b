//! What C code at a pc is called: functions, files, lines, and what was inlined.
//!
//! From the DWARF of its file, or of the debug file that goes with it; else from its symbols; else the offset in its
//! file. Nothing of a file is read before a pc in it is asked for.

use super::module::{Module, NativeModule};
use super::table::section;
use addr2line::Context;
use gimli::{EndianReader, LittleEndian};
use gopeek_layout::Addr;
use object::read::elf::ElfFile64;
use object::{Object, ObjectSymbol, SymbolKind};
use std::borrow::Cow;
use std::cell::OnceCell;
use std::ops::Deref;
use std::sync::Arc;

type Dwarf = EndianReader<LittleEndian, Arc<[u8]>>;
type Elf<'d> = ElfFile64<'d, object::LittleEndian>;

/// How a file names the file with its DWARF.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DebugFile<'d> {
    /// The build id that both bear (`.note.gnu.build-id`).
    pub build_id: Option<&'d [u8]>,
    /// The name that it was told, and the other file's CRC-32 (`.gnu_debuglink`).
    pub link: Option<(&'d [u8], u32)>,
}

/// The bytes of a debug file, whoever holds them.
pub type DebugBytes = Box<dyn Deref<Target = [u8]>>;

/// Finds a debug file, given the number of the module that names it.
pub type FindDebugFile<'f> = &'f dyn Fn(usize, &DebugFile<'_>) -> Option<DebugBytes>;

/// One call in the source at a pc.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NativeCall {
    /// The function, as its source calls it; nothing where no one knows.
    pub function: Option<String>,
    /// Bytes from the function's symbol, where only that is known; from where its file is linked, where nothing is.
    pub offset: Option<u64>,
    /// Source file.
    pub file: Option<String>,
    /// Line, from 1.
    pub line: Option<u32>,
}

/// The names in all of a target's files that are not Go's.
pub struct Symbols<'d> {
    modules: Vec<Named<'d>>,
}

impl std::fmt::Debug for Symbols<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Symbols")
            .field("modules", &self.modules.len())
            .finish()
    }
}

/// A module and its names, once they were asked for.
struct Named<'d> {
    index: usize,
    module: Module<'d>,
    dwarf: OnceCell<Option<Context<Dwarf>>>,
    symbols: OnceCell<Vec<Symbol>>,
}

/// A function of a symbol table, as linked.
struct Symbol {
    start: u64,
    len: u64,
    /// Two symbols of one place: the higher is the better name.
    rank: u8,
    name: String,
}

impl<'d> Symbols<'d> {
    /// The names in those of `modules` that are ELF files.
    #[must_use]
    pub fn new(modules: &[NativeModule<'d>]) -> Symbols<'d> {
        let named = modules.iter().enumerate().filter_map(|(index, module)| {
            Some(Named {
                index,
                module: Module::new(module)?,
                dwarf: OnceCell::new(),
                symbols: OnceCell::new(),
            })
        });
        Symbols {
            modules: named.collect(),
        }
    }

    /// The calls at `pc`, innermost first, and which of the modules it is in; nothing outside of all. `trap` as in
    /// [`super::NativeFrame`].
    ///
    /// A file without DWARF may name another one with it, for which `debug_file` is asked, with the number of the
    /// module, at most once.
    pub fn calls(
        &self,
        pc: Addr,
        trap: bool,
        debug_file: FindDebugFile<'_>,
    ) -> Option<(usize, Vec<NativeCall>)> {
        let within = if trap { pc } else { pc.checked_sub(1)? };
        let named = self
            .modules
            .iter()
            .find(|named| named.module.contains(within))?;
        let linked = named.module.linked(within)?;
        let calls = named.from_dwarf(linked, debug_file);
        let calls = if calls.iter().any(|call| call.function.is_some()) {
            calls
        } else {
            vec![named.from_symbols(linked, calls.into_iter().next())]
        };
        Some((named.index, calls))
    }
}

impl Named<'_> {
    fn from_dwarf(&self, linked: u64, debug_file: FindDebugFile<'_>) -> Vec<NativeCall> {
        let own = self.module.image().data();
        let context = self.dwarf.get_or_init(|| {
            context(own).or_else(|| {
                let named = DebugFile::of(own)?;
                let other = debug_file(self.index, &named)?;
                named.fits(&other).then(|| context(&other))?
            })
        });
        let Some(Ok(mut frames)) = context
            .as_ref()
            .map(|context| context.find_frames(linked).skip_all_loads())
        else {
            return Vec::new();
        };
        let mut calls = Vec::new();
        while let Ok(Some(frame)) = frames.next() {
            let function = frame.function.as_ref();
            calls.push(NativeCall {
                function: function.and_then(|name| Some(demangled(&name.raw_name().ok()?))),
                offset: None,
                file: frame
                    .location
                    .as_ref()
                    .and_then(|location| location.file.map(str::to_owned)),
                line: frame.location.and_then(|location| location.line),
            });
        }
        calls
    }

    /// The nearest symbol, with the file and line that DWARF may know without knowing the function.
    fn from_symbols(&self, linked: u64, place: Option<NativeCall>) -> NativeCall {
        let symbols = self
            .symbols
            .get_or_init(|| symbols(self.module.image().data()));
        let after = symbols.partition_point(|symbol| symbol.start <= linked);
        let nearest = after.checked_sub(1).and_then(|index| symbols.get(index));
        let nearest = nearest.filter(|symbol| linked - symbol.start < symbol.len);
        let (file, line) = place.map_or((None, None), |place| (place.file, place.line));
        NativeCall {
            function: nearest.map(|symbol| symbol.name.clone()),
            offset: Some(nearest.map_or(linked, |symbol| linked - symbol.start)),
            file,
            line,
        }
    }
}

/// What knows a file's DWARF, where it has any.
fn context(file: &[u8]) -> Option<Context<Dwarf>> {
    section(file, ".debug_info")?;
    let sections = gimli::DwarfSections::load(|id| {
        let bytes = section(file, id.name()).unwrap_or(Cow::Borrowed(&[]));
        Ok::<_, gimli::Error>(Arc::<[u8]>::from(bytes))
    });
    let sections = sections.ok()?;
    let dwarf = sections.borrow(|bytes| EndianReader::new(bytes.clone(), LittleEndian));
    Context::from_dwarf(dwarf).ok()
}

impl DebugFile<'_> {
    /// What `file` says of the file with its DWARF; nothing where it names none.
    fn of(file: &[u8]) -> Option<DebugFile<'_>> {
        let elf: Elf<'_> = Elf::parse(file).ok()?;
        let named = DebugFile {
            build_id: elf.build_id().ok().flatten(),
            link: elf.gnu_debuglink().ok().flatten(),
        };
        (named.build_id.is_some() || named.link.is_some()).then_some(named)
    }

    /// Whether `other` is the file meant, and not that of another build.
    fn fits(&self, other: &[u8]) -> bool {
        let by_id = self.build_id.map(|own| {
            Elf::parse(other).is_ok_and(|elf: Elf<'_>| elf.build_id().ok().flatten() == Some(own))
        });
        by_id.unwrap_or_else(|| {
            self.link
                .is_some_and(|(_, crc)| crc32fast::hash(other) == crc)
        })
    }
}

/// The functions of a file's symbol tables, by place, one for each.
fn symbols(file: &[u8]) -> Vec<Symbol> {
    let Ok(elf) = Elf::parse(file) else {
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
fn demangled(name: &str) -> String {
    if name.starts_with("_Z") {
        addr2line::demangle_auto(Cow::Borrowed(name), None).into_owned()
    } else {
        name.to_owned()
    }
}
