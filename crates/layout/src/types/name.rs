//! The runtime's encoding of the names of types, fields and packages (`abi.Name`): a byte of flags, the length as a
//! varint, the text.

use crate::addr::Addr;
use crate::mem::{Memory, read_bytes};
use crate::varint::uvarint;

/// Maximum length of a name in bytes. A type's name is a line of source, or of a few.
pub(crate) const MAX_NAME: usize = 1024;
/// Bytes in which the flags and the longest length lie.
const HEAD: usize = 4;
/// The name is that of an embedded field.
const EMBEDDED: u8 = 1 << 3;

/// A name, and what is known with it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Name {
    /// The text. Hostile memory need not hold UTF-8.
    pub(crate) text: String,
    /// Whether it is that of an embedded field.
    pub(super) embedded: bool,
}

/// Reads the name at `at`, at most `most` bytes of it.
pub(crate) fn read(memory: &(impl Memory + ?Sized), at: Addr, most: usize) -> Option<Name> {
    // Names lie side by side, so that there is nearly always as much as the longest length takes.
    let head = (1..=HEAD)
        .rev()
        .find_map(|len| read_bytes(memory, at, len).ok())?;
    let (flags, rest) = head.split_first()?;
    let (len, text) = uvarint(rest)?;
    let skip = u64::try_from(head.len() - text.len()).ok()?;
    let len = usize::try_from(len).unwrap_or(usize::MAX).min(most);
    let text = read_bytes(memory, at.checked_add(skip)?, len).ok()?;
    Some(Name {
        text: String::from_utf8_lossy(&text).into_owned(),
        embedded: flags & EMBEDDED != 0,
    })
}

/// The text of the name that `bytes` begin with.
pub(super) fn text(bytes: &[u8]) -> Option<&[u8]> {
    let (len, rest) = uvarint(bytes.get(1..)?)?;
    rest.get(..usize::try_from(len).ok()?)
}

/// Where the name of a type begins whose text begins at `start` in `bytes`, and the text. Several lengths may end right
/// before it.
pub(super) fn before(bytes: &[u8], start: usize) -> impl Iterator<Item = (usize, &[u8])> {
    (1..=2usize).filter_map(move |width| {
        let at = start.checked_sub(width)?;
        // A type's name has no tag, and may at most be exported.
        if *bytes.get(at.checked_sub(1)?)? > 1 {
            return None;
        }
        let (len, rest) = uvarint(bytes.get(at..start)?)?;
        let len = usize::try_from(len).ok().filter(|len| *len <= MAX_NAME)?;
        let text = bytes.get(start..start.checked_add(len)?)?;
        (rest.is_empty() && len > 0).then_some((at.checked_sub(1)?, text))
    })
}

#[cfg(test)]
mod tests {
    use super::{before, read, text};
    use crate::addr::Addr;
    use crate::testing::Bytes;

    #[test]
    fn a_name_and_its_flags() {
        let memory = Bytes::at(0x100).raw(&[9, 2]).raw(b"mu....");
        let name = read(&memory, Addr::new(0x100), 99).unwrap();
        assert_eq!((&*name.text, name.embedded), ("mu", true));
    }

    #[test]
    fn one_at_the_very_end_of_memory() {
        let memory = Bytes::at(0x100).raw(&[1, 1]).raw(b"T");
        assert_eq!(read(&memory, Addr::new(0x100), 99).unwrap().text, "T");
        assert_eq!(read(&memory, Addr::new(0x103), 99), None);
    }

    #[test]
    fn a_long_one_is_cut() {
        let memory = Bytes::at(0x100).raw(&[1, 0x80, 0x20]).raw(&[b'x'; 4096]);
        let name = read(&memory, Addr::new(0x100), 99).unwrap();
        assert_eq!(name.text.len(), 99);
    }

    #[test]
    fn where_a_text_begins() {
        let bytes = b"....\x01\x05*a.B{tail";
        let found: Vec<_> = before(bytes, 6).collect();
        assert_eq!(found, [(4, &b"*a.B{"[..])]);
        assert_eq!(text(&bytes[4..]), Some(&b"*a.B{"[..]));
        assert_eq!(before(b"*", 0).count(), 0);
    }

    #[test]
    fn a_length_of_two_bytes() {
        let mut bytes = vec![0, 0xac, 1];
        bytes.extend([b'*'; 172]);
        let found: Vec<_> = before(&bytes, 3)
            .map(|(at, text)| (at, text.len()))
            .collect();
        assert_eq!(found, [(0, 172)]);
    }
}
