//! The pipe, from a process to a report: the program's table of contents.

use crate::assemble::{Evidence, assemble};
use crate::error::InspectError;
use crate::find::{Found, find};
use crate::report::Report;
use crate::threads;
use gopeek_attach::capture::{Captured, PauseLimits, capture};
use gopeek_attach::files::MappedFile;
use gopeek_attach::threads::Look;
use gopeek_attach::{Pid, Process};
use gopeek_layout::capture::{Limits, Omission};
use gopeek_layout::mem::{Layered, read_word};
use gopeek_layout::moduledata::ReadOnly;
use gopeek_layout::roots::m_chain;
use gopeek_layout::{Addr, Plan};

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

/// What to look at, and how.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Refuse a layout that is not for sure this Go release's.
    pub strict: bool,
    /// What each thread does, too.
    pub threads: bool,
    /// The goroutines of which everything is wanted.
    pub selected: Vec<u64>,
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

    let limits = Limits::default();
    let seen = process.look_at_threads(if options.threads {
        Look::Activity
    } else {
        Look::Ids
    });
    let (captured, omissions) = capture_whole(&process, &found, options, limits)?;
    let now = process.monotonic_now();

    // The target runs again; everything from here on is between us and the copies.
    Ok(assemble(Evidence {
        facts: &facts,
        found: &found,
        captured: &captured,
        omissions: &omissions,
        limits,
        now,
        threads: threads::found(&process, found.arch, seen, &captured),
        selected: &options.selected,
    }))
}

/// A target that is stopped while a GC moves a stack has that one goroutine between two stacks for a moment; the
/// next moment will do.
const TRIES: usize = 3;

fn capture_whole(
    process: &Process,
    found: &Found<'_>,
    options: &Options,
    limits: Limits,
) -> Result<(Captured, Vec<Omission>), InspectError> {
    let (fields, rules) = (&found.layout.fields, found.layout.rules);
    let constant = ReadOnly(&found.modules);
    let mut again = 1..TRIES;
    loop {
        let mut plan = Plan::new(fields, rules, found.roots, limits)
            .expecting(present_ms(process, found))
            .with_details_of(options.selected.clone(), found.types());
        let captured = capture(process, PauseLimits::default(), |held| {
            let sps: Vec<Addr> = held
                .standing
                .iter()
                .map(|standing| standing.registers.sp())
                .collect();
            let known = Layered {
                over: held.got,
                under: constant,
            };
            plan.next(&known, &sps)
        })?;
        let moving = plan
            .omissions()
            .iter()
            .any(|omission| matches!(omission, Omission::Stack { .. }));
        if !moving || again.next().is_none() {
            return Ok((captured, plan.omissions().to_vec()));
        }
    }
}

/// The Ms that there are now. Asked for beforehand, they need no wave each while the target stands still.
fn present_ms(process: &Process, found: &Found<'_>) -> Vec<Addr> {
    let first = found.roots.allm.map(|root| read_word(process, root.at));
    let chain = first.and_then(|first| m_chain(process, &found.layout.fields, first.ok()?));
    chain.unwrap_or_default()
}
