//! What C code at a pc is called: functions, files, lines, and what was inlined.
//!
//! From the DWARF of its file, or of the debug file that goes with it; else from its symbols; else the offset in its
//! file. Nothing of a file is read before a pc in it is asked for.

use super::debug_file::DebugFile;
use super::elf_symbols::{Symbol, around, demangled, symbols};
use super::module::{Module, NativeModule};
use super::table::section;
use addr2line::Context;
use gimli::{EndianReader, LittleEndian, SectionId};
use gopeek_layout::Addr;
use gopeek_layout::section::Unpacker;
use std::borrow::Cow;
use std::cell::OnceCell;
use std::ops::Deref;
use std::sync::Arc;

type Dwarf = EndianReader<LittleEndian, Arc<[u8]>>;

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
    symbols: OnceCell<Vec<Symbol<'d>>>,
}

impl<'d> Symbols<'d> {
    /// The names in those of `modules` that are ELF files.
    #[must_use]
    pub fn new(modules: &[NativeModule<'d>]) -> Symbols<'d> {
        let unpacker = Arc::new(Unpacker::default());
        let named = modules.iter().enumerate().filter_map(|(index, module)| {
            Some(Named {
                index,
                module: Module::new(module, &unpacker)?,
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
        // addr2line looks for what lies before the address behind it.
        linked.checked_add(1)?;
        let calls = named.by_dwarf(linked, debug_file);
        let calls = if calls.iter().any(|call| call.function.is_some()) {
            calls
        } else {
            vec![named.by_symbol(linked, calls.into_iter().next())]
        };
        Some((named.index, calls))
    }
}

impl Named<'_> {
    fn by_dwarf(&self, linked: u64, debug_file: FindDebugFile<'_>) -> Vec<NativeCall> {
        let own = self.module.image().data();
        let unpacker = self.module.unpacker();
        let context = self.dwarf.get_or_init(|| {
            context(own, unpacker).or_else(|| {
                let named = DebugFile::of(own)?;
                let other = debug_file(self.index, &named)?;
                named.fits(&other).then(|| context(&other, unpacker))?
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
    fn by_symbol(&self, linked: u64, place: Option<NativeCall>) -> NativeCall {
        let symbols = self
            .symbols
            .get_or_init(|| symbols(self.module.image().data()));
        let nearest = around(symbols, linked);
        let (file, line) = place.map_or((None, None), |place| (place.file, place.line));
        NativeCall {
            function: nearest.map(Symbol::name),
            offset: Some(nearest.map_or(linked, |symbol| linked - symbol.start)),
            file,
            line,
        }
    }
}

/// What knows a file's DWARF, where it has any.
fn context(file: &[u8], unpacker: &Unpacker) -> Option<Context<Dwarf>> {
    let mut info = Some(section(file, SectionId::DebugInfo.name(), unpacker)?);
    let sections = gimli::DwarfSections::load(|id| {
        let bytes = match id {
            SectionId::DebugInfo => info.take(),
            id => section(file, id.name(), unpacker),
        };
        Ok::<_, gimli::Error>(Arc::<[u8]>::from(bytes.unwrap_or(Cow::Borrowed(&[]))))
    });
    let sections = sections.ok()?;
    let dwarf = sections.borrow(|bytes| EndianReader::new(bytes.clone(), LittleEndian));
    Context::from_dwarf(dwarf).ok()
}
