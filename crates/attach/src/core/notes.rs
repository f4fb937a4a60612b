//! The notes of a core, one by one, not yet understood: `{name length, length, kind}`, name, bytes, padded to 4.

use super::elf::word;

/// Bytes in front of a note's name.
const HEADER_LEN: usize = 12;

/// Notes that gopeek reads and writes (linux/elf.h).
pub(super) const NT_PRSTATUS: u32 = 1;
pub(super) const NT_PRPSINFO: u32 = 3;
pub(super) const NT_AUXV: u32 = 6;
pub(super) const NT_FILE: u32 = 0x4649_4c45;
pub(super) const NT_SIGINFO: u32 = 0x5349_4749;
/// Who the kernel says writes them.
pub(super) const CORE: &str = "CORE";

/// The name of gopeek's own note.
pub const OWN_NAME: &str = "gopeek";
/// Its kind, `peek`. Debuggers go by the kind alone: a low number would be taken for one of the kernel's notes.
pub const OWN_KIND: u32 = 0x6b65_6570;

/// One note.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(super) struct Note<'d> {
    /// Without the zero behind it.
    pub(super) name: &'d [u8],
    pub(super) kind: u32,
    pub(super) bytes: &'d [u8],
}

impl Note<'_> {
    /// Whether it is one of those that the kernel defines. Delve leaves their names away.
    pub(super) fn is_core(&self) -> bool {
        self.name.is_empty() || self.name == CORE.as_bytes()
    }
}

/// The notes of a segment.
#[derive(Clone, Debug)]
pub(super) struct Notes<'d> {
    rest: &'d [u8],
    /// Whether the last of them goes beyond the end.
    pub(super) cut_off: bool,
}

impl<'d> Notes<'d> {
    pub(super) fn new(bytes: &'d [u8]) -> Notes<'d> {
        Notes {
            rest: bytes,
            cut_off: false,
        }
    }

    fn first(&self) -> Option<(Note<'d>, &'d [u8])> {
        let len = |at| usize::try_from(word::<u32>(self.rest, at)?).ok();
        let (name_len, len) = (len(0)?, len(4)?);
        let name_end = HEADER_LEN.checked_add(name_len)?;
        let from = name_end.checked_next_multiple_of(4)?;
        let end = from.checked_add(len)?;
        let name = self.rest.get(HEADER_LEN..name_end)?;
        let note = Note {
            name: name.split(|byte| *byte == 0).next().unwrap_or_default(),
            kind: word(self.rest, 8)?,
            bytes: self.rest.get(from..end)?,
        };
        // The padding of the last one may be missing.
        let rest = self.rest.get(end.checked_next_multiple_of(4)?..);
        Some((note, rest.unwrap_or_default()))
    }
}

impl<'d> Iterator for Notes<'d> {
    type Item = Note<'d>;
    fn next(&mut self) -> Option<Note<'d>> {
        let (note, rest) = match self.first() {
            Some((note, rest)) => (Some(note), rest),
            None => (None, &[][..]),
        };
        self.cut_off |= note.is_none() && !self.rest.is_empty();
        self.rest = rest;
        note
    }
}

/// Appends a note to `to`; nothing where it is too long for one.
pub(super) fn append(to: &mut Vec<u8>, name: &str, kind: u32, bytes: &[u8]) -> Option<()> {
    let name_len = u32::try_from(name.len().checked_add(1)?).ok()?;
    for number in [name_len, u32::try_from(bytes.len()).ok()?, kind] {
        to.extend(number.to_le_bytes());
    }
    to.extend(name.as_bytes());
    to.push(0);
    to.resize(to.len().checked_next_multiple_of(4)?, 0);
    to.extend(bytes);
    to.resize(to.len().checked_next_multiple_of(4)?, 0);
    Some(())
}

#[cfg(test)]
mod tests {
    use super::{Note, Notes, append};

    fn written(notes: &[(&str, u32, &[u8])]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for (name, kind, desc) in notes {
            append(&mut bytes, name, *kind, desc).unwrap();
        }
        bytes
    }

    #[test]
    fn what_was_written_is_read() {
        let of = [
            ("CORE", 1, &b"abc"[..]),
            ("x", 2, b""),
            ("gopeek", 9, b"12345678"),
        ];
        let bytes = written(&of);
        assert_eq!(bytes.len() % 4, 0);
        let mut notes = Notes::new(&bytes);
        for (name, kind, bytes) in of {
            let name = name.as_bytes();
            assert_eq!(notes.next(), Some(Note { name, kind, bytes }));
        }
        assert_eq!((notes.next(), notes.cut_off), (None, false));
    }

    #[test]
    fn a_note_that_lies_about_its_length_ends_them() {
        let good = written(&[("CORE", 1, b"abcd")]);
        for at in [0, 4] {
            for lie in [u32::MAX, u32::MAX - 12, 9] {
                let mut bytes = good.clone();
                bytes.extend(written(&[("CORE", 3, b"abcd")]));
                bytes[good.len() + at..][..4].copy_from_slice(&lie.to_le_bytes());
                let mut notes = Notes::new(&bytes);
                assert_eq!(notes.by_ref().count(), 1, "{lie:#x} at {at}");
                assert!(notes.cut_off);
            }
        }
        let mut short = Notes::new(&good[..good.len() - 1]);
        assert_eq!((short.next(), short.cut_off), (None, true));
    }
}
