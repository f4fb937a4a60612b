//! The pipe, from a process to a report: the program's table of contents.

use crate::assemble::assemble;
use crate::error::InspectError;
use crate::find::{Found, find};
use crate::report::Report;
use gopeek_attach::capture::{PauseLimits, capture};
use gopeek_attach::files::MappedFile;
use gopeek_attach::{Pid, Process};
use gopeek_layout::Plan;
use gopeek_layout::capture::Limits;

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
    let mut plan = Plan::new(
        &found.layout.fields,
        found.layout.rules,
        found.roots,
        limits,
    );
    let captured = capture(&process, PauseLimits::default(), |got| plan.next(got))?;
    let now = process.monotonic_now();

    // The target runs again; everything from here on is between us and the copies.
    Ok(assemble(
        &facts,
        &found,
        &captured,
        plan.omissions(),
        limits,
        now,
    ))
}
