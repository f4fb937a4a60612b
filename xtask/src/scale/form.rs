//! What gopeek is asked for.

use std::fmt;
use std::process::Command;

use crate::look::UNHURRIED;
use crate::repo;

/// An output of gopeek.
#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
pub(super) enum Form {
    /// The stacks of all goroutines.
    Dump,
    /// The hang report, with all that it can tell.
    Report,
    /// The hang report with a search through the heap.
    Deep,
    /// Everything as JSON.
    Json,
    /// One frame of the live screen.
    Top,
}

impl Form {
    /// What is measured by default.
    pub(super) const USUAL: [Self; 4] = [Self::Dump, Self::Report, Self::Json, Self::Top];

    /// gopeek, asked for this of a process. What it would write to a file goes nowhere.
    pub(super) fn command(self, pid: u32) -> Command {
        let pid = pid.to_string();
        let mut command = Command::new(repo::gopeek());
        match self {
            Self::Dump => command.args(["--format=stack", "-o", "/dev/null", UNHURRIED]),
            Self::Report => {
                command.args(["--format=report", "--all", "-o", "/dev/null", UNHURRIED])
            }
            Self::Deep => command.args(["--format=report", "--deep", "-o", "/dev/null", UNHURRIED]),
            Self::Json => command.args(["--json", "-o", "/dev/null", UNHURRIED]),
            // The interval between its two samples is all that it waits for.
            Self::Top => command.args(["top", "--once", "--interval=100ms", UNHURRIED]),
        };
        command.arg(pid);
        command
    }
}

impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Dump => "dump",
            Self::Report => "report --all",
            Self::Deep => "report --deep",
            Self::Json => "json",
            Self::Top => "top --once",
        })
    }
}
