//! How a target was looked at: what that cost it, and how much of the picture is of one moment.

use std::time::Duration;

/// How a target was looked at.
#[derive(Clone, Debug, Default)]
pub struct Taken {
    /// How long it stood still; nothing when it was not stopped.
    pub stopped_for: Option<Duration>,
    /// Why it was not stopped; nothing when it was.
    pub not_stopped: Option<NotStopped>,
    /// How many of its threads stood still.
    pub threads_stopped: usize,
    /// How many did not.
    pub threads_missed: usize,
    /// From the first look to the last.
    pub took: Duration,
    /// How whole the picture is.
    pub quality: Quality,
}

/// Why a target was not stopped.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum NotStopped {
    /// It was not to be.
    Asked,
    /// Another process traces it.
    Traced {
        /// Who: its pid and its name.
        tracer: (i32, String),
    },
    /// The kernel refused, and yet let us read.
    Refused {
        /// Why.
        cause: String,
    },
}

/// How many goroutines are not as sure as a look at a target that stands still can be.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Default)]
pub struct Quality {
    /// They ran whenever they were looked at: there is no stack of them.
    pub moved: usize,
    /// Their stacks are not whole.
    pub torn: usize,
    /// allgs names them, and they could not be read.
    pub unreadable: usize,
    /// There was no time to look at them again when the target stood still: each is whole, but of a moment before.
    pub unconfirmed: usize,
}
