//! What the runtime printed last before it began to crash: it keeps the last bytes in a ring (`runtime.printBacklog`,
//! `recordForPanic` of `runtime/print.go`).
//!
//! `throw` prints its text before it says that it is crashing, so the text of a fatal error is there, and what goes before
//! it. What a panic prints is not.

use crate::addr::Addr;
use crate::mem::{Memory, read_bytes, read_word};
use crate::roots::Search;

/// `len(printBacklog)`, the same in every Go from 1.19 to 1.27.
const LEN: usize = 512;
/// The function that fills it.
const WRITER: &str = "runtime.recordForPanic";

/// What is in the ring, the oldest first; nothing where it can't be found, or nothing was printed.
#[must_use]
pub fn read(search: &Search<'_, '_>) -> Option<Vec<u8>> {
    let names = ["runtime.printBacklog", "runtime.printBacklogIndex"];
    let symbols = search.module.image.symbols(names);
    let bias = search.module.bias;
    let [ring, index] = symbols.map(|span| span?.start.checked_add(bias));
    if let Some((ring, index)) = ring.zip(index) {
        return in_order(search.memory, ring, index);
    }
    // The function reads `panicking` first, then the index, then the ring: of what could be one, the last is.
    let globals = search.globals_of(WRITER);
    let pairs = globals.iter().flat_map(|ring| {
        let others = globals.iter().rev().filter(move |index| *index != ring);
        others.map(move |index| (*ring, *index))
    });
    let mut texts = pairs.filter_map(|(ring, index)| in_order(search.memory, ring, index));
    texts.next()
}

/// The bytes of the ring from its index on. It began full of zeros, and a text has none.
fn in_order(memory: &dyn Memory, ring: Addr, index: Addr) -> Option<Vec<u8>> {
    let index: u64 = read_word(memory, index).ok()?;
    let index = usize::try_from(index).ok().filter(|index| *index < LEN)?;
    let mut bytes = read_bytes(memory, ring, LEN).ok()?;
    bytes.rotate_left(index);
    let unused = bytes.iter().take_while(|byte| **byte == 0).count();
    bytes.drain(..unused);
    (!bytes.is_empty() && !bytes.contains(&0)).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::{LEN, in_order};
    use crate::addr::Addr;
    use crate::testing::Bytes;

    /// A ring and, behind it, its index.
    fn ring(bytes: &[u8; LEN], index: u64) -> Option<Vec<u8>> {
        let mut memory = Bytes::at(0x1000);
        for word in bytes.as_chunks::<8>().0 {
            memory = memory.u64(u64::from_le_bytes(*word));
        }
        let memory = memory.u64(index);
        in_order(&memory, Addr::new(0x1000), Addr::new(0x1000 + 512))
    }

    #[test]
    fn a_ring_that_is_not_full_begins_at_its_start() {
        let mut bytes = [0; LEN];
        bytes[..4].copy_from_slice(b"abc\n");
        assert_eq!(ring(&bytes, 4).as_deref(), Some(&b"abc\n"[..]));
    }

    #[test]
    fn a_full_ring_begins_at_its_index() {
        let mut bytes = [b'x'; LEN];
        bytes[3] = b'a';
        let text = ring(&bytes, 3).unwrap();
        assert_eq!((text.len(), text[0], text[1]), (LEN, b'a', b'x'));
    }

    #[test]
    fn what_is_no_ring_is_none() {
        assert_eq!(ring(&[0; LEN], 0), None);
        assert_eq!(ring(&[b'x'; LEN], 512), None);
        let mut bytes = [0; LEN];
        bytes[..4].copy_from_slice(b"abc\n");
        assert_eq!(ring(&bytes, 2), None);
    }
}
