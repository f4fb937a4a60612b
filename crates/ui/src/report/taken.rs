//! How a target was looked at: what that cost it, and how much of the picture is of one moment.

use gopeek_attach::foreign::Foreign;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

/// How a target was looked at.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Taken {
    /// How long it stood still; nothing when it was not stopped.
    pub stopped_for: Option<Duration>,
    /// By how much that was longer than asked for, and why.
    pub over: Option<Over>,
    /// Why it was not stopped; nothing when it was.
    pub not_stopped: Option<NotStopped>,
    /// How many of its threads stood still.
    pub threads_stopped: usize,
    /// How many did not.
    pub threads_missed: usize,
    /// How many slept all the time, and were left alone.
    pub threads_asleep: usize,
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

/// A pause that was longer than asked for.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Over {
    /// By how much.
    pub by: Duration,
    /// What took so long.
    pub why: Late,
}

/// What made a pause longer than asked for.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Late {
    /// To stop the threads, and to let them go.
    Threads,
    /// gopeek waited for a CPU.
    NoCpu,
}

impl Over {
    /// Less than this no clock of a busy host can be held to.
    const TOLERANCE: Duration = Duration::from_millis(2);

    /// Whether a pause that `lasted` so long, so much of it `for_threads`, was longer than the `limit`.
    #[must_use]
    pub fn of(lasted: Duration, for_threads: Duration, limit: Duration) -> Option<Over> {
        let by = lasted.checked_sub(limit)?;
        (by > Over::TOLERANCE).then_some(Over {
            by,
            why: if for_threads >= by {
                Late::Threads
            } else {
                Late::NoCpu
            },
        })
    }
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
    /// Which dump of a text it is; nothing of a core.
    pub text: Option<Box<TextDump>>,
}

/// A dump in a text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TextDump {
    /// Which of the text's dumps, counted from 1.
    pub number: usize,
    /// Number of dumps in the text.
    pub dumps: usize,
    /// Its first line and its last, counted from 1.
    pub lines: (u64, u64),
    /// Whether neither its beginning nor its end is missing.
    pub is_whole: bool,
    /// The lines before its goroutines that say why it was printed.
    pub head: Vec<String>,
}

/// Why a target was not stopped.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum NotStopped {
    /// It was not to be.
    Asked,
    /// Another process traces it.
    Traced {
        /// Who: its pid and its name.
        tracer: (i32, Foreign),
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
