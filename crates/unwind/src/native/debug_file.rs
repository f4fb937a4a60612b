//! How a file names the file that has its DWARF, and whether a file is the one that it means.
//!
//! It is **not for** finding one: that takes a file system.

use object::Object;
use object::read::elf::ElfFile64;

type Elf<'d> = ElfFile64<'d, object::LittleEndian>;

/// How a file names the file with its DWARF.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DebugFile<'d> {
    /// The build id that both bear (`.note.gnu.build-id`).
    pub build_id: Option<&'d [u8]>,
    /// The name that it was told, and the other file's CRC-32 (`.gnu_debuglink`).
    pub link: Option<(&'d [u8], u32)>,
}

impl DebugFile<'_> {
    /// What `file` says of the file with its DWARF; nothing where it names none.
    pub(super) fn of(file: &[u8]) -> Option<DebugFile<'_>> {
        let elf: Elf<'_> = Elf::parse(file).ok()?;
        let named = DebugFile {
            build_id: elf.build_id().ok().flatten(),
            link: elf.gnu_debuglink().ok().flatten(),
        };
        (named.build_id.is_some() || named.link.is_some()).then_some(named)
    }

    /// Whether `other` is the file meant, and not that of another build.
    pub(super) fn fits(&self, other: &[u8]) -> bool {
        let by_id = self.build_id.map(|own| {
            Elf::parse(other).is_ok_and(|elf: Elf<'_>| elf.build_id().ok().flatten() == Some(own))
        });
        by_id.unwrap_or_else(|| {
            self.link
                .is_some_and(|(_, crc)| crc32fast::hash(other) == crc)
        })
    }
}
