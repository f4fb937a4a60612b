//! The pipe, from a process to a report: the program's table of contents.

use crate::assemble::{Evidence, assemble};
use crate::error::InspectError;
use crate::find::{Found, find};
use crate::locals::{Debug, Variables};
use crate::native::NativeCode;
use crate::options::Options;
use crate::report::{Problem, Report};
use crate::take::Capture;
use crate::threads;
use gopeek_attach::files::MappedFile;
use gopeek_attach::threads::Look;
use gopeek_attach::{Pid, Process};
use gopeek_layout::Limits;

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

/// Looks at the process `pid` once.
///
/// # Errors
/// [`InspectError`]: whatever keeps the target from being shown. Trouble with single goroutines is in the report.
pub fn inspect(pid: Pid, options: &Options) -> Result<Report, InspectError> {
    let process = Process::open(pid)?;
    let files = process.code_files()?;
    let found = understand(&process, &files, options.strict)?;
    let facts = process.facts()?;

    let vdso = process.vdso().filter(|_| options.native);
    let native = options
        .native
        .then(|| NativeCode::new(&process, &files, vdso.as_ref()));
    let debug = options.locals.then(|| Debug::load(&found));
    let (debug, no_variables) = match debug.transpose() {
        Ok(debug) => (debug, None),
        Err(why) => (
            None,
            Some(Problem::NoVariables {
                why: why.to_string(),
            }),
        ),
    };
    let mut variables = debug
        .as_ref()
        .map(|debug| Variables::new(debug, options.runtime));
    let look = if options.threads {
        Look::Activity
    } else {
        Look::Ids
    };
    let capture = Capture {
        process: &process,
        found: &found,
        options,
        seen: &process.look_at_threads(look),
        limits: Limits::default(),
    };
    if variables.is_some() {
        // What has been read of DWARF is kept: so it need not be read while the target stands still.
        capture.running(variables.as_ref())?;
    }
    let (captured, omissions) = capture.stopped(variables.as_mut())?;
    let now = process.monotonic_now();

    // The target runs again; everything from here on is between us and the copies.
    let mut report = assemble(Evidence {
        facts: &facts,
        found: &found,
        captured: &captured,
        omissions: &omissions,
        limits: capture.limits,
        now,
        threads: threads::found(&process, found.arch, capture.seen, &captured),
        selected: &options.selected,
        native: native.as_ref(),
        variables: variables.as_ref(),
    });
    report.problems.extend(no_variables);
    Ok(report)
}
