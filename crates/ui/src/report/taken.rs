//! How a target was looked at: what that cost it, and how much of the picture is of one moment.

use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

/// How a target was looked at.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Taken {
    /// How long it stood still; nothing when it was not stopped.
    pub stopped_for: Option<Duration>,
    /// Why it was not stopped; nothing when it was.
    pub not_stopped: Option<NotStopped>,
    /// How many of its threads stood still.
    pub threads_stopped: usize,
    /// How many did not.
    pub threads_missed: usize,
    /// When it was.
    #[serde(skip)]
    pub at: Option<SystemTime>,
    /// From the first look to the last.
    pub took: Duration,
    /// How whole the picture is.
    pub quality: Quality,
    /// The file that it was read from; nothing of a live process.
    #[serde(skip)]
    pub from: Option<Saved>,
}

/// A file that a process was saved in.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Saved {
    /// The file.
    pub path: PathBuf,
    /// When it was written, where it says so.
    pub at: Option<SystemTime>,
    /// Whether it says what time it was on the target's own clock. Where it does not, everything has waited at least as
    /// long as is shown.
    pub has_clock: bool,
}

/// Why a target was not stopped.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
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
#[derive(Copy, Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
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
