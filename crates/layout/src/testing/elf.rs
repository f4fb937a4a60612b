//! ELF files made by hand: a header, loadable segments, and sections and symbols where a test wants them.
//!
//! Only 64-bit little-endian ones, with no more in them than gopeek looks at: no code that would run, no dynamic
//! section. Addresses are as linked; they, offsets and lengths are in bytes.
//!
//! ```
//! use gopeek_layout::Addr;
//! use gopeek_layout::image::Image;
//! use gopeek_layout::testing::elf::{AMD64, EXECUTE, Elf, READ};
//!
//! let file = Elf::new(AMD64).load(0x40_0000, READ | EXECUTE, b"code").build();
//! let image = Image::parse(&file).unwrap();
//! assert_eq!(image.bytes(Addr::new(0x40_0002), 2), Some(&b"de"[..]));
//! ```

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::missing_panics_doc,
    reason = "what can't be put into a file is a mistake in the test, which fails"
)]

/// A segment that can be read (`PF_R` of `p_flags`).
pub const READ: u32 = 4;
/// A segment that can be written (`PF_W`).
pub const WRITE: u32 = 2;
/// A segment that can be executed (`PF_X`).
pub const EXECUTE: u32 = 1;

/// A file for x86-64 (`EM_X86_64` in `e_machine`).
pub const AMD64: u16 = 62;
/// A file for 64-bit Arm (`EM_AARCH64`).
pub const ARM64: u16 = 183;

/// A file that is loaded where it is linked (`ET_EXEC` in `e_type`).
pub const EXEC: u16 = 2;
/// A file that may be loaded anywhere (`ET_DYN`): a position-independent program or a shared object.
pub const DYN: u16 = 3;

const HEADER_LEN: u64 = 64;
const LOAD_LEN: u64 = 56;
const SECTION_LEN: u64 = 64;
const PT_LOAD: u32 = 1;
const PT_GNU_EH_FRAME: u32 = 0x6474_e550;
const PROGBITS: u32 = 1;
const SYMTAB: u32 = 2;
const STRTAB: u32 = 3;
const OBJECT: u8 = 1;
const FUNCTION: u8 = 2;

/// A file to be.
#[derive(Clone, Debug)]
pub struct Elf {
    machine: u16,
    kind: u16,
    align: u64,
    loads: Vec<Load>,
    eh_frame_hdr: Option<(u64, u64)>,
    sections: Vec<Section>,
    symbols: Vec<Symbol>,
}

#[derive(Clone, Debug)]
struct Load {
    at: u64,
    flags: u32,
    bytes: Vec<u8>,
    zeroes: u64,
}

#[derive(Clone, Debug)]
struct Section {
    name: &'static str,
    kind: u32,
    at: u64,
    offset: u64,
    len: u64,
    link: u32,
    entry_len: u64,
    held: Vec<u8>,
}

#[derive(Clone, Debug)]
struct Symbol {
    kind: u8,
    name: &'static str,
    at: u64,
    len: u64,
}

impl Elf {
    /// An executable ([`EXEC`]) for `machine`, with nothing in it yet.
    #[must_use]
    pub fn new(machine: u16) -> Elf {
        Elf {
            machine,
            kind: EXEC,
            align: 16,
            loads: Vec::new(),
            eh_frame_hdr: None,
            sections: Vec::new(),
            symbols: Vec::new(),
        }
    }

    /// Sets `e_type`: [`EXEC`] or [`DYN`].
    #[must_use]
    pub fn kind(mut self, kind: u16) -> Elf {
        self.kind = kind;
        self
    }

    /// Puts each segment at a multiple of `align` bytes in the file; without this, of 16.
    #[must_use]
    pub fn align(mut self, align: u64) -> Elf {
        self.align = align;
        self
    }

    /// A loadable segment, linked at `at`. `flags` are [`READ`], [`WRITE`] and [`EXECUTE`]. Segments follow each
    /// other in the file as they were added.
    #[must_use]
    pub fn load(mut self, at: u64, flags: u32, bytes: &[u8]) -> Elf {
        self.loads.push(Load {
            at,
            flags,
            bytes: bytes.to_vec(),
            zeroes: 0,
        });
        self
    }

    /// `len` bytes of zeroes behind the last segment that are in memory only, as a bss is.
    #[must_use]
    pub fn zeroed(mut self, len: u64) -> Elf {
        self.loads.last_mut().expect("a segment").zeroes = len;
        self
    }

    /// A program header of the search table of call frame information (`PT_GNU_EH_FRAME`): `len` bytes at the address
    /// `at`, which some segment holds.
    #[must_use]
    pub fn eh_frame_hdr(mut self, at: u64, len: u64) -> Elf {
        self.eh_frame_hdr = Some((at, len));
        self
    }

    /// A section header for `len` bytes at the address `at`; whether it tells the truth is up to the test. It holds
    /// nothing in the file.
    #[must_use]
    pub fn section(mut self, name: &'static str, at: u64, len: u64) -> Elf {
        self.sections.push(Section {
            name,
            kind: PROGBITS,
            at,
            offset: 0,
            len,
            link: 0,
            entry_len: 0,
            held: Vec::new(),
        });
        self
    }

    /// A section that is in the file only and holds `bytes`: DWARF, where a test brings some.
    #[must_use]
    pub fn holding(self, name: &'static str, bytes: &[u8]) -> Elf {
        let mut elf = self.section(name, 0, bytes.len() as u64);
        elf.sections.last_mut().expect("just added").held = bytes.to_vec();
        elf
    }

    /// A symbol for `len` bytes at `at`; the first one makes a symbol table.
    #[must_use]
    pub fn symbol(self, name: &'static str, at: u64, len: u64) -> Elf {
        self.symbol_of(OBJECT, name, at, len)
    }

    /// Likewise, for a function.
    #[must_use]
    pub fn function(self, name: &'static str, at: u64, len: u64) -> Elf {
        self.symbol_of(FUNCTION, name, at, len)
    }

    fn symbol_of(mut self, kind: u8, name: &'static str, at: u64, len: u64) -> Elf {
        self.symbols.push(Symbol {
            kind,
            name,
            at,
            len,
        });
        self
    }

    /// Where segment `index` begins in the file. It moves when another one is added: each has a header in front.
    #[must_use]
    pub fn offset(&self, index: usize) -> u64 {
        let mut offset = HEADER_LEN + LOAD_LEN * self.program_headers() as u64;
        for (number, load) in self.loads.iter().enumerate() {
            offset = offset.next_multiple_of(self.align);
            if number == index {
                return offset;
            }
            offset += load.bytes.len() as u64;
        }
        panic!("no segment {index}");
    }

    fn program_headers(&self) -> usize {
        self.loads.len() + usize::from(self.eh_frame_hdr.is_some())
    }

    /// The file's bytes.
    #[must_use]
    pub fn build(&self) -> Vec<u8> {
        let mut file = vec![0; usize::try_from(HEADER_LEN).unwrap()];
        for (index, load) in self.loads.iter().enumerate() {
            let len = load.bytes.len() as u64;
            for word in [PT_LOAD, load.flags] {
                file.extend(word.to_le_bytes());
            }
            let words = [
                self.offset(index),
                load.at,
                load.at,
                len,
                len + load.zeroes,
                self.align,
            ];
            for word in words {
                file.extend(word.to_le_bytes());
            }
        }
        if let Some((at, len)) = self.eh_frame_hdr {
            for word in [PT_GNU_EH_FRAME, READ] {
                file.extend(word.to_le_bytes());
            }
            // Readers go by its address; where it lies in the file, its segment tells.
            for word in [0, at, at, len, len, 4] {
                file.extend(word.to_le_bytes());
            }
        }
        for (index, load) in self.loads.iter().enumerate() {
            file.resize(usize::try_from(self.offset(index)).unwrap(), 0);
            file.extend(&load.bytes);
        }
        let (sections_at, count) = self.append_sections(&mut file);
        self.fill_header(&mut file, sections_at, count);
        file
    }

    fn append_sections(&self, file: &mut Vec<u8>) -> (u64, u16) {
        if self.sections.is_empty() && self.symbols.is_empty() {
            return (0, 0);
        }
        let mut sections = self.sections.clone();
        for section in &mut sections {
            if !section.held.is_empty() {
                section.offset = file.len() as u64;
                file.append(&mut section.held);
            }
        }
        if !self.symbols.is_empty() {
            self.append_symbols(file, &mut sections);
        }
        let mut names = vec![0];
        let mut headers = vec![0u8; usize::try_from(SECTION_LEN).unwrap()];
        let own = Section {
            name: ".shstrtab",
            kind: STRTAB,
            at: 0,
            offset: file.len() as u64,
            len: 0,
            link: 0,
            entry_len: 0,
            held: Vec::new(),
        };
        sections.push(own);
        let own = sections.len() - 1;
        let total: usize = sections.iter().map(|section| section.name.len() + 1).sum();
        sections[own].len = total as u64 + 1;
        for section in &sections {
            let name = u32::try_from(names.len()).unwrap();
            names.extend(section.name.bytes().chain([0]));
            for word in [name, section.kind] {
                headers.extend(word.to_le_bytes());
            }
            for word in [0, section.at, section.offset, section.len] {
                headers.extend(word.to_le_bytes());
            }
            for word in [section.link, 1] {
                headers.extend(word.to_le_bytes());
            }
            for word in [1, section.entry_len] {
                headers.extend(word.to_le_bytes());
            }
        }
        file.extend(names);
        let at = file.len() as u64;
        file.extend(headers);
        (at, u16::try_from(sections.len() + 1).unwrap())
    }

    fn append_symbols(&self, file: &mut Vec<u8>, sections: &mut Vec<Section>) {
        let mut strings = vec![0];
        let mut table = vec![0; 24];
        for symbol in &self.symbols {
            let name = u32::try_from(strings.len()).unwrap();
            strings.extend(symbol.name.bytes().chain([0]));
            table.extend(name.to_le_bytes());
            // A global one in section 1.
            table.extend([0x10 | symbol.kind, 0, 1, 0]);
            table.extend(symbol.at.to_le_bytes());
            table.extend(symbol.len.to_le_bytes());
        }
        let strtab = u32::try_from(sections.len() + 2).unwrap();
        for (name, kind, bytes, link, entry_len) in [
            (".symtab", SYMTAB, table, strtab, 24),
            (".strtab", STRTAB, strings, 0, 0),
        ] {
            sections.push(Section {
                name,
                kind,
                at: 0,
                offset: file.len() as u64,
                len: bytes.len() as u64,
                link,
                entry_len,
                held: Vec::new(),
            });
            file.extend(bytes);
        }
    }

    fn fill_header(&self, file: &mut [u8], sections_at: u64, sections: u16) {
        let mut header = b"\x7fELF\x02\x01\x01".to_vec();
        header.resize(16, 0);
        header.extend(self.kind.to_le_bytes());
        header.extend(self.machine.to_le_bytes());
        header.extend(1u32.to_le_bytes());
        for word in [0, HEADER_LEN, sections_at] {
            header.extend(word.to_le_bytes());
        }
        header.extend(0u32.to_le_bytes());
        let halves = [
            u16::try_from(HEADER_LEN).unwrap(),
            u16::try_from(LOAD_LEN).unwrap(),
            u16::try_from(self.program_headers()).unwrap(),
            u16::try_from(SECTION_LEN).unwrap(),
            sections,
            sections.saturating_sub(1),
        ];
        for half in halves {
            header.extend(half.to_le_bytes());
        }
        file[..header.len()].copy_from_slice(&header);
    }
}
