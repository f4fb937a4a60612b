//! Putting together what was copied at different times and by different threads.

use crate::snapshot::Snapshot;
use gopeek_layout::{Addr, Span};

impl Snapshot {
    /// What can be read: runs of bytes by address, apart from each other.
    pub fn pieces(&self) -> impl Iterator<Item = (Addr, &[u8])> {
        self.pieces_since(0)
    }

    /// What came since the snapshot's end was here ([`Snapshot::end`]), which is in no piece with what was there before.
    pub fn pieces_since(&self, end: usize) -> impl Iterator<Item = (Addr, &[u8])> {
        let since = self.settled().filter(move |piece| piece.offset >= end);
        since.filter_map(|piece| Some((piece.start, self.bytes_of(piece)?)))
    }

    /// How many bytes can be read, of a file or copied.
    #[must_use]
    pub fn readable(&self) -> u64 {
        self.spans().map(|span| span.len).sum()
    }

    /// Keeps copies of these bytes, too, where there are none yet.
    pub fn keep<'b>(&mut self, pieces: impl IntoIterator<Item = (Addr, &'b [u8])>) {
        self.append(pieces);
        self.settle();
    }

    /// Likewise, to be found once [`Snapshot::settle`] was called: for who has many to keep, a few at a time.
    pub fn append<'b>(&mut self, pieces: impl IntoIterator<Item = (Addr, &'b [u8])>) {
        for (start, bytes) in pieces {
            let offset = self.copy_in(bytes);
            self.add(Span::new(start, bytes.len() as u64), offset);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Snapshot;
    use gopeek_layout::Addr;

    #[test]
    fn what_is_there_stays_and_the_rest_is_added() {
        let mut first = Snapshot::default();
        first.keep([(Addr::new(0x104), &b"EF"[..])]);
        let mut second = Snapshot::default();
        second.keep([
            (Addr::new(0x100), &b"abcdefgh"[..]),
            (Addr::new(0x200), b"z"),
        ]);
        first.absorb([second]);
        let pieces: Vec<(u64, Vec<u8>)> = first
            .pieces()
            .map(|(start, bytes)| (start.get(), bytes.to_vec()))
            .collect();
        let expected = [
            (0x100, b"abcd".to_vec()),
            (0x104, b"EF".to_vec()),
            (0x106, b"gh".to_vec()),
            (0x200, b"z".to_vec()),
        ];
        assert_eq!(pieces, expected);
    }

    #[test]
    fn what_came_later_is_told_from_what_was_there() {
        let mut early = Snapshot::default();
        early.keep([(Addr::new(0x104), &b"EF"[..])]);
        let end = early.end();
        let mut late = Snapshot::default();
        late.keep([(Addr::new(0x102), &b"cdefgh"[..])]);
        early.absorb([late]);
        let late = early.pieces_since(end);
        let late: Vec<(u64, &[u8])> = late.map(|(start, it)| (start.get(), it)).collect();
        assert_eq!(late, [(0x102, &b"cd"[..]), (0x106, b"gh")]);
        let early = early.pieces().find(|(start, _)| start.get() == 0x104);
        assert_eq!(early, Some((Addr::new(0x104), &b"EF"[..])));
    }
}
