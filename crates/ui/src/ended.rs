//! How gopeek ended where it did not fail: what a script is to know of what was found.

use crate::report::{Report, Weight};
use std::process::ExitCode;

/// An end that is no failure.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(crate) enum Ended {
    /// What was asked for is done; of a check: all is calm.
    Done,
    /// A check found something suspicious, and nothing worse.
    Suspicious,
    /// A check found something that does not go on.
    Stuck,
}

impl Ended {
    /// What a check ends with, by the worst finding.
    pub(crate) fn of(report: &Report) -> Ended {
        let weights = report.findings.iter().map(|finding| finding.weight);
        match weights.max() {
            Some(Weight::Stuck) => Ended::Stuck,
            Some(Weight::Suspicious) => Ended::Suspicious,
            Some(Weight::Note) | None => Ended::Done,
        }
    }

    /// The exit code, as `--help` documents it; apart from those of failures.
    pub(crate) fn exit_code(self) -> ExitCode {
        ExitCode::from(match self {
            Ended::Done => 0,
            Ended::Suspicious => 10,
            Ended::Stuck => 11,
        })
    }
}
