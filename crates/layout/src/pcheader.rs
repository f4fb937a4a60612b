//! Where a file's pclntab begins, found by section or by its first bytes.

use crate::addr::Addr;
use crate::arch::Arch;
use crate::image::{Image, Segment};
use crate::mem::Word;
use memchr::memmem;

/// Bytes of a header of Go 1.18 and later: magic, quantum, word size, then eight words.
const LEN: u64 = 72;
/// What 1.18-1.19 and 1.20-1.27 begin with, after the first byte (0xf0, 0xf1), up to the quantum.
const MAGIC_TAIL: &[u8] = b"\xff\xff\xff\x00\x00";
const MAGIC_FIRST: std::ops::RangeInclusive<u8> = 0xf0..=0xf1;
/// A function's entry in ftab takes 8 bytes, so a file can't have more of them than this.
const MIN_FUNCTION_LEN: u64 = 8;
/// So many headers are looked at: a file has one, and each is looked for a moduledata in all of the file.
const MAX_HEADERS: usize = 100;
/// pclntab is aligned at least to this (`cmd/link` asks for a word).
const ALIGN: u64 = 8;

/// Sections that every linker leaves in a Go file that has section headers at all.
const GO_SECTIONS: [&str; 3] = [".go.buildinfo", ".note.go.buildid", ".gopclntab"];

/// How a thing in a file was found.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum FoundBy {
    /// By the section that holds it.
    Section(&'static str),
    /// By its bytes, in a scan of the file.
    Bytes,
}

/// `runtime.pcHeader`: the front of pclntab.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct PcHeader {
    /// Where it is linked.
    pub at: Addr,
    /// Number of functions.
    pub functions: u64,
    /// Bytes from the header to each table, ascending: names, units, files, pc-values, functions.
    pub offsets: [u64; 5],
    /// How it was found.
    pub found_by: FoundBy,
}

impl PcHeader {
    /// Whether the file has a pclntab of a Go before 1.18, whose format is another.
    #[must_use]
    pub fn is_too_old(image: &Image<'_>) -> bool {
        let header = image
            .section(".gopclntab")
            .and_then(|section| image.bytes_from(section.start));
        // 0xfffffffb since 1.2, 0xfffffffa since 1.16.
        header.is_some_and(|bytes| {
            bytes.starts_with(b"\xfb\xff\xff\xff") || bytes.starts_with(b"\xfa\xff\xff\xff")
        })
    }

    /// Whether the file may be Go's. One that names its sections and none of Go's is not looked through: hosts have hundreds of
    /// them.
    #[must_use]
    pub fn may_be_in(image: &Image<'_>) -> bool {
        let names_one = || {
            let mut names = GO_SECTIONS.iter();
            names.any(|name| image.section(name).is_some())
        };
        !image.has_sections() || names_one()
    }

    /// Finds the headers in the file: one of a module that was linked, none where the file is not Go. Of more than a
    /// hundred, the first.
    pub fn find_all<'a>(image: &'a Image<'_>) -> impl Iterator<Item = PcHeader> + 'a {
        let by_section = [".gopclntab", ".data.rel.ro.gopclntab"]
            .into_iter()
            .filter_map(|name| {
                let section = image.section(name)?;
                parse(image, section.start, FoundBy::Section(name))
            });
        // A scan is for files without section headers, and for what an external linker merged (PIE, up to 1.25).
        let scanned = PcHeader::may_be_in(image).then(|| {
            image
                .segments()
                .iter()
                .flat_map(|segment| scan(image, segment))
        });
        by_section
            .chain(scanned.into_iter().flatten())
            .take(MAX_HEADERS)
    }
}

fn scan<'a>(image: &'a Image<'_>, segment: &'a Segment<'_>) -> impl Iterator<Item = PcHeader> + 'a {
    memmem::find_iter(segment.bytes, MAGIC_TAIL).filter_map(|tail| {
        let offset = tail.checked_sub(1)?;
        let at = segment.start.checked_add(u64::try_from(offset).ok()?)?;
        if !at.is_aligned(ALIGN) {
            return None;
        }
        parse(image, at, FoundBy::Bytes)
    })
}

fn parse(image: &Image<'_>, at: Addr, found_by: FoundBy) -> Option<PcHeader> {
    let bytes = image.bytes(at, LEN)?;
    let quantum = match image.arch() {
        Arch::Amd64 => 1,
        Arch::Arm64 => 4,
    };
    let well_formed = MAGIC_FIRST.contains(bytes.first()?)
        && bytes.get(1..6)? == MAGIC_TAIL
        && bytes.get(6..8)? == [quantum, 8];
    if !well_formed {
        return None;
    }
    let word = |index: usize| u64::decode(bytes.get(8 + 8 * index..)?);
    let functions = word(0)?;
    let offsets = [word(3)?, word(4)?, word(5)?, word(6)?, word(7)?];
    let ascending = LEN <= offsets[0] && offsets.is_sorted();
    let data_len = u64::try_from(image.data().len()).ok()?;
    let fits = offsets[4] < data_len && functions <= data_len / MIN_FUNCTION_LEN && functions > 0;
    (ascending && fits).then_some(PcHeader {
        at,
        functions,
        offsets,
        found_by,
    })
}
