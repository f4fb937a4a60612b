//! Where a snapshot's bytes lie: in a mapped file, and behind that what was copied.
//!
//! One row of offsets goes through both, so that whoever looks bytes up needs not know which of them it is.

use crate::files::FileBytes;
use std::ops::Range;
use std::sync::Arc;

/// The bytes of a snapshot. Offsets below [`Backing::copied_from`] are the file's.
#[derive(Clone, Debug, Default)]
pub(crate) struct Backing {
    file: Option<Arc<FileBytes>>,
    copied: Vec<u8>,
}

impl Backing {
    /// A file, of which nothing is copied.
    pub(crate) fn of_file(file: FileBytes) -> Backing {
        Backing {
            file: Some(Arc::new(file)),
            copied: Vec::new(),
        }
    }

    /// Bytes that are in memory.
    pub(crate) fn of_bytes(copied: Vec<u8>) -> Backing {
        Backing { file: None, copied }
    }

    /// All bytes of the file, or else of what was copied.
    pub(crate) fn first(&self) -> &[u8] {
        match &self.file {
            Some(file) => file,
            None => &self.copied,
        }
    }

    /// The first offset of what was copied.
    pub(crate) fn copied_from(&self) -> usize {
        self.file.as_ref().map_or(0, |file| file.len())
    }

    /// What was copied.
    pub(crate) fn copied(&self) -> &[u8] {
        &self.copied
    }

    /// The offset behind all bytes.
    pub(crate) fn end(&self) -> usize {
        self.copied_from() + self.copied.len()
    }

    /// The bytes of a range that does not go from the one into the other.
    pub(crate) fn get(&self, range: Range<usize>) -> Option<&[u8]> {
        let from = self.copied_from();
        match &self.file {
            Some(file) if range.start < from => file.get(range),
            _ => self
                .copied
                .get(range.start.checked_sub(from)?..range.end.checked_sub(from)?),
        }
    }

    /// Room for `len` more bytes: where it begins, and the room.
    pub(crate) fn room(&mut self, len: usize) -> (usize, &mut [u8]) {
        let (offset, before) = (self.end(), self.copied.len());
        self.copied.resize(before + len, 0);
        (offset, &mut self.copied[before..])
    }

    /// Drops what was copied from the offset `end` on.
    pub(crate) fn truncate(&mut self, end: usize) {
        self.copied.truncate(end.saturating_sub(self.copied_from()));
    }
}
