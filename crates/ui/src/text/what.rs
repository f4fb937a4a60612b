//! What a file is that is no dump, for an error that helps.

use std::fmt;

/// Number of bytes from a file's begin that tell what it is.
pub(super) const FRONT: usize = 4096;

/// What a file is.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum What {
    /// It has no bytes.
    Empty,
    /// Packed by xz, by gzip, as zip, by bzip2, or by another program of this name.
    Packed(&'static str),
    /// An ELF file: a program, a library, an object file; in words.
    Elf(&'static str),
    /// JSON of gopeek's own.
    OwnJson,
    /// A profile of goroutines that counts them (`debug=1`).
    Profile,
    /// Text in which no goroutine is.
    Text,
    /// Bytes that are no text.
    Binary,
    /// A folder.
    Folder,
    /// A process, not a file.
    Process,
}

impl What {
    /// What bytes from a file's begin are; nothing where they may be a dump.
    pub(super) fn of(front: &[u8]) -> Option<What> {
        const PACKED: [(&[u8], &str); 7] = [
            (b"\xfd7zXZ\0", "xz"),
            (b"\x1f\x8b", "gzip"),
            (b"PK\x03\x04", "zip"),
            (b"BZh", "bzip2"),
            (b"\x28\xb5\x2f\xfd", "zstd"),
            (b"\x04\x22\x4d\x18", "lz4"),
            (b"7z\xbc\xaf\x27\x1c", "7z"),
        ];
        if front.is_empty() {
            return Some(What::Empty);
        }
        let packed = PACKED.iter().find(|(magic, _)| front.starts_with(magic));
        if let Some((_, name)) = packed {
            return Some(What::Packed(name));
        }
        if front.starts_with(b"\x7fELF") {
            return Some(What::Elf(elf(front)));
        }
        let own = memchr::memmem::find(front, b"\"schema\":\"gopeek");
        if front.starts_with(b"{") && own.is_some() {
            return Some(What::OwnJson);
        }
        memchr::memchr(0, front).map(|_| What::Binary)
    }

    /// The verb of what to do, where one thing helps.
    #[must_use]
    pub(crate) fn remedy(self, path: &str) -> Option<String> {
        let unpack = |tool: &str| Some(format!("unpack it first: {tool} {path} | gopeek -"));
        match self {
            What::Packed("xz") => unpack("xz -dc"),
            What::Packed("gzip") => unpack("gzip -dc"),
            What::Packed("zip") => unpack("unzip -p"),
            What::Packed("bzip2") => unpack("bzip2 -dc"),
            What::Packed("zstd") => unpack("zstd -dc"),
            What::Packed("lz4") => unpack("lz4 -dc"),
            What::Elf(PROGRAM | PIE) => Some(
                "name its process instead: gopeek PID; list the Go processes: gopeek ps".to_owned(),
            ),
            What::OwnJson => Some("compare two of these: gopeek diff A B".to_owned()),
            What::Profile => {
                Some("ask for every goroutine: /debug/pprof/goroutine?debug=2".to_owned())
            }
            What::Empty | What::Text | What::Binary => Some(
                "gopeek reads cores, and what Go prints of its goroutines: docs/text-dumps.md"
                    .to_owned(),
            ),
            What::Packed(_) | What::Elf(_) | What::Folder | What::Process => None,
        }
    }
}

const PROGRAM: &str = "program";
const PIE: &str = "program or library";

/// Names an ELF file by its type (`e_type`).
fn elf(front: &[u8]) -> &'static str {
    let little = front.get(5) != Some(&2);
    let kind = match front.get(16..18) {
        Some(&[low, high]) if little => u16::from_le_bytes([low, high]),
        Some(&[high, low]) => u16::from_be_bytes([high, low]),
        _ => return "file that is cut off",
    };
    match kind {
        1 => "object file",
        2 => PROGRAM,
        // A program that may lie anywhere names who loads it, as a library does not.
        3 if has_interpreter(front) => PROGRAM,
        3 => PIE,
        4 => "core",
        _ => "file of an unknown kind",
    }
}

/// Whether the front names a dynamic linker, as that of a program does.
fn has_interpreter(front: &[u8]) -> bool {
    memchr::memmem::find(front, b"/ld-").is_some()
}

impl fmt::Display for What {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            What::Empty => to.write_str("is empty"),
            What::Packed(name) => write!(
                to,
                "is packed by {name}, and holds no core that gopeek can unpack"
            ),
            What::Elf(kind) => write!(to, "is an ELF {kind}, not a core"),
            What::OwnJson => to.write_str("is JSON that gopeek wrote"),
            What::Profile => to.write_str(
                "is a goroutine profile that counts stacks (debug=1), not a dump of goroutines",
            ),
            What::Text => to.write_str("is text without a goroutine"),
            What::Binary => to.write_str("is neither a core nor text"),
            What::Folder => to.write_str("is a folder"),
            What::Process => to.write_str("is a process; --dump chooses a dump in a text"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::What;

    #[test]
    fn files_are_told_by_their_first_bytes() {
        let elf = |kind: u8, rest: &[u8]| {
            let mut front = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0".to_vec();
            front.extend([kind, 0]);
            front.extend(rest);
            What::of(&front)
        };
        assert_eq!(elf(2, b""), Some(What::Elf("program")));
        assert_eq!(elf(3, b"/lib64/ld-linux.so.2"), Some(What::Elf("program")));
        assert_eq!(elf(3, b""), Some(What::Elf("program or library")));
        assert_eq!(
            What::of(b"\x7fELF"),
            Some(What::Elf("file that is cut off"))
        );
        assert_eq!(What::of(b""), Some(What::Empty));
        assert_eq!(What::of(b"\xfd7zXZ\0\0"), Some(What::Packed("xz")));
        assert_eq!(What::of(b"\x1f\x8b\x08"), Some(What::Packed("gzip")));
        assert_eq!(What::of(b"{\"schema\":\"gopeek/1\","), Some(What::OwnJson));
        assert_eq!(What::of(b"a\0b"), Some(What::Binary));
        assert_eq!(What::of(b"{\"log\":\"x\"}"), None);
        assert_eq!(What::of(b"goroutine 1 [running]:"), None);
    }

    #[test]
    fn what_helps_is_said() {
        let remedy = What::Packed("xz").remedy("a.xz").unwrap();
        assert_eq!(remedy, "unpack it first: xz -dc a.xz | gopeek -");
        assert!(What::Folder.remedy("x").is_none());
    }
}
