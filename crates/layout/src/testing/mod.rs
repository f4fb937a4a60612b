//! Memory for tests, written down like a stack diagram. Files for tests are in [`elf`].
//!
//! ```
//! use gopeek_layout::testing::Bytes;
//! use gopeek_layout::{Addr, Memory};
//!
//! let stack = Bytes::at(0x1000).mark("sp").u64(7).mark("return").u64(0x40_1000);
//! assert_eq!(stack.addr("return"), Addr::new(0x1008));
//! let mut word = [0; 8];
//! stack.read(stack.addr("sp"), &mut word).unwrap();
//! assert_eq!(u64::from_le_bytes(word), 7);
//! ```

pub mod elf;
pub mod types;

use crate::addr::Addr;
use crate::mem::{Memory, Unreadable};
use std::collections::HashMap;

/// Bytes from one address up, with names for places in them.
#[derive(Clone, Debug, Default)]
pub struct Bytes {
    start: u64,
    content: Vec<u8>,
    marks: HashMap<&'static str, Addr>,
}

impl Bytes {
    /// Nothing yet, from `start` up.
    #[must_use]
    pub fn at(start: u64) -> Bytes {
        Bytes {
            start,
            ..Bytes::default()
        }
    }

    /// Names the place that comes next.
    #[must_use]
    pub fn mark(mut self, name: &'static str) -> Bytes {
        let here = self.end();
        self.marks.insert(name, here);
        self
    }

    /// A 64-bit word.
    #[must_use]
    pub fn u64(self, value: u64) -> Bytes {
        self.raw(&value.to_le_bytes())
    }

    /// A 32-bit word.
    #[must_use]
    pub fn u32(self, value: u32) -> Bytes {
        self.raw(&value.to_le_bytes())
    }

    /// Bytes as they are.
    #[must_use]
    pub fn raw(mut self, bytes: &[u8]) -> Bytes {
        self.content.extend(bytes);
        self
    }

    /// Zeroes up to `offset` bytes from the start.
    #[must_use]
    pub fn up_to(mut self, offset: usize) -> Bytes {
        self.content.resize(offset.max(self.content.len()), 0);
        self
    }

    /// The place called `name`.
    ///
    /// # Panics
    /// When nothing was given that name: a mistake in the test.
    #[must_use]
    pub fn addr(&self, name: &str) -> Addr {
        self.marks[name]
    }

    /// One past the last byte.
    #[must_use]
    pub fn end(&self) -> Addr {
        Addr::new(self.start + self.content.len() as u64)
    }
}

impl Memory for Bytes {
    fn read(&self, at: Addr, buf: &mut [u8]) -> Result<(), Unreadable> {
        let unreadable = Unreadable { at, len: buf.len() };
        let offset = at.offset_from(Addr::new(self.start)).ok_or(unreadable)?;
        let offset = usize::try_from(offset).map_err(|_| unreadable)?;
        let end = offset.checked_add(buf.len()).ok_or(unreadable)?;
        buf.copy_from_slice(self.content.get(offset..end).ok_or(unreadable)?);
        Ok(())
    }
}

/// Several pieces of memory as one.
impl Memory for [Bytes] {
    fn read(&self, at: Addr, buf: &mut [u8]) -> Result<(), Unreadable> {
        let unreadable = Unreadable { at, len: buf.len() };
        self.iter()
            .find_map(|piece| piece.read(at, buf).ok())
            .ok_or(unreadable)
    }
}
