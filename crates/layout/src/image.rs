//! An ELF file as it is linked: segments, and sections and symbols where there are any.
//!
//! Not for DWARF or pclntab, which are found through this. Nothing here knows where the file is loaded.

mod open;

use crate::addr::{Addr, Span};
use crate::arch::Arch;
use object::LittleEndian;
use object::elf;
use object::read::SymbolIndex;
use object::read::elf::{FileHeader, ProgramHeader, SectionHeader, Sym, SymbolTable};
use open::Open;
use thiserror::Error;

type Header = elf::FileHeader64<LittleEndian>;
const LE: LittleEndian = LittleEndian;
/// Maximum number of bytes of a symbol's name that are told: a hostile file may have megabytes for each.
const MAX_SYMBOL_NAME: usize = 4096;

/// Why a file can't be read as a 64-bit little-endian ELF image of a known architecture.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum ImageError {
    /// Not ELF, or cut off in its headers.
    #[error("not a readable 64-bit ELF file: {0}")]
    Malformed(&'static str),
    /// A machine that gopeek does not know, by its `e_machine`.
    #[error("unsupported architecture ({})", machine(*.0))]
    Architecture(u16),
    /// A program of 32 bits, by its `e_machine`.
    #[error("a 32-bit program ({})", machine(*.0))]
    Bits32(u16),
    /// A big-endian program, by its `e_machine`.
    #[error("a big-endian program ({})", machine(*.0))]
    BigEndian(u16),
}

/// Machines by their `e_machine`, as Go calls them (GOARCH).
const MACHINES: [(u16, &str); 11] = [
    (3, "386"),
    (8, "mips"),
    (20, "ppc"),
    (21, "ppc64"),
    (22, "s390x"),
    (40, "arm"),
    (43, "sparc64"),
    (62, "amd64"),
    (183, "arm64"),
    (243, "riscv64"),
    (258, "loong64"),
];

fn machine(number: u16) -> String {
    let known = MACHINES.iter().find(|(known, _)| *known == number);
    known.map_or_else(
        || format!("ELF machine {number}"),
        |(_, name)| (*name).to_owned(),
    )
}

/// What an ELF file is that is not of 64 bits and little-endian, by its first bytes.
fn other_kind(data: &[u8]) -> Option<ImageError> {
    let (ident, machine) = (data.get(..6)?, data.get(18..20)?.first_chunk()?);
    match ident {
        [0x7f, b'E', b'L', b'F', class @ 1..=2, 2] => {
            let machine = u16::from_be_bytes(*machine);
            Some(if *class == 1 {
                ImageError::Bits32(machine)
            } else {
                ImageError::BigEndian(machine)
            })
        }
        [0x7f, b'E', b'L', b'F', 1, 1] => Some(ImageError::Bits32(u16::from_le_bytes(*machine))),
        _ => None,
    }
}

/// A `PT_LOAD` segment, with its bytes in the file.
#[derive(Copy, Clone, Debug)]
pub struct Segment<'d> {
    /// Where it is linked.
    pub start: Addr,
    /// Its length in memory, in bytes.
    pub mem_len: u64,
    /// Its offset in the file, in bytes.
    pub file_offset: u64,
    /// Its length in the file, in bytes.
    pub file_len: u64,
    /// What the file holds of it; cut where the file ends.
    pub bytes: &'d [u8],
    /// Whether it is mapped writable.
    pub writable: bool,
    /// Whether it is mapped executable.
    pub executable: bool,
}

/// A parsed ELF file. It borrows the file's bytes.
#[derive(Clone, Debug)]
pub struct Image<'d> {
    data: &'d [u8],
    header: &'d Header,
    arch: Arch,
    segments: Vec<Segment<'d>>,
}

impl<'d> Image<'d> {
    /// Reads the ELF header and program headers; sections are optional and read when asked for.
    ///
    /// # Errors
    /// [`ImageError`] for anything but a 64-bit little-endian ELF of amd64 or arm64.
    pub fn parse(data: &'d [u8]) -> Result<Image<'d>, ImageError> {
        if let Some(other) = other_kind(data) {
            return Err(other);
        }
        let header = Header::parse(data).map_err(|_| ImageError::Malformed("bad ELF header"))?;
        if !header.is_class_64() || !header.is_little_endian() {
            return Err(ImageError::Malformed("not 64-bit little-endian"));
        }
        let arch = match header.e_machine(LE) {
            elf::EM_X86_64 => Arch::Amd64,
            elf::EM_AARCH64 => Arch::Arm64,
            other => return Err(ImageError::Architecture(other.0)),
        };
        let headers = header
            .program_headers(LE, data)
            .map_err(|_| ImageError::Malformed("program headers out of the file"))?;
        let segments: Vec<_> = headers
            .iter()
            .filter(|segment| segment.p_type(LE) == elf::PT_LOAD)
            .map(|segment| Segment {
                start: Addr::new(segment.p_vaddr(LE)),
                mem_len: segment.p_memsz(LE),
                file_offset: segment.p_offset(LE),
                file_len: segment.p_filesz(LE),
                bytes: file_range(data, segment.p_offset(LE), segment.p_filesz(LE)),
                writable: segment.p_flags(LE) & elf::PF_W != elf::ProgramFlags(0),
                executable: segment.p_flags(LE) & elf::PF_X != elf::ProgramFlags(0),
            })
            .collect();
        if segments.is_empty() {
            return Err(ImageError::Malformed("no loadable segment"));
        }
        Ok(Image {
            data,
            header,
            arch,
            segments,
        })
    }

    /// The whole file.
    #[must_use]
    pub fn data(&self) -> &'d [u8] {
        self.data
    }

    /// The machine that it is for.
    #[must_use]
    pub fn arch(&self) -> Arch {
        self.arch
    }

    /// The loadable segments, in the file's order.
    #[must_use]
    pub fn segments(&self) -> &[Segment<'d>] {
        &self.segments
    }

    /// Where its first instruction is linked.
    #[must_use]
    pub fn entry(&self) -> Addr {
        Addr::new(self.header.e_entry(LE))
    }

    /// Whether it may be loaded at any address (`ET_DYN`).
    #[must_use]
    pub fn is_relocatable(&self) -> bool {
        self.header.e_type(LE) == elf::ET_DYN
    }

    /// What must be added to a linked address when byte `offset` of the file is mapped at `start`.
    #[must_use]
    pub fn bias(&self, start: Addr, offset: u64) -> Option<u64> {
        // The loader maps whole pages, so a mapping may begin a little before its segment.
        let page = |at: u64| at & !0xfff;
        let mut holding = self.segments.iter().filter(|segment| {
            let from = page(segment.file_offset);
            let len = u64::try_from(segment.bytes.len()).unwrap_or(0);
            // Two segments may share a page of the file: the later one begins in it.
            from <= offset && offset < segment.file_offset.saturating_add(len.max(1))
        });
        let segment = holding
            .clone()
            .find(|segment| page(segment.file_offset) == offset)
            .or_else(|| holding.next())?;
        let linked = page(segment.start.get()).checked_add(offset - page(segment.file_offset))?;
        start.offset_from(Addr::new(linked))
    }

    /// The file's bytes from the linked address `at` to the end of its segment.
    #[must_use]
    pub fn bytes_from(&self, at: Addr) -> Option<&'d [u8]> {
        self.runs_from(at).next()
    }

    /// The file's bytes `[at, at + len)`, by linked address.
    #[must_use]
    pub fn bytes(&self, at: Addr, len: u64) -> Option<&'d [u8]> {
        let len = usize::try_from(len).ok()?;
        self.runs_from(at).find_map(|run| run.get(..len))
    }

    /// What each segment has from `at` on. Only in a damaged file are there several.
    fn runs_from(&self, at: Addr) -> impl Iterator<Item = &'d [u8]> {
        self.segments.iter().filter_map(move |segment| {
            let offset = usize::try_from(at.offset_from(segment.start)?).ok()?;
            let run = segment.bytes.get(offset..)?;
            (!run.is_empty()).then_some(run)
        })
    }

    /// Whether the file has section headers that can be read, with names.
    #[must_use]
    pub fn has_sections(&self) -> bool {
        let first = |(name, _): (&[u8], _)| name.first().is_some_and(|first| *first != 0);
        self.sections().any(first)
    }

    /// Where the section called `name` is linked, where the file has section headers that can be read.
    #[must_use]
    pub fn section(&self, name: &str) -> Option<Span> {
        let (_, section) = self.sections().find(|(own, _)| is_called(own, name))?;
        Some(Span::new(
            Addr::new(section.sh_addr(LE)),
            section.sh_size(LE),
        ))
    }

    /// The section headers, each with what begins with its name.
    fn sections(&self) -> impl Iterator<Item = (&'d [u8], &'d elf::SectionHeader64<LittleEndian>)> {
        let headers = self.header.section_headers(LE, self.data).unwrap_or(&[]);
        let names = self.header.shstrndx(LE, self.data).ok().and_then(|index| {
            let section = headers.get(usize::try_from(index).ok()?)?;
            section.data(LE, self.data).ok()
        });
        headers.iter().filter_map(move |header| {
            let at = usize::try_from(header.sh_name(LE)).ok()?;
            Some((names?.get(at..)?, header))
        })
    }

    /// Where the table of call frame information is linked (`PT_GNU_EH_FRAME`), which no strip tool takes away.
    #[must_use]
    pub fn eh_frame_hdr(&self) -> Option<Span> {
        let headers = self.header.program_headers(LE, self.data).ok()?;
        let header = headers
            .iter()
            .find(|header| header.p_type(LE) == elf::PT_GNU_EH_FRAME)?;
        Some(Span::new(Addr::new(header.p_vaddr(LE)), header.p_memsz(LE)))
    }

    /// Whether there are no symbols but the dynamic ones.
    #[must_use]
    pub fn is_stripped(&self) -> bool {
        self.header
            .sections(LE, self.data)
            .and_then(|sections| sections.symbols(LE, self.data, elf::SHT_SYMTAB))
            .map_or(true, |symbols| symbols.is_empty())
    }

    /// What the symbols are called that these addresses lie in, as linked, and how far in. Of several that an address lies in,
    /// the last of the table counts.
    #[must_use]
    pub fn symbols_at(&self, addrs: &[Addr]) -> Vec<Option<(String, u64)>> {
        let mut found = vec![None; addrs.len()];
        let Some((symbols, strings)) = self.symbol_table() else {
            return found;
        };
        let mut open = Open::new(addrs);
        for index in (0..symbols.len()).rev() {
            let Ok(symbol) = symbols.symbol(SymbolIndex(index)) else {
                continue;
            };
            let (start, size) = (Addr::new(symbol.st_value(LE)), symbol.st_size(LE));
            let mut name = None;
            open.take(Span::new(start, size), &mut |place, addr| {
                let name = name.get_or_insert_with(|| {
                    let at = usize::try_from(symbol.st_name(LE)).unwrap_or(usize::MAX);
                    name_at(strings, at)
                });
                let offset = addr.offset_from(start);
                if let Some(found) = found.get_mut(place) {
                    *found = offset.map(|offset| (name.clone(), offset));
                }
            });
            if open.is_empty() {
                break;
            }
        }
        found
    }

    /// The symbols, and the table of their names.
    fn symbol_table(&self) -> Option<(SymbolTable<'d, Header>, &'d [u8])> {
        let sections = self.header.sections(LE, self.data).ok()?;
        let symbols = sections.symbols(LE, self.data, elf::SHT_SYMTAB).ok()?;
        let strings = sections.section(symbols.string_section()).ok()?;
        Some((symbols, strings.data(LE, self.data).ok()?))
    }

    /// Where the symbols called `names` are linked, in their order; nothing where one is missing.
    #[must_use]
    pub fn symbols<const N: usize>(&self, names: [&str; N]) -> [Option<Span>; N] {
        let mut found = [None; N];
        let Some((symbols, strings)) = self.symbol_table() else {
            return found;
        };
        for symbol in symbols.iter() {
            let at = usize::try_from(symbol.st_name(LE)).unwrap_or(usize::MAX);
            let Some(name) = strings.get(at..) else {
                continue;
            };
            if let Some(index) = names.iter().position(|wanted| is_called(name, wanted)) {
                found[index] = Some(Span::new(
                    Addr::new(symbol.st_value(LE)),
                    symbol.st_size(LE),
                ));
                if found.iter().all(Option::is_some) {
                    break;
                }
            }
        }
        found
    }
}

/// The name at an offset of a table of names, as far as it is no longer than any that a linker makes.
fn name_at(strings: &[u8], at: usize) -> String {
    let rest = strings.get(at..).unwrap_or_default();
    let name = rest.get(..MAX_SYMBOL_NAME).unwrap_or(rest);
    let name = name.split(|byte| *byte == 0).next().unwrap_or_default();
    String::from_utf8_lossy(name).into_owned()
}

/// Whether `bytes`, of a table of names, begin with `wanted` and its NUL. Where another name ends is not looked for: in a
/// hostile file, that may be megabytes off, for thousands of them.
fn is_called(bytes: &[u8], wanted: &str) -> bool {
    let rest = bytes.strip_prefix(wanted.as_bytes());
    rest.is_some_and(|rest| rest.first() == Some(&0))
}

fn file_range(data: &[u8], offset: u64, len: u64) -> &[u8] {
    let start = usize::try_from(offset)
        .unwrap_or(usize::MAX)
        .min(data.len());
    let end = usize::try_from(offset.saturating_add(len))
        .unwrap_or(usize::MAX)
        .min(data.len());
    &data[start..end.max(start)]
}
