//! Why a core can't be read at all, and what is wrong with one that can.

use std::fmt;
use std::io;
use thiserror::Error;

/// Why a file can't be read as a core.
#[derive(Debug, Error)]
pub enum CoreError {
    /// Not ELF at all.
    #[error("not an ELF file")]
    NotElf,
    /// A program, a library, an object.
    #[error("an ELF file, but not a core")]
    NotCore,
    /// Of a process of 32 bits.
    #[error("a core of a 32-bit process")]
    Bits32,
    /// Of a big-endian machine.
    #[error("a core of a big-endian machine")]
    BigEndian,
    /// Of a machine that gopeek does not know, by its `e_machine`.
    #[error("unsupported architecture (ELF machine {0})")]
    Machine(u16),
    /// The file ends before its headers do, or right behind them.
    #[error("cut off before any thread or memory")]
    CutOff,
    /// The headers are of a size that no writer gives them.
    #[error("its headers make no sense")]
    Headers,
    /// Packed by a program whose format gopeek does not know.
    #[error("packed by {0}; unpack it first")]
    Packed(&'static str),
    /// There is too little space to unpack it.
    #[error("there is too little space to unpack it: 1 GiB must stay free")]
    NoSpace,
    /// Nothing is in it that could be shown.
    #[error("neither a thread nor memory is in it")]
    Empty,
    /// What the system answered.
    #[error("cannot {operation}")]
    System {
        /// What was tried.
        operation: &'static str,
        /// The answer.
        source: io::Error,
    },
}

impl CoreError {
    pub(super) fn system(operation: &'static str) -> impl FnOnce(io::Error) -> CoreError {
        move |source| CoreError::System { operation, source }
    }
}

/// What is wrong with a core of which the rest could be read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum CoreProblem {
    /// The file ends before all memory that it should hold; so many bytes are missing.
    CutOff(u64),
    /// Of the headers of memory, only so many are there, or it is not known how many there are.
    HeadersCutOff(usize),
    /// So many segments would go on behind the last address.
    BeyondMemory(usize),
    /// So many bytes are there twice, in segments that overlap. Those of the first one were taken.
    Overlap(u64),
    /// Notes (threads, mappings) are cut off.
    NotesCutOff,
    /// So many notes hold less than they should, or what makes no sense.
    BadNotes(usize),
    /// So many segments of notes lie over others, and were left out.
    NotesTwice(usize),
    /// A packed file could be unpacked only in part.
    Unpacked {
        /// How many bytes came.
        came: u64,
        /// Why no more did.
        reason: String,
    },
}

impl fmt::Display for CoreProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CoreProblem::CutOff(missing) => {
                write!(
                    f,
                    "the core is cut off: {missing} bytes of memory are missing"
                )
            }
            CoreProblem::HeadersCutOff(known) => {
                write!(
                    f,
                    "the core's headers are cut off: only {known} of them are known"
                )
            }
            CoreProblem::BeyondMemory(count) => {
                write!(
                    f,
                    "{count} segments of the core lie beyond the end of memory"
                )
            }
            CoreProblem::Overlap(bytes) => {
                write!(f, "segments of the core overlap by {bytes} bytes")
            }
            CoreProblem::NotesCutOff => f.write_str("the core's notes are cut off"),
            CoreProblem::BadNotes(count) => {
                write!(f, "{count} of the core's notes make no sense")
            }
            CoreProblem::NotesTwice(count) => {
                write!(
                    f,
                    "{count} segments of notes lie over others, and were left out"
                )
            }
            CoreProblem::Unpacked { came, reason } => {
                write!(
                    f,
                    "the core could not be unpacked beyond {came} bytes: {reason}"
                )
            }
        }
    }
}
