//! Memory that keeps what was read of it: what it took to find Go in a process, it takes again to find it in the core.

use gopeek_attach::Snapshot;
use gopeek_layout::mem::read_bytes;
use gopeek_layout::{Addr, Memory, Span, Unreadable};
use rustc_hash::FxHashSet;
use std::cell::{Cell, RefCell};

/// What is read is kept in blocks of so many bytes, where they can be had: what lies beside it is mostly read next, and a piece
/// of its own takes as much again in a core, for its header.
const BLOCK: u64 = 64;

/// `under`, and what was read of it.
pub(crate) struct Recorder<'m> {
    under: &'m dyn Memory,
    known: RefCell<FxHashSet<Span>>,
    read: RefCell<Snapshot>,
    count: Cell<usize>,
}

impl<'m> Recorder<'m> {
    /// Nothing was read yet.
    pub(crate) fn new(under: &'m dyn Memory) -> Recorder<'m> {
        Recorder {
            under,
            known: RefCell::default(),
            read: RefCell::default(),
            count: Cell::default(),
        }
    }

    /// How often it was read.
    pub(crate) fn count(&self) -> usize {
        self.count.get()
    }

    /// All that was read; of bytes that were read twice, those of the first time.
    pub(crate) fn snapshot(self) -> Snapshot {
        let mut read = self.read.into_inner();
        read.settle();
        // What lies side by side is one piece when it is copied in that order.
        let mut snapshot = Snapshot::default();
        snapshot.keep(read.pieces());
        snapshot
    }

    /// Reads it with all that is in its blocks.
    fn with_block(&self, block: Span, skip: u64, buf: &mut [u8]) -> Option<()> {
        let bytes = read_bytes(self.under, block.start, usize::try_from(block.len).ok()?).ok()?;
        let from = usize::try_from(skip).ok()?;
        buf.copy_from_slice(bytes.get(from..from.checked_add(buf.len())?)?);
        self.keep(block, &bytes);
        Some(())
    }

    fn keep(&self, span: Span, bytes: &[u8]) {
        if self.known.borrow_mut().insert(span) {
            self.read.borrow_mut().append([(span.start, bytes)]);
        }
    }
}

/// The blocks that it lies in.
fn around(span: Span) -> Option<Span> {
    let start = span.start.get();
    let end = span.end()?.get().checked_next_multiple_of(BLOCK)?;
    Span::between(Addr::new(start - start % BLOCK), Addr::new(end))
}

impl Memory for Recorder<'_> {
    fn read(&self, at: Addr, buf: &mut [u8]) -> Result<(), Unreadable> {
        let span = Span::new(at, buf.len() as u64);
        let block = around(span);
        let is_known = block.is_some_and(|block| self.known.borrow().contains(&block));
        let whole = block.filter(|_| !is_known);
        let whole = whole.and_then(|block| {
            let skip = at.offset_from(block.start)?;
            self.with_block(block, skip, buf)
        });
        if whole.is_none() {
            self.under.read(at, buf)?;
            if !is_known {
                self.keep(span, buf);
            }
        }
        self.count.set(self.count.get() + 1);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::Recorder;
    use gopeek_layout::mem::read_word;
    use gopeek_layout::testing::Bytes;
    use gopeek_layout::{Addr, Span};

    #[test]
    fn what_was_read_is_kept_and_nothing_else() {
        let bytes = Bytes::at(0x1000).u64(7).u64(8).u64(9);
        let recorder = Recorder::new(&bytes);
        assert_eq!(read_word(&recorder, Addr::new(0x1008)), Ok(8u64));
        assert_eq!(read_word(&recorder, Addr::new(0x1008)), Ok(8u64));
        assert!(read_word::<u64>(&recorder, Addr::new(0x2000)).is_err());
        assert_eq!(recorder.count(), 2);
        let kept = recorder.snapshot();
        assert_eq!(read_word(&kept, Addr::new(0x1008)), Ok(8u64));
        assert!(read_word::<u64>(&kept, Addr::new(0x1000)).is_err());
        assert_eq!(kept.len(), 8);
    }

    #[test]
    fn what_lies_beside_it_in_its_block_is_kept_in_the_same_piece() {
        let words = (0..32u64).fold(Bytes::at(0x1000), Bytes::u64);
        let recorder = Recorder::new(&words);
        for at in [0x1048, 0x1008, 0x1038, 0x1008] {
            assert_eq!(read_word(&recorder, Addr::new(at)), Ok((at - 0x1000) / 8));
        }
        let spans: Vec<Span> = recorder.snapshot().spans().collect();
        assert_eq!(spans, [Span::new(Addr::new(0x1000), 0x80)]);
    }
}
