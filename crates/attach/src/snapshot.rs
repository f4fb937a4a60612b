//! Bytes copied out of a target, or out of a core where they lie, as memory of their own.

use crate::backing::Backing;
use gopeek_layout::mem::Run;
use gopeek_layout::{Addr, Memory, Span, Unreadable};
use std::cmp::Reverse;

/// What was copied. It can be read when the target has long gone on.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    bytes: Backing,
    /// By address, apart from each other; behind them, what was added since.
    pieces: Vec<Piece>,
    /// How many are in order.
    settled: usize,
}

#[derive(Copy, Clone, Debug)]
pub(crate) struct Piece {
    pub(crate) start: Addr,
    len: u64,
    pub(crate) offset: usize,
}

impl Piece {
    fn end(&self) -> u64 {
        self.start.get().saturating_add(self.len)
    }

    /// The part of it that lies in `[from, to)`.
    fn between(&self, from: u64, to: u64) -> Option<Piece> {
        let (from, to) = (from.max(self.start.get()), to.min(self.end()));
        let len = to.checked_sub(from).filter(|len| *len > 0)?;
        let skip = usize::try_from(from - self.start.get()).ok()?;
        Some(Piece {
            start: Addr::new(from),
            len,
            offset: self.offset + skip,
        })
    }
}

impl Snapshot {
    /// Copies spans out of any memory; what can't be read is left out.
    pub fn copy_from(&mut self, memory: &dyn Memory, spans: &[Span]) {
        for span in spans {
            let Ok(len) = usize::try_from(span.len) else {
                continue;
            };
            let (offset, room) = self.room(len);
            match memory.read(span.start, room) {
                Ok(()) => self.add(*span, offset),
                Err(_) => self.truncate(offset),
            }
        }
        self.settle();
    }

    /// Whether the core was cut off while it was read: zeros are in place of what is missing.
    #[must_use]
    pub fn is_cut(&self) -> bool {
        self.bytes.is_cut()
    }

    /// An empty one with room for so many bytes, all of whose pages are there.
    pub(crate) fn with_room(bytes: usize) -> Snapshot {
        let mut snapshot = Snapshot {
            bytes: Backing::of_bytes(vec![u8::MAX; bytes]),
            ..Snapshot::default()
        };
        snapshot.clear();
        snapshot
    }

    /// One of bytes that are there already, none of which is named yet.
    pub(crate) fn over(bytes: Backing) -> Snapshot {
        Snapshot {
            bytes,
            ..Snapshot::default()
        }
    }

    /// Forgets everything, and keeps the room for it.
    pub(crate) fn clear(&mut self) {
        self.bytes.truncate(0);
        self.pieces.clear();
        self.settled = 0;
    }

    /// Total bytes copied. A core's lie where they are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.bytes.copied()
    }

    /// Where what is absorbed next will begin, among all bytes.
    #[must_use]
    pub fn end(&self) -> usize {
        self.bytes.end()
    }

    /// Whether nothing can be read.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    /// The spans that can be read, by address, apart from each other.
    pub fn spans(&self) -> impl Iterator<Item = Span> + '_ {
        let settled = self.settled();
        settled.map(|piece| Span::new(piece.start, piece.len))
    }

    pub(crate) fn settled(&self) -> impl Iterator<Item = &Piece> {
        self.pieces.iter().take(self.settled)
    }

    pub(crate) fn bytes_of(&self, piece: &Piece) -> Option<&[u8]> {
        let len = usize::try_from(piece.len).ok()?;
        self.bytes.get(piece.offset..piece.offset.checked_add(len)?)
    }

    /// The bytes of `span`, without copying them again; nothing where not all of them were captured.
    #[must_use]
    pub fn slice(&self, span: Span) -> Option<&[u8]> {
        let (piece, skip) = self.piece(span.start)?;
        if skip.checked_add(span.len)? > piece.len {
            return None;
        }
        let from = piece.offset.checked_add(usize::try_from(skip).ok()?)?;
        self.bytes
            .get(from..from.checked_add(usize::try_from(span.len).ok()?)?)
    }

    /// The bytes captured from `at` on, up to the next gap; nothing where `at` was not captured.
    #[must_use]
    pub fn run_from(&self, at: Addr) -> Option<Run<'_>> {
        let (piece, skip) = self.piece(at)?;
        let len = piece.len.checked_sub(skip)?;
        Some(Run {
            start: at,
            bytes: self.slice(Span::new(at, len))?,
        })
    }

    fn piece(&self, at: Addr) -> Option<(&Piece, u64)> {
        let after = self.pieces.partition_point(|piece| piece.start <= at);
        let piece = self.pieces.get(after.checked_sub(1)?)?;
        Some((piece, at.offset_from(piece.start)?))
    }

    /// Room for `len` more bytes: the part of the buffer to copy into, after all that is there already.
    pub(crate) fn room(&mut self, len: usize) -> (usize, &mut [u8]) {
        self.bytes.room(len)
    }

    /// Copies these bytes, too, after all that is there already; returns their offset.
    pub(crate) fn copy_in(&mut self, bytes: &[u8]) -> usize {
        self.bytes.keep(bytes)
    }

    /// Drops what was not filled, from the buffer's offset `end` on.
    pub(crate) fn truncate(&mut self, end: usize) {
        self.bytes.truncate(end);
    }

    /// Takes over what others have, where there is nothing yet. Of what several of the others have, it is any one.
    pub fn absorb(&mut self, others: impl IntoIterator<Item = Snapshot>) {
        for other in others {
            let shift = self.bytes.append(other.bytes);
            let settled = other.pieces.into_iter().take(other.settled);
            self.pieces.extend(settled.map(|piece| Piece {
                offset: piece.offset + shift,
                ..piece
            }));
        }
        self.settle();
    }

    /// Names a piece of the buffer by the target's address. It is found once [`Snapshot::settle`] was called.
    pub(crate) fn add(&mut self, span: Span, offset: usize) {
        if span.len > 0 {
            self.pieces.push(Piece {
                start: span.start,
                len: span.len,
                offset,
            });
        }
    }

    /// Makes what was added since the last time a part of the snapshot. Of bytes that came twice, the first stay: who
    /// has read them once does not find others there later.
    pub fn settle(&mut self) {
        if self.pieces.len() == self.settled {
            return;
        }
        let mut new = self.pieces.split_off(self.settled);
        new.sort_by_key(|piece| (piece.start, Reverse(piece.len)));
        let old = std::mem::take(&mut self.pieces);
        let mut merged: Vec<Piece> = Vec::with_capacity(old.len() + new.len());
        let mut old = old.into_iter().peekable();
        for piece in new {
            // What lies before it, and what overlaps it.
            while let Some(known) = old.next_if(|known| known.start.get() < piece.end()) {
                let before = piece.between(end_of(&merged), known.start.get());
                merged.extend(before);
                merged.push(known);
            }
            merged.extend(piece.between(end_of(&merged), u64::MAX));
        }
        merged.extend(old);
        let bytes = &self.bytes;
        merged.dedup_by(|next, last| {
            let continues = next.start.get() == last.end()
                && usize::try_from(last.len).is_ok_and(|len| last.offset + len == next.offset)
                && !bytes.is_border(next.offset);
            if continues {
                last.len += next.len;
            }
            continues
        });
        self.settled = merged.len();
        self.pieces = merged;
    }
}

/// Where the last of the pieces ends.
fn end_of(pieces: &[Piece]) -> u64 {
    pieces.last().map_or(0, Piece::end)
}

impl Memory for Snapshot {
    fn read(&self, at: Addr, buf: &mut [u8]) -> Result<(), Unreadable> {
        let unreadable = Unreadable { at, len: buf.len() };
        // What came at different times lies in pieces that follow each other.
        let (mut from, mut rest) = (at, buf);
        while !rest.is_empty() {
            let run = self.run_from(from).ok_or(unreadable)?;
            let len = run.bytes.len().min(rest.len());
            if len == 0 {
                return Err(unreadable);
            }
            let (now, later) = rest.split_at_mut(len);
            now.copy_from_slice(&run.bytes[..len]);
            from = from.checked_add(len as u64).ok_or(unreadable)?;
            rest = later;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::Snapshot;
    use crate::backing::Backing;
    use crate::files::FileBytes;
    use gopeek_layout::mem::Run;
    use gopeek_layout::{Addr, Memory, Span};
    use std::io::Write;

    fn snapshot(pieces: &[(u64, &[u8])]) -> Snapshot {
        let mut snapshot = Snapshot::default();
        for (start, bytes) in pieces {
            let (offset, room) = snapshot.room(bytes.len());
            room.copy_from_slice(bytes);
            snapshot.add(Span::new(Addr::new(*start), bytes.len() as u64), offset);
        }
        snapshot.settle();
        snapshot
    }

    #[test]
    fn pieces_are_found_whatever_their_order() {
        let snapshot = snapshot(&[(0x200, b"second"), (0x100, b"first")]);
        assert_eq!(
            snapshot.slice(Span::new(Addr::new(0x101), 3)),
            Some(&b"irs"[..])
        );
        assert_eq!(
            snapshot.slice(Span::new(Addr::new(0x200), 6)),
            Some(&b"second"[..])
        );
        assert_eq!(snapshot.slice(Span::new(Addr::new(0x203), 4)), None);
        assert_eq!(snapshot.slice(Span::new(Addr::new(0x50), 1)), None);
    }

    #[test]
    fn pieces_that_continue_each_other_are_one() {
        let snapshot = snapshot(&[(0x100, b"abc"), (0x103, b"def")]);
        assert_eq!(
            snapshot.slice(Span::new(Addr::new(0x101), 4)),
            Some(&b"bcde"[..])
        );
    }

    #[test]
    fn what_came_first_stays_and_what_comes_later_is_read_with_it() {
        let first = [(0x104, &b"EF"[..]), (0x108, &b"IJKL"[..])];
        let mut snapshot = snapshot(&first);
        for (start, bytes) in [(0x102u64, &b"cdefghijklmn"[..]), (0x100, b"xyzxyz")] {
            let (offset, room) = snapshot.room(bytes.len());
            room.copy_from_slice(bytes);
            snapshot.add(Span::new(Addr::new(start), bytes.len() as u64), offset);
            snapshot.settle();
        }
        let mut read = [0; 14];
        snapshot.read(Addr::new(0x100), &mut read).unwrap();
        assert_eq!(&read, b"xycdEFghIJKLmn");
        assert!(snapshot.read(Addr::new(0x10d), &mut [0; 2]).is_err());
        assert!(snapshot.read(Addr::new(0xff), &mut [0; 2]).is_err());
    }

    #[test]
    fn a_piece_inside_a_later_larger_one_does_not_hide_it() {
        let snapshot = snapshot(&[(0x102, b"cd"), (0x100, b"abcdef")]);
        assert_eq!(
            snapshot.slice(Span::new(Addr::new(0x104), 2)),
            Some(&b"ef"[..])
        );
        assert_eq!(
            snapshot.slice(Span::new(Addr::new(0x102), 4)),
            Some(&b"cdef"[..])
        );
    }

    #[test]
    fn what_is_copied_lies_behind_a_file_and_is_read_with_it() {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(b"in the file").unwrap();
        let bytes = Backing::of_file(FileBytes::map(&file).unwrap());
        let mut snapshot = Snapshot::over(bytes);
        snapshot.add(Span::new(Addr::new(0x107), 4), 7);
        snapshot.settle();
        assert!(!snapshot.is_empty());
        let more = Run {
            start: Addr::new(0x10b),
            bytes: b" system, copied",
        };
        // Right behind the file's last byte, in memory and in the buffer.
        snapshot.copy_from(&more, &[Span::new(Addr::new(0x10b), 8)]);
        let mut read = [0; 12];
        snapshot.read(Addr::new(0x107), &mut read).unwrap();
        assert_eq!(&read, b"file system,");
        assert_eq!(
            snapshot.slice(Span::new(Addr::new(0x10b), 8)),
            Some(&b" system,"[..])
        );
        assert_eq!(snapshot.len(), 8);
        let spans: Vec<Span> = snapshot.spans().collect();
        let lens = spans.iter().map(|span| span.len);
        assert_eq!(lens.collect::<Vec<_>>(), [4, 8]);
    }
}
