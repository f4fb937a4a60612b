//! Memory that keeps what was read of it: what it took to find Go in a process, it takes again to find it in the core.

use gopeek_attach::Snapshot;
use gopeek_layout::{Addr, Memory, Span, Unreadable};
use std::cell::RefCell;
use std::collections::HashMap;

/// `under`, and what was read of it.
pub(super) struct Recorder<'m> {
    under: &'m dyn Memory,
    read: RefCell<HashMap<Span, Vec<u8>>>,
}

impl<'m> Recorder<'m> {
    /// Nothing was read yet.
    pub(super) fn new(under: &'m dyn Memory) -> Recorder<'m> {
        Recorder {
            under,
            read: RefCell::default(),
        }
    }

    /// All that was read; of bytes that were read twice, those of either time.
    pub(super) fn snapshot(self) -> Snapshot {
        let read = self.read.into_inner();
        let mut snapshot = Snapshot::default();
        snapshot.keep(read.iter().map(|(span, bytes)| (span.start, &bytes[..])));
        snapshot
    }
}

impl Memory for Recorder<'_> {
    fn read(&self, at: Addr, buf: &mut [u8]) -> Result<(), Unreadable> {
        self.under.read(at, buf)?;
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
        assert!(read_word::<u64>(&recorder, Addr::new(0x2000)).is_err());
        let kept = recorder.snapshot();
        assert_eq!(read_word(&kept, Addr::new(0x1008)), Ok(8u64));
        assert!(read_word::<u64>(&kept, Addr::new(0x1000)).is_err());
        assert_eq!(kept.len(), 8);
    }
}
