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

/// The first ids of the same maker in which two files differ.
#[must_use]
pub fn difference<'i>(one: &'i BuildIds, other: &'i BuildIds) -> Option<(&'i str, &'i str)> {
    let both = one
        .iter()
        .filter_map(|(maker, id)| Some((id, other.get(maker)?)));
    let both = both.map(|(one, other)| (one.as_str(), other.as_str()));
    both.into_iter().find(|(one, other)| one != other)
}

/// Hashes in one of Go's ids, from that of what the program was built from to that of what came out.
const HASHES: usize = 4;
/// Characters of each: 15 bytes in base 64 (`cmd/internal/buildid`).
const HASH_LEN: usize = 20;
/// Shortest id of a linker that is a hash, in bytes.
const MIN_GNU: usize = 8;

/// Whether ids tell one build from another. Who builds by Bazel writes the same one into all programs (`-buildid=redacted`), and
/// then the linker makes its own one of that.
#[must_use]
pub fn identify(ids: &BuildIds) -> bool {
    match (ids.get(&Maker::Go), ids.get(&Maker::Gnu)) {
        (Some(go), _) => {
            let hashes: Vec<&str> = go.split('/').collect();
            let is_hash = |hash: &&str| {
                let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
                hash.len() == HASH_LEN && hash.bytes().all(allowed)
            };
            hashes.len() == HASHES && hashes.iter().all(is_hash)
        }
        (None, Some(gnu)) => {
            let is_uniform = gnu.bytes().all(|byte| Some(byte) == gnu.bytes().next());
            gnu.len() >= 2 * MIN_GNU && !is_uniform
        }
        (None, None) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{BuildIds, Maker, difference, identify};

    const GO: &str =
        "wvqJuNckcpFhwRKvOA0d/RbtJZFc25XFDahAVLAOL/c5s5wr5mhvWphrUs3RSZ/6m3MkkcZ7vzOKPBiqaXm";
    const GNU: &str = "d94fbbf9e35b3ac8aa2d9d1d3f33cbdd6c1d9a36";

    fn ids(go: Option<&str>, gnu: Option<&str>) -> BuildIds {
        let go = go.map(|id| (Maker::Go, id.to_owned()));
        let gnu = gnu.map(|id| (Maker::Gnu, id.to_owned()));
        go.into_iter().chain(gnu).collect()
    }

    #[test]
    fn only_hashes_tell_builds_apart() {
        assert!(identify(&ids(Some(GO), None)));
        assert!(identify(&ids(Some(GO), Some(GNU))));
        assert!(identify(&ids(None, Some(GNU))));
        for go in ["redacted", "x", "a/b/c/d", &GO[..62], &GO.replace('w', " ")] {
            assert!(!identify(&ids(Some(go), Some(GNU))), "{go}");
        }
        for gnu in ["00", "0000000000000000000000000000000000000000", "1234"] {
            assert!(!identify(&ids(None, Some(gnu))), "{gnu}");
        }
        assert!(!identify(&ids(None, None)));
    }

    #[test]
    fn one_id_that_differs_is_enough() {
        let (one, other) = (ids(Some(GO), Some(GNU)), ids(Some("redacted"), Some(GNU)));
        assert_eq!(difference(&one, &other), Some((GO, "redacted")));
        assert_eq!(difference(&one, &one), None);
        assert_eq!(difference(&one, &ids(None, Some(GNU))), None);
        assert_eq!(
            difference(&ids(Some(GO), None), &ids(None, Some(GNU))),
            None
        );
    }
}
