//! The pipe, from a process to a report: the program's table of contents.

use crate::assemble::assemble;
use crate::error::InspectError;
use crate::find::{Found, find};
use crate::report::Report;
use gopeek_attach::capture::{Captured, PauseLimits, capture};
use gopeek_attach::files::MappedFile;
use gopeek_attach::{Pid, Process};
use gopeek_layout::Plan;
use gopeek_layout::capture::{Limits, Omission};

/// Finds Go in a live process, which may end while it is looked at.
///
/// # Errors
/// [`InspectError`], as [`find`]; that it ended is the better reason than what that made of its memory.
pub fn understand<'f>(
    process: &Process,
    files: &'f [MappedFile],
    strict: bool,
) -> Result<Found<'f>, InspectError> {
    find(process, files, strict).or_else(|error| {
        process
            .confirm()
            .map_err(InspectError::from)
            .and(Err(error))
    })
}

/// Looks at the process `pid` once. With `strict`, only with a layout that is for sure its Go release's.
///
/// # Errors
/// [`InspectError`]: whatever keeps the target from being shown. Trouble with single goroutines is in the report.
pub fn inspect(pid: Pid, strict: bool) -> Result<Report, InspectError> {
    let process = Process::open(pid)?;
    let files = process.code_files()?;
    let found = understand(&process, &files, strict)?;
    let facts = process.facts()?;

    let limits = Limits::default();
    let (captured, omissions) = capture_whole(&process, &found, limits)?;
    let now = process.monotonic_now();

    // The target runs again; everything from here on is between us and the copies.
    Ok(assemble(&facts, &found, &captured, &omissions, limits, now))
}

/// A target that is stopped while a GC moves a stack has that one goroutine between two stacks for a moment; the
/// next moment will do.
const TRIES: usize = 3;

fn capture_whole(
    process: &Process,
    found: &Found<'_>,
    limits: Limits,
) -> Result<(Captured, Vec<Omission>), InspectError> {
    let (fields, rules) = (&found.layout.fields, found.layout.rules);
    let mut again = 1..TRIES;
    loop {
        let mut plan = Plan::new(fields, rules, found.roots, limits);
        let captured = capture(process, PauseLimits::default(), |got| plan.next(got))?;
        let moving = plan
            .omissions()
            .iter()
            .any(|omission| matches!(omission, Omission::Stack { .. }));
        if !moving || again.next().is_none() {
            return Ok((captured, plan.omissions().to_vec()));
        }
    }
}
