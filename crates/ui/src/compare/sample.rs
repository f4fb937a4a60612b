//! Several whole looks at a live process, which runs on in between.

use super::threads::{Account, look as threads_of};
use super::{Detail, Picture, compare, findings};
use crate::error::InspectError;
use crate::progress::Line;
use crate::report::{Changes, Report};
use gopeek_attach::Pid;
use std::cmp::Reverse;
use std::thread;
use std::time::{Duration, Instant};

/// How often is looked, and how far apart.
#[derive(Copy, Clone, Debug)]
pub(crate) struct Sampling {
    /// At least one.
    pub(crate) looks: u32,
    /// From the beginning of a look to that of the next.
    pub(crate) interval: Duration,
}

/// The last of several looks at the process, with what has changed since the first. `look` is told whether it is the last one.
///
/// # Errors
/// That of the first look that fails.
pub(crate) fn sample(
    pid: Pid,
    sampling: Sampling,
    look: impl Fn(bool) -> Result<Report, InspectError>,
) -> Result<Report, InspectError> {
    let mut pictures = Vec::new();
    let mut account = Account::default();
    let mut line = Line::new(
        sampling
            .interval
            .saturating_mul(sampling.looks.saturating_sub(1)),
    );
    for done in 1..sampling.looks {
        let begun = Instant::now();
        pictures.push(Picture::of(&look(false)?, Detail::All));
        account.begin(threads_of(pid));
        line.say(format_args!(
            "look {done} of {} is done; the target runs on",
            sampling.looks
        ));
        thread::sleep(sampling.interval.saturating_sub(begun.elapsed()));
        account.end(&threads_of(pid));
    }
    drop(line);
    let mut report = look(true)?;
    if pictures.is_empty() {
        return Ok(report);
    }
    pictures.push(Picture::of(&report, Detail::All));
    report.changes = compare(&pictures).map(|changes| Changes {
        threads: account.threads(),
        ..changes
    });
    if let Some(changes) = &report.changes {
        let found = findings(&report, changes);
        report.findings.extend(found);
        report
            .findings
            .sort_by_key(|finding| Reverse(finding.weight));
    }
    Ok(report)
}
