//! A typed offset into one of the runtime's structs.

use crate::addr::Addr;
use crate::mem::{Memory, Unreadable, Word, read_word};
use std::fmt;
use std::marker::PhantomData;

/// A field of type `T`, so many bytes into a record. The number comes from DWARF, never from a hand.
pub struct Field<T> {
    offset: u32,
    word: PhantomData<fn() -> T>,
}

impl<T> Copy for Field<T> {}
impl<T> Clone for Field<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> PartialEq for Field<T> {
    fn eq(&self, other: &Self) -> bool {
        self.offset == other.offset
    }
}
impl<T> Eq for Field<T> {}

impl<T> fmt::Debug for Field<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "+{}", self.offset)
    }
}

impl<T> Field<T> {
    /// The field at `offset` bytes from the record's start.
    #[must_use]
    pub const fn at(offset: u32) -> Field<T> {
        Field {
            offset,
            word: PhantomData,
        }
    }

    /// Bytes from the record's start.
    #[must_use]
    pub const fn offset(self) -> u32 {
        self.offset
    }

    /// Where the field lies, in a record at `base`.
    #[must_use]
    pub fn addr_in(self, base: Addr) -> Option<Addr> {
        base.checked_add(u64::from(self.offset))
    }
}

impl<T> Field<T> {
    /// Where the record begins whose field lies at `at`.
    #[must_use]
    pub fn record_of(self, at: Addr) -> Option<Addr> {
        at.checked_sub(u64::from(self.offset))
    }
}

impl<T: Word> Field<T> {
    /// The field's value in the bytes of a record; nothing where they are too few.
    #[must_use]
    pub fn of(self, record: &[u8]) -> Option<T> {
        T::decode(record.get(usize::try_from(self.offset).ok()?..)?)
    }

    /// The field's value in the record at `base`.
    ///
    /// # Errors
    /// [`Unreadable`], as [`Memory::read`].
    pub fn read(self, memory: &(impl Memory + ?Sized), base: Addr) -> Result<T, Unreadable> {
        let at = self.addr_in(base).ok_or(Unreadable {
            at: base,
            len: T::SIZE,
        })?;
        read_word(memory, at)
    }
}
