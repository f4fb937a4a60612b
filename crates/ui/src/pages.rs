//! Memory that is read by the page and remembered: what is looked up of goroutines is small, of thousands, and lies side by
//! side.

use gopeek_layout::{Addr, Memory, Unreadable};
use rustc_hash::FxHashMap;
use std::cell::RefCell;

/// Bytes of a page: Go's own, of which its heap gives records of one size several.
const PAGE: u64 = 8192;
/// So many are remembered; then all are forgotten.
const MAX_PAGES: usize = 8 << 10;

/// `under`, as it was when each page was first read.
pub(crate) struct Pages<M> {
    under: M,
    known: RefCell<FxHashMap<u64, Option<Box<[u8]>>>>,
}

impl<M: Memory> Pages<M> {
    pub(crate) fn new(under: M) -> Pages<M> {
        Pages {
            under,
            known: RefCell::default(),
        }
    }

    /// Fills `buf` from within one page.
    fn within(&self, at: Addr, buf: &mut [u8]) -> Option<()> {
        let offset = at.get() % PAGE;
        let start = Addr::new(at.get() - offset);
        let mut known = self.known.borrow_mut();
        if known.len() >= MAX_PAGES {
            known.clear();
        }
        let page = known.entry(start.get()).or_insert_with(|| {
            let mut page = vec![0; usize::try_from(PAGE).unwrap_or(0)].into_boxed_slice();
            self.under.read(start, &mut page).ok().map(|()| page)
        });
        let from = usize::try_from(offset).ok()?;
        let bytes = page.as_ref()?.get(from..from.checked_add(buf.len())?)?;
        buf.copy_from_slice(bytes);
        Some(())
    }
}

impl<M: Memory> Memory for Pages<M> {
    fn read(&self, at: Addr, buf: &mut [u8]) -> Result<(), Unreadable> {
        let mut done = 0;
        while done < buf.len() {
            let unreadable = Unreadable { at, len: buf.len() };
            let from = at.checked_add(done as u64).ok_or(unreadable)?;
            let left = usize::try_from(PAGE - from.get() % PAGE).unwrap_or(usize::MAX);
            let end = done.saturating_add(left).min(buf.len());
            if self.within(from, &mut buf[done..end]).is_none() {
                // Not all of a page need be there, of a core.
                return self.under.read(at, buf);
            }
            done = end;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{PAGE, Pages};
    use gopeek_layout::mem::read_word;
    use gopeek_layout::testing::Bytes;
    use gopeek_layout::{Addr, Memory, Unreadable};
    use std::cell::Cell;

    struct Counted<'m> {
        under: &'m Bytes,
        reads: Cell<usize>,
    }

    impl Memory for &Counted<'_> {
        fn read(&self, at: Addr, buf: &mut [u8]) -> Result<(), Unreadable> {
            self.reads.set(self.reads.get() + 1);
            self.under.read(at, buf)
        }
    }

    #[test]
    fn a_page_is_read_once_and_what_is_no_whole_page_word_by_word() {
        let words = (0..PAGE / 4).fold(Bytes::at(PAGE), Bytes::u64);
        let counted = Counted {
            under: &words.u64(4711),
            reads: Cell::new(0),
        };
        let pages = Pages::new(&counted);
        for word in 0..PAGE / 4 {
            assert_eq!(read_word(&pages, Addr::new(PAGE + 8 * word)), Ok(word));
        }
        assert_eq!(counted.reads.get(), 2);
        // Across the two, then in a page of which there are eight bytes, then where nothing is.
        let mut both = [0; 16];
        assert!(pages.read(Addr::new(2 * PAGE - 8), &mut both).is_ok());
        assert_eq!(both[..8], (PAGE / 8 - 1).to_le_bytes());
        assert_eq!(read_word(&pages, Addr::new(3 * PAGE)), Ok(4711u64));
        assert!(read_word::<u64>(&pages, Addr::new(3 * PAGE + 8)).is_err());
    }
}
