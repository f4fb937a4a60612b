//! Which build of a file something is: the ids that linkers put into it, and where there are none, its bytes.

use object::LittleEndian;
use object::elf;
use object::read::elf::{FileHeader, ProgramHeader, SectionHeader};
use std::collections::BTreeMap;
use std::fmt::{self, Write};

type Header = elf::FileHeader64<LittleEndian>;
const LE: LittleEndian = LittleEndian;

/// Go's own (`cmd/internal/buildid`): the id of what it was built from and of what came out.
const GO: (&[u8], u32) = (b"Go", 4);
/// The one that gdb and package managers know (`ld --build-id`).
const GNU: (&[u8], u32) = (b"GNU", 3);

/// An id of a build, by who made it.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Maker {
    /// A linker.
    Gnu,
    /// cmd/link.
    Go,
}

impl fmt::Display for Maker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Maker::Gnu => "GNU",
            Maker::Go => "Go",
        })
    }
}

/// The ids of a build, as people write them.
pub type BuildIds = BTreeMap<Maker, String>;

/// The ids of the build that an ELF file is of, which may be cut off behind its headers. Empty where it has none.
#[must_use]
pub fn build_ids(file: &[u8]) -> BuildIds {
    let mut ids = BuildIds::new();
    let Ok(header) = Header::parse(file) else {
        return ids;
    };
    let segments = header.program_headers(LE, file).unwrap_or_default();
    let segments = segments.iter().map(|segment| segment.notes(LE, file));
    // cmd/link puts none but its own into a segment.
    let sections = header.section_headers(LE, file).unwrap_or_default();
    let sections = sections.iter().map(|section| section.notes(LE, file));
    for mut notes in segments.chain(sections).flatten().flatten() {
        while let Ok(Some(note)) = notes.next() {
            let desc = note.desc();
            let (maker, text) = match (note.name(), note.n_type(LE).0) {
                GNU => (Maker::Gnu, hex(desc)),
                GO => (Maker::Go, String::from_utf8_lossy(desc).into_owned()),
                _ => continue,
            };
            if !text.is_empty() {
                ids.insert(maker, text);
            }
        }
    }
    ids
}

fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        // Writing to a String does not fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// The sum by which a file without an id is known again: its CRC-32.
#[must_use]
pub fn checksum(file: &[u8]) -> u32 {
    crc32fast::hash(file)
}

/// Whether two files with these ids are of one build; nothing where they have no id of the same maker.
#[must_use]
pub fn same(one: &BuildIds, other: &BuildIds) -> Option<bool> {
    let both = one
        .iter()
        .find_map(|(maker, id)| Some((id, other.get(maker)?)));
    both.map(|(one, other)| one == other)
}
