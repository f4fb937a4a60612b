//! Where a snapshot's bytes lie: in mapped files, and in what was copied, chunk after chunk as it came.
//!
//! One row of offsets goes through all of them, so that whoever looks bytes up needs not know which of them it is.

use crate::files::FileBytes;
use std::ops::{Deref, Range};
use std::sync::Arc;

/// The bytes of a snapshot.
#[derive(Clone, Debug, Default)]
pub(crate) struct Backing {
    /// In the order of their offsets, without gaps.
    chunks: Vec<Chunk>,
}

#[derive(Clone, Debug)]
struct Chunk {
    /// The offset of its first byte.
    from: usize,
    bytes: Bytes,
}

#[derive(Clone, Debug)]
enum Bytes {
    File(Arc<FileBytes>),
    Copied(Vec<u8>),
}

impl Deref for Bytes {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        match self {
            Bytes::File(file) => file,
            Bytes::Copied(bytes) => bytes,
        }
    }
}

impl Backing {
    /// A file, of which nothing is copied.
    pub(crate) fn of_file(file: FileBytes) -> Backing {
        Backing::of(Bytes::File(Arc::new(file)))
    }

    /// Bytes that are in memory.
    pub(crate) fn of_bytes(copied: Vec<u8>) -> Backing {
        Backing::of(Bytes::Copied(copied))
    }

    fn of(bytes: Bytes) -> Backing {
        Backing {
            chunks: vec![Chunk { from: 0, bytes }],
        }
    }

    /// All bytes of the first chunk: of a core, the file.
    pub(crate) fn first(&self) -> &[u8] {
        self.chunks.first().map_or(&[], |chunk| &chunk.bytes)
    }

    /// Whether a chunk begins at this offset: what lies before it is not beside it.
    pub(crate) fn is_border(&self, offset: usize) -> bool {
        let chunk = self
            .chunks
            .binary_search_by_key(&offset, |chunk| chunk.from);
        chunk.is_ok()
    }

    /// How many bytes were copied.
    pub(crate) fn copied(&self) -> usize {
        let copied = self.chunks.iter().map(|chunk| match &chunk.bytes {
            Bytes::File(_) => 0,
            Bytes::Copied(bytes) => bytes.len(),
        });
        copied.sum()
    }

    /// The offset behind all bytes.
    fn end(&self) -> usize {
        let last = self.chunks.last();
        last.map_or(0, |last| last.from + last.bytes.len())
    }

    /// The bytes of a range that lies in one chunk.
    pub(crate) fn get(&self, range: Range<usize>) -> Option<&[u8]> {
        let behind = self
            .chunks
            .partition_point(|chunk| chunk.from <= range.start);
        let chunk = self.chunks.get(behind.checked_sub(1)?)?;
        chunk
            .bytes
            .get(range.start.checked_sub(chunk.from)?..range.end.checked_sub(chunk.from)?)
    }

    /// Room for `len` more bytes: where it begins, and the room.
    pub(crate) fn room(&mut self, len: usize) -> (usize, &mut [u8]) {
        let end = self.end();
        let last = self.chunks.last();
        if last.is_none_or(|last| matches!(last.bytes, Bytes::File(_))) {
            self.chunks.push(Chunk {
                from: end,
                bytes: Bytes::Copied(Vec::new()),
            });
        }
        match self.chunks.last_mut().map(|last| &mut last.bytes) {
            Some(Bytes::Copied(bytes)) => {
                let before = bytes.len();
                bytes.resize(before + len, 0);
                (end, &mut bytes[before..])
            }
            // There is such a one now.
            _ => (end, &mut []),
        }
    }

    /// Drops what was copied from the offset `end` on. Its room stays for what comes next.
    pub(crate) fn truncate(&mut self, end: usize) {
        while let Some(last) = self.chunks.last_mut() {
            if let Bytes::Copied(bytes) = &mut last.bytes {
                bytes.truncate(end.saturating_sub(last.from));
            }
            if last.from <= end || matches!(last.bytes, Bytes::File(_)) {
                break;
            }
            self.chunks.pop();
        }
    }

    /// Takes over the bytes of another, without copying them; returns by how much their offsets are larger now.
    pub(crate) fn append(&mut self, other: Backing) -> usize {
        let shift = self.end();
        self.chunks
            .extend(other.chunks.into_iter().map(|chunk| Chunk {
                from: chunk.from + shift,
                bytes: chunk.bytes,
            }));
        shift
    }
}
