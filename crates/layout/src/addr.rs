//! An address in a target's memory, and the arithmetic that cannot wrap.

use std::fmt;

/// An address in the target, in bytes. It is a number from a foreign process: it may point anywhere,
/// so it has checked methods and no operators.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Addr(u64);

impl Addr {
    /// Go's nil.
    pub const NULL: Addr = Addr(0);

    /// The address `raw`, as the target would hold it in a word.
    #[must_use]
    pub const fn new(raw: u64) -> Addr {
        Addr(raw)
    }

    /// The raw number.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }

    /// Whether this is nil.
    #[must_use]
    pub const fn is_null(self) -> bool {
        self.0 == 0
    }

    /// `self + bytes`, or nothing where that leaves the address space.
    #[must_use]
    pub const fn checked_add(self, bytes: u64) -> Option<Addr> {
        match self.0.checked_add(bytes) {
            Some(sum) => Some(Addr(sum)),
            None => None,
        }
    }

    /// `self - bytes`, or nothing below zero.
    #[must_use]
    pub const fn checked_sub(self, bytes: u64) -> Option<Addr> {
        match self.0.checked_sub(bytes) {
            Some(rest) => Some(Addr(rest)),
            None => None,
        }
    }

    /// How many bytes `self` lies above `base`, or nothing where it lies below.
    #[must_use]
    pub const fn offset_from(self, base: Addr) -> Option<u64> {
        self.0.checked_sub(base.0)
    }

    /// Whether the address is a multiple of `align` bytes.
    #[must_use]
    pub const fn is_aligned(self, align: u64) -> bool {
        self.0.is_multiple_of(align)
    }
}

impl fmt::Display for Addr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#x}", self.0)
    }
}

impl fmt::Debug for Addr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#x}", self.0)
    }
}

/// The half-open span of memory `[start, start + len)`.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Span {
    /// First byte.
    pub start: Addr,
    /// Length in bytes.
    pub len: u64,
}

impl Span {
    /// The span of `len` bytes from `start`.
    #[must_use]
    pub const fn new(start: Addr, len: u64) -> Span {
        Span { start, len }
    }

    /// The span from `start` up to `end`; nothing where `end` lies below `start`.
    #[must_use]
    pub const fn between(start: Addr, end: Addr) -> Option<Span> {
        match end.offset_from(start) {
            Some(len) => Some(Span { start, len }),
            None => None,
        }
    }

    /// One past the last byte, or nothing where the span wraps.
    #[must_use]
    pub const fn end(self) -> Option<Addr> {
        self.start.checked_add(self.len)
    }

    /// Whether `at` lies inside.
    #[must_use]
    pub const fn contains(self, at: Addr) -> bool {
        match at.offset_from(self.start) {
            Some(offset) => offset < self.len,
            None => false,
        }
    }
}
