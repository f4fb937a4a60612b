//! Memory that notes what it lacks: how a decoder tells a plan which bytes it wants next.
//!
//! Lists of lists, maps and chains can't be asked for in one go, since each part says where the next one is. So they are
//! decoded again and again from what has come, until nothing is missing.

use crate::addr::{Addr, Span};
use crate::mem::{Memory, Unreadable};
use std::cell::RefCell;

/// `under`, and what was asked of it in vain.
pub struct Noting<'m> {
    under: &'m dyn Memory,
    missing: RefCell<Vec<Span>>,
}

impl<'m> Noting<'m> {
    /// Nothing is missing yet.
    #[must_use]
    pub fn new(under: &'m dyn Memory) -> Noting<'m> {
        Noting {
            under,
            missing: RefCell::new(Vec::new()),
        }
    }

    /// What was missing, in the order in which it was asked for.
    #[must_use]
    pub fn missing(self) -> Vec<Span> {
        self.missing.into_inner()
    }
}

impl Memory for Noting<'_> {
    fn read(&self, at: Addr, buf: &mut [u8]) -> Result<(), Unreadable> {
        self.under.read(at, buf).inspect_err(|unreadable| {
            let len = u64::try_from(unreadable.len).unwrap_or(u64::MAX);
            self.missing
                .borrow_mut()
                .push(Span::new(unreadable.at, len));
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Noting;
    use crate::addr::{Addr, Span};
    use crate::mem::read_word;
    use crate::testing::Bytes;

    #[test]
    fn only_what_is_lacking_is_noted() {
        let bytes = Bytes::at(0x1000).u64(7);
        let noting = Noting::new(&bytes);
        assert_eq!(read_word(&noting, Addr::new(0x1000)), Ok(7u64));
        assert!(read_word::<u64>(&noting, Addr::new(0x2000)).is_err());
        assert_eq!(noting.missing(), [Span::new(Addr::new(0x2000), 8)]);
    }
}
