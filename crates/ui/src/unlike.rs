//! Programs that are Go, or run Go, and that gopeek can't read: what they are called.
//!
//! A compiler, an emulator or a packer is a row here.

use gopeek_attach::files::MappedFile;
use gopeek_layout::buildinfo::{self, BuildInfo};
use gopeek_layout::image::{Image, ImageError};
use gopeek_layout::pcheader::PcHeader;
use memchr::memmem;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// Why a program can't be read.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum Unlike {
    /// It is Go's, for another kind of machine.
    #[error("is a Go program for a machine that gopeek does not know: {0}")]
    Machine(ImageError),
    /// It is of the other compiler, whose runtime is another.
    #[error("was built by gccgo, whose runtime is not the one that gopeek reads")]
    Gccgo,
    /// The tables of its functions are not those of a Go program, or name none.
    #[error(
        "is a Go program whose tables of functions can't be read: it was obfuscated, for example by garble"
    )]
    Obfuscated,
    /// It runs another program.
    #[error("is {0}, an emulator: the program that it runs can't be read through it")]
    Emulated(&'static str),
    /// It was packed, and is not to be found in memory either.
    #[error("is packed by {0}, and no Go program was found in its memory")]
    Packed(&'static str),
}

impl Unlike {
    /// What the user can do.
    #[must_use]
    pub fn remedy(&self) -> &'static str {
        match self {
            Unlike::Machine(_) => {
                "gopeek reads 64-bit Go programs for amd64 and arm64; delve also reads those for 386"
            }
            Unlike::Gccgo => "read it by gdb: gdb -p PID, then: thread apply all backtrace",
            Unlike::Obfuscated => "look at a build of the same source that is not obfuscated",
            Unlike::Emulated(_) => {
                "run the program on a machine of its own kind, or under qemu-system"
            }
            Unlike::Packed(_) => "run the program as it was before it was packed: upx -d FILE",
        }
    }

    /// Whether it is Go for sure.
    #[must_use]
    pub fn is_go(&self) -> bool {
        match self {
            Unlike::Machine(_) | Unlike::Gccgo | Unlike::Obfuscated => true,
            Unlike::Emulated(_) | Unlike::Packed(_) => false,
        }
    }
}

/// The sections that gccgo leaves in programs, stripped ones, too; what its library is called; and a text of that.
const GCCGO_SECTION: &str = ".go_export";
const GCCGO_LIBRARY: &str = "libgo.so";
const GCCGO_TEXT: &[u8] = b"libgo assertion failure";

/// User-mode emulators: how the name of the program begins, and what it is called.
const EMULATORS: [(&str, &str); 5] = [
    ("qemu-", "qemu-user"),
    ("box64", "box64"),
    ("box86", "box86"),
    ("FEXInterpreter", "FEX"),
    ("FEXLoader", "FEX"),
];
/// Programs of qemu that emulate no program.
const NO_EMULATORS: [&str; 9] = [
    "qemu-system",
    "qemu-img",
    "qemu-io",
    "qemu-nbd",
    "qemu-ga",
    "qemu-kvm",
    "qemu-pr",
    "qemu-storage",
    "qemu-bridge",
];

/// Packers: what is in the front of a packed program, and what they are called.
const PACKERS: [(&[u8], &str); 1] = [(b"UPX!", "UPX")];
/// Bytes in which that is looked for.
const FRONT: usize = 4096;
/// Maximum number of bytes that are searched for a text.
const MAX_SEARCHED: usize = 256 << 20;
/// A function that every Go program has, as the table of names has it.
const EVERY_PROGRAMS: &[u8] = b"\0runtime.gopark\0";

/// What the program of these files is, where gopeek has found no Go that it can read; nothing of one that is not Go.
pub(crate) fn unlike(files: &[MappedFile]) -> Option<(PathBuf, Unlike)> {
    let of_file = files.iter().find_map(|file| {
        let kind = of_bytes(&file.bytes, file.is_program)?;
        Some((file.path.clone(), kind))
    });
    let program = files.iter().find(|file| file.is_program);
    let of_program = || {
        let program = program?;
        let kind = emulator(&program.path).or_else(|| packer(&program.bytes))?;
        Some((program.path.clone(), kind))
    };
    let library = files.iter().any(|file| {
        let name = file.path.file_name().and_then(|name| name.to_str());
        name.is_some_and(|name| name.starts_with(GCCGO_LIBRARY))
    });
    if library {
        let path = program.map(|program| program.path.clone());
        return Some((path.unwrap_or_default(), Unlike::Gccgo));
    }
    of_file.or_else(of_program)
}

/// What a file is by what is in it.
fn of_bytes(bytes: &[u8], is_program: bool) -> Option<Unlike> {
    let image = match Image::parse(bytes) {
        Ok(image) => image,
        Err(ImageError::Malformed(_)) => return None,
        Err(machine) => {
            let searched = bytes.get(..MAX_SEARCHED).unwrap_or(bytes);
            let is_go = is_program && buildinfo::is_marked(searched);
            return is_go.then_some(Unlike::Machine(machine));
        }
    };
    if is_gccgos(&image, is_program) {
        return Some(Unlike::Gccgo);
    }
    let is_go = PcHeader::may_be_in(&image) && BuildInfo::find(&image).is_some();
    is_go.then_some(Unlike::Obfuscated)
}

/// Whether a program was built by gccgo. Its library is looked for by name.
fn is_gccgos(image: &Image<'_>, is_program: bool) -> bool {
    if !is_program {
        return false;
    }
    if image.has_sections() {
        return image.section(GCCGO_SECTION).is_some();
    }
    contains(image, GCCGO_TEXT)
}

/// Whether a program that has Go's tables lacks what every one has in them: its names are not Go's.
pub(crate) fn is_without_names(image: &Image<'_>) -> bool {
    !contains(image, EVERY_PROGRAMS)
}

fn contains(image: &Image<'_>, text: &[u8]) -> bool {
    let mut segments = image.segments().iter();
    segments.any(|segment| {
        let searched = segment.bytes.get(..MAX_SEARCHED).unwrap_or(segment.bytes);
        memmem::find(searched, text).is_some()
    })
}

fn emulator(program: &Path) -> Option<Unlike> {
    let name = program.file_name()?.to_str()?;
    if NO_EMULATORS.iter().any(|other| name.starts_with(other)) {
        return None;
    }
    let mut rows = EMULATORS.iter();
    let row = rows.find(|(begins, _)| name.starts_with(begins));
    row.map(|(_, called)| Unlike::Emulated(called))
}

fn packer(program: &[u8]) -> Option<Unlike> {
    let front = program.get(..FRONT).unwrap_or(program);
    let mut rows = PACKERS.iter();
    let row = rows.find(|(mark, _)| memmem::find(front, mark).is_some());
    row.map(|(_, called)| Unlike::Packed(called))
}

#[cfg(test)]
mod tests {
    use super::{Unlike, emulator, of_bytes, packer};
    use gopeek_layout::image::ImageError;
    use gopeek_layout::testing::elf::{AMD64, Elf, READ};
    use std::path::Path;

    /// Build information of a program whose version is `version`.
    fn marked(version: &str) -> Vec<u8> {
        let mut blob = b"\xff Go buildinf:\x08\x02".to_vec();
        blob.resize(32, 0);
        blob.push(u8::try_from(version.len()).unwrap());
        blob.extend(version.as_bytes());
        blob.push(0);
        blob
    }

    fn program(blob: &[u8], section: Option<&'static str>) -> Vec<u8> {
        let elf = Elf::new(AMD64).load(0x40_0000, READ, blob);
        match section {
            Some(name) => elf.section(name, 0x40_0000, 32).build(),
            None => elf.build(),
        }
    }

    #[test]
    fn a_program_without_a_table_of_functions_is_obfuscated() {
        for section in [None, Some(".go.buildinfo"), Some(".gopclntab")] {
            let file = program(&marked("unknown"), section);
            assert_eq!(
                of_bytes(&file, true),
                Some(Unlike::Obfuscated),
                "{section:?}"
            );
        }
        // The mark alone is in every debugger.
        for (blob, section) in [
            (marked("unknown"), Some(".text")),
            (b"\xff Go buildinf:".to_vec(), None),
        ] {
            assert_eq!(of_bytes(&program(&blob, section), true), None);
        }
    }

    #[test]
    fn a_go_program_of_another_machine_is_called_that() {
        for (at, value, machine) in [
            (4, 1, ImageError::Bits32(62)),
            (18, 243, ImageError::Architecture(243)),
        ] {
            for (blob, expected) in [
                (marked("go1.26.8"), Some(Unlike::Machine(machine.clone()))),
                (b"libc".to_vec(), None),
            ] {
                let mut file = program(&blob, None);
                file[at] = value;
                assert_eq!(of_bytes(&file, true), expected);
                assert_eq!(of_bytes(&file, false), None);
            }
        }
    }

    #[test]
    fn gccgo_is_known_by_a_section_or_a_text() {
        let gccgo = Some(Unlike::Gccgo);
        assert_eq!(of_bytes(&program(b"x", Some(".go_export")), true), gccgo);
        let text = b"%s:%U: libgo assertion failure\0";
        assert_eq!(of_bytes(&program(text, None), true), gccgo);
        assert_eq!(of_bytes(&program(text, Some(".text")), true), None);
    }

    #[test]
    fn emulators_and_packers_are_known() {
        for (path, expected) in [
            (
                "/usr/bin/qemu-aarch64-static",
                Some(Unlike::Emulated("qemu-user")),
            ),
            ("/usr/bin/qemu-i386", Some(Unlike::Emulated("qemu-user"))),
            ("/usr/bin/qemu-system-x86_64", None),
            ("/usr/libexec/qemu-kvm", None),
            ("/usr/bin/cat", None),
        ] {
            assert_eq!(emulator(Path::new(path)), expected, "{path}");
        }
        assert_eq!(packer(b"\x7fELF....UPX!.."), Some(Unlike::Packed("UPX")));
        assert_eq!(packer(b"\x7fELF"), None);
    }
}
