//! The pipe, from a process to a report: the program's table of contents.

use crate::assemble::{Evidence, Extras, Look as SecondLook, Scene, assemble};
use crate::book::Book;
use crate::diagnose::{Deep, Live};
use crate::error::InspectError;
use crate::find::{Found, find};
use crate::first::{self, How};
use crate::locals::{Debug, Variables};
use crate::native::NativeCode;
use crate::options::Options;
use crate::report::{self, NotStopped, Over, Problem, Quality, Report};
use crate::take::{Capture, Copied, Taken};
use crate::unstopped;
use gopeek_attach::again::Watched;
use gopeek_attach::capture::Captured;
use gopeek_attach::denied::Denied;
use gopeek_attach::files::MappedFile;
use gopeek_attach::list;
use gopeek_attach::state::State;
use gopeek_attach::threads::Look;
use gopeek_attach::{AttachError, Pid, Process};
use gopeek_layout::watch::Watch;
use gopeek_layout::{Limits, Memory, allgs};
use std::time::{Duration, Instant, SystemTime};

/// How often is looked at a goroutine that does not hold still, of a target that is not to be stopped.
pub(crate) const UNSTOPPED_TRIES: usize = 8;

/// Finds Go in a live process, which may end while it is looked at; `memory` is the process's.
///
/// # Errors
/// [`InspectError`], as [`find`]; that it ended is the better reason than what that made of its memory.
pub fn understand<'f>(
    process: &Process,
    memory: &dyn Memory,
    files: &'f [MappedFile],
    strict: bool,
) -> Result<Found<'f>, InspectError> {
    find(memory, files, strict).or_else(|error| {
        let gone = process.confirm().map_err(InspectError::from);
        gone.and(whole(files)).and(Err(error))
    })
}

/// Fails where a file was cut off while it was read: that is why nothing was found in it.
///
/// # Errors
/// [`InspectError::CutOff`].
pub(crate) fn whole(files: &[MappedFile]) -> Result<(), InspectError> {
    match files.iter().find(|file| file.bytes.is_cut()) {
        Some(file) => Err(InspectError::CutOff {
            path: file.path.clone(),
        }),
        None => Ok(()),
    }
}

/// Looks at the process `pid` once.
///
/// # Errors
/// [`InspectError`]: whatever keeps the target from being shown. Trouble with single goroutines is in the report.
pub fn inspect(pid: Pid, options: &Options) -> Result<Report, InspectError> {
    let process = Process::open(pid)?;
    let files = process.code_files()?;
    let found = understand(&process, &process, &files, options.strict)?;
    let facts = process.facts()?;

    let vdso = process.vdso().filter(|_| options.native);
    let native = options
        .native
        .then(|| NativeCode::new(process.folder().join("root"), &files, vdso.as_ref()));
    let debug = options.locals.then(|| Debug::load(&found)).transpose();
    let mut variables = debug
        .as_ref()
        .ok()
        .and_then(Option::as_ref)
        .map(|debug| Variables::new(debug, options.runtime));

    let turns = lets_sleep(options).then(|| process.turns());
    let (started, limits, book) = (Instant::now(), Limits::default(), Book::default());
    let scene = Scene {
        found: &found,
        book: &book,
        limits,
        now: process.monotonic_now(),
        finalizer_runs: found.roots.finalizer_runs(&process, found.layout.rules),
        selected: &options.selected,
    };
    let gs = allgs::present(&process, found.roots.allgs.at, limits.goroutines);
    let (g, enums) = (&found.layout.fields.g, &found.layout.enums);
    let watch = Watch::new(g, enums, &options.selected, limits.stack_bytes);
    let watch = watch.with_threads(options.native);
    // What does not hold still for a moment is to be had when the target is stopped, or else at another moment.
    let how = How {
        tries: if options.no_stop { UNSTOPPED_TRIES } else { 1 },
        keeps: false,
    };
    let first = first::look(&process, scene, &watch, &gs, how);
    let places = first.keys.iter().enumerate();
    let places = places.filter(|(_, key)| key.is_none());
    let restless: Vec<usize> = places.map(|(place, _)| place).collect();
    let capture = Capture {
        process: &process,
        scene,
        options,
        seen: &process.look_at_threads(depth(options)),
        gs: &gs,
        turns: turns.as_ref(),
        at_last: None,
    };
    if let Some(variables) = &variables {
        capture.rehearse(variables, &restless)?;
    }
    // They are compared once more at the end of a diagnosis.
    let keys = options.diagnosis.then(|| first.keys.clone());
    let watched = || Watched::new(&watch, &gs, first.keys);
    let copied = stopped(&capture, watched, variables.as_mut())?;
    let let_go = Instant::now();
    let extras = Extras {
        native: native.as_ref(),
        variables: variables.as_ref(),
    };
    let (second, lost, not_stopped) = match copied {
        Ok(copied) => {
            let (taken, lost) = completed(&capture, &watch, copied, extras);
            (taken, lost, None)
        }
        Err(why) => {
            let taken = unstopped::take(&capture, &watch, restless, extras)?;
            (taken, 0, Some(why))
        }
    };

    // The target runs again; everything from here on is between us and the copies.
    let look = SecondLook {
        captured: &second.captured,
        threads: &second.threads,
        extras,
    };
    let evidence = Evidence {
        facts: &facts,
        first: first.goroutines,
        parts: second.parts,
        omissions: &second.omissions,
        taken: taken(
            &second.captured,
            lost,
            not_stopped,
            started.elapsed(),
            options.pause_limit,
        ),
    };
    let mut report = assemble(evidence, scene, look).bind(book);
    let no_variables = debug.err().map(Problem::no_variables);
    report.problems.extend(no_variables);
    if let Some(keys) = keys {
        report.process = Some(state(&process, &second.captured));
        let live = Live {
            process: &process,
            captured: &second.captured.snapshot,
        };
        let moved = || live.moved(&watch, &gs, &keys, let_go);
        let deep = Deep::new(options, &second.threads, true);
        live.diagnose(&mut report, &found, &moved, Some(deep));
    }
    report.problems.extend(Problem::cut_files(&files));
    Ok(report)
}

/// What is read of each thread.
fn depth(options: &Options) -> Look {
    if options.threads {
        Look::Activity
    } else {
        Look::Ids
    }
}

/// Whether threads that sleep may be left alone: what is told of them is told by the runtime's records and by where they sleep,
/// not by their registers.
fn lets_sleep(options: &Options) -> bool {
    let wants_registers = options.registers || options.native || !options.selected.is_empty();
    !options.no_stop && !wants_registers
}

/// What was copied while the target stood still, with what can still be had of what there was no time for, and how much that is.
fn completed<'a, 'd>(
    capture: &Capture<'a, 'd>,
    watch: &Watch<'_>,
    mut copied: Copied,
    extras: Extras<'a, 'd, '_>,
) -> (Taken, usize) {
    let lost = std::mem::take(&mut copied.lost);
    let mut taken = capture.make(copied, extras);
    if !lost.is_empty() {
        // A target that ends now was seen all the same.
        let more = unstopped::complete(capture, watch, &lost, extras);
        taken.parts.extend(more.into_iter().flatten());
    }
    (taken, lost.len())
}

/// The state of a process, with the signal that had stopped it before.
pub(crate) fn state(process: &Process, captured: &Captured) -> State {
    let pause = captured.pause.as_ref();
    State {
        stop_signal: pause.and_then(|pause| pause.stop_signal),
        ..process.state()
    }
}

/// What was copied while the target was stopped, if that is to be and can be; else why not.
pub(crate) fn stopped<'w>(
    capture: &Capture<'_, '_>,
    watched: impl FnOnce() -> Watched<'w>,
    variables: Option<&mut Variables<'_>>,
) -> Result<Result<Copied, NotStopped>, AttachError> {
    if capture.options.no_stop {
        return Ok(Err(NotStopped::Asked));
    }
    let tracer = || capture.process.tracer();
    if let Some(tracer) = tracer() {
        return Ok(Err(traced(tracer)));
    }
    match capture.stopped(&mut watched(), variables) {
        Err(AttachError::Denied { cause, .. }) => {
            Ok(Err(tracer().map_or_else(|| refused(&cause), traced)))
        }
        copied => copied.map(Ok),
    }
}

fn traced(tracer: Pid) -> NotStopped {
    let name = list::name_of(tracer).unwrap_or_default();
    NotStopped::Traced {
        tracer: (tracer.as_raw(), name),
    }
}

fn refused(cause: &Denied) -> NotStopped {
    NotStopped::Refused {
        cause: cause.to_string(),
    }
}

/// How it was taken.
pub(crate) fn taken(
    captured: &Captured,
    lost: usize,
    not_stopped: Option<NotStopped>,
    took: Duration,
    limit: Duration,
) -> report::Taken {
    let pause = captured.pause.clone();
    let over = pause
        .as_ref()
        .and_then(|pause| Over::of(pause.lasted, pause.for_threads, limit));
    report::Taken {
        threads_missed: pause.as_ref().map_or(0, |pause| pause.missed.len()),
        threads_asleep: captured.asleep.len(),
        threads_stopped: pause.as_ref().map_or(0, |pause| pause.stopped),
        over,
        stopped_for: pause.map(|pause| pause.lasted),
        not_stopped,
        at: Some(SystemTime::now()),
        took,
        from: None,
        quality: Quality {
            unconfirmed: captured.again.unread.len() + lost,
            ..Quality::default()
        },
    }
}
