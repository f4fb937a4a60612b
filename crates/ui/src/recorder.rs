//! Memory that keeps what was read of it: what it took to find Go in a process, it takes again to find it in the core.

use gopeek_attach::Snapshot;
use gopeek_layout::{Addr, Memory, Span, Unreadable};
use std::cell::{Cell, RefCell};
use std::collections::HashMap;

/// `under`, and what was read of it.
pub(crate) struct Recorder<'m> {
    under: &'m dyn Memory,
    read: RefCell<HashMap<Span, Vec<u8>>>,
    count: Cell<usize>,
}

impl<'m> Recorder<'m> {
    /// Nothing was read yet.
    pub(crate) fn new(under: &'m dyn Memory) -> Recorder<'m> {
        Recorder {
            under,
            read: RefCell::default(),
            count: Cell::default(),
        }
    }

    /// How often it was read.
    pub(crate) fn count(&self) -> usize {
        self.count.get()
    }

    /// All that was read; of bytes that were read twice, those of either time.
    pub(crate) fn snapshot(self) -> Snapshot {
        let read = self.read.into_inner();
        let mut snapshot = Snapshot::default();
        snapshot.keep(read.iter().map(|(span, bytes)| (span.start, &bytes[..])));
        snapshot
    }
}

impl Memory for Recorder<'_> {
    fn read(&self, at: Addr, buf: &mut [u8]) -> Result<(), Unreadable> {
        self.under.read(at, buf)?;
        self.count.set(self.count.get() + 1);
        let span = Span::new(at, buf.len() as u64);
        self.read.borrow_mut().insert(span, buf.to_vec());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::Recorder;
    use gopeek_layout::Addr;
    use gopeek_layout::mem::read_word;
    use gopeek_layout::testing::Bytes;

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
}
