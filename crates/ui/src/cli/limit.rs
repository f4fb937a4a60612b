//! How long gopeek may take before it gives up.

use super::durations;
use crate::error::{InspectError, TOO_LONG};
use crate::select;
use crate::words::printable;
use gopeek_attach::Pid;
use gopeek_attach::time_limit::{self, TimeLimit};
use std::time::Duration;

/// Usual limit of a look.
const LOOK: Duration = Duration::from_secs(5 * 60);
/// Usual limit of a look that reads or writes all memory of a process.
const LONG: Duration = Duration::from_secs(60 * 60);

/// How long a look may take.
#[derive(clap::Args, Copy, Clone, Debug)]
pub(super) struct Limit {
    /// Maximum time of one look. gopeek ends with exit code 12 when it is over [default: 5m, or 1h for save and --deep].
    #[arg(long, value_name = "DURATION", value_parser = durations::time_limit)]
    time_limit: Option<Duration>,
}

impl Limit {
    /// The usual one.
    pub(super) const USUAL: Limit = Limit { time_limit: None };

    /// Sets the end of a look at `what` that reads a part of its memory.
    pub(super) fn of_look(self, what: &str) -> TimeLimit {
        set(what, self.time_limit.unwrap_or(LOOK))
    }

    /// The limit of a look that reads or writes all memory.
    pub(super) fn of_all(self, what: &str) -> TimeLimit {
        set(what, self.time_limit.unwrap_or(LONG))
    }
}

fn set(what: &str, limit: Duration) -> TimeLimit {
    let limit_text = humantime::format_duration(limit);
    let words = format!(
        "gave up on {}, which took longer than {limit_text}\n  help: its memory or its files may never answer \
         (userfaultfd, a file system in user space or over a network); allow more time: --time-limit DURATION",
        printable(what)
    );
    time_limit::set(limit, TOO_LONG, words)
}

/// The process that `name` means.
///
/// # Errors
/// As [`select::pid`].
pub(super) fn pid(name: &str) -> Result<Pid, InspectError> {
    let _limit = Limit::USUAL.of_look("the processes of this machine");
    select::pid(name)
}
