//! Where a snapshot's bytes lie: in mapped files, and in what was copied, chunk after chunk as it came.
//!
//! One row of offsets goes through all of them, so that whoever looks bytes up needs not know which of them it is.

use crate::files::FileBytes;
use std::ops::{Deref, Range};
use std::sync::Arc;

/// Where pieces are kept that are whole each, a chunk of this size is followed by another when it is full: none of them is
/// copied again for want of room.
const FULL: usize = 1 << 20;

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
    Copied(Copied),
}

/// Bytes that were copied, in room that is used again and again: it was made ready once.
#[derive(Clone, Debug, Default)]
struct Copied {
    room: Vec<u8>,
    /// So much of the room is in use.
    used: usize,
}

impl Copied {
    fn of_a_chunk() -> Copied {
        Copied {
            room: Vec::with_capacity(FULL),
            used: 0,
        }
    }

    /// Whether there should rather be another than more room here.
    fn is_full_for(&self, len: usize) -> bool {
        let room = self.room.capacity();
        room >= FULL && room - self.used < len
    }

    /// `len` more bytes.
    fn more(&mut self, len: usize) -> &mut [u8] {
        let before = self.used;
        self.used += len;
        if self.room.len() < self.used {
            self.room.resize(self.used, 0);
        }
        &mut self.room[before..self.used]
    }

    /// Likewise, which are these.
    fn append(&mut self, bytes: &[u8]) {
        self.room.truncate(self.used);
        self.room.extend_from_slice(bytes);
        self.used = self.room.len();
    }

    fn truncate(&mut self, end: usize) {
        self.used = self.used.min(end);
    }
}

impl Deref for Copied {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        &self.room[..self.used]
    }
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
        let used = copied.len();
        Backing::of(Bytes::Copied(Copied { room: copied, used }))
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

    /// Whether a file was cut off meanwhile: zeros are in place of what is missing.
    pub(crate) fn is_cut(&self) -> bool {
        let mut chunks = self.chunks.iter();
        chunks.any(|chunk| matches!(&chunk.bytes, Bytes::File(file) if file.is_cut()))
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
    pub(crate) fn end(&self) -> usize {
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
        let room = self.last_copied(|_| false).map(|last| last.more(len));
        (end, room.unwrap_or_default())
    }

    /// Copies these bytes, too; returns where they begin.
    pub(crate) fn keep(&mut self, bytes: &[u8]) -> usize {
        let (end, len) = (self.end(), bytes.len());
        if let Some(last) = self.last_copied(|last| last.is_full_for(len)) {
            last.append(bytes);
        }
        end
    }

    /// The last chunk, if it is one to copy to and not `full`, else a new one.
    fn last_copied(&mut self, full: impl Fn(&Copied) -> bool) -> Option<&mut Copied> {
        let from = self.end();
        let new = match self.chunks.last().map(|last| &last.bytes) {
            None | Some(Bytes::File(_)) => Some(Copied::default()),
            Some(Bytes::Copied(last)) => full(last).then(Copied::of_a_chunk),
        };
        self.chunks.extend(new.map(|new| Chunk {
            from,
            bytes: Bytes::Copied(new),
        }));
        match &mut self.chunks.last_mut()?.bytes {
            Bytes::Copied(last) => Some(last),
            Bytes::File(_) => None,
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
