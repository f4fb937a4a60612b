//! What came of a cell: for each kind of core, how much of it is what the process showed.

use std::fmt;
use std::time::Duration;

use super::dumper::Dumper;
use crate::agree::Agreement;

/// Whose core it is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Kind {
    /// `gopeek save`'s.
    Saved,
    /// The same, packed.
    Packed,
    /// Somebody else's.
    Of(Dumper),
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Saved => f.pad("saved"),
            Self::Packed => f.pad("packed"),
            Self::Of(dumper) => dumper.fmt(f),
        }
    }
}

/// Every kind, in the order of a report.
pub(super) const KINDS: [Kind; 4] = [
    Kind::Saved,
    Kind::Packed,
    Kind::Of(Dumper::Gcore),
    Kind::Of(Dumper::Delve),
];

/// How much of what a core showed is what the process showed.
#[derive(Default)]
pub(super) struct Sameness {
    /// Texts that are the same.
    pub(super) same: usize,
    /// Texts compared.
    pub(super) all: usize,
    /// Bytes of them.
    pub(super) bytes: usize,
    /// What is different, as people read it.
    pub(super) differences: Vec<String>,
}

/// What came of a cell that ran.
pub(super) struct Outcome {
    /// The cores that there were.
    pub(super) cores: Vec<(Kind, Sameness)>,
    /// Those that could not be had, and why.
    pub(super) skipped: Vec<(Kind, String)>,
    /// The saved core's text, and what the program had printed of itself.
    pub(super) own: Agreement,
    /// Bytes of the saved core, and packed.
    pub(super) sizes: (u64, u64),
    /// What debuggers say of the saved core; nothing where they were not asked.
    pub(super) debuggers: Vec<super::debugger::Answer>,
    /// From its start to its end.
    pub(super) took: Duration,
}
