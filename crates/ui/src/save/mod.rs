//! `gopeek save`: from a process to an ELF core, with the bytes that a report is made of.
//!
//! It is the pipe of [`crate::inspect`] up to where bytes are decoded: a first look, a stop that makes sure of it, and
//! then a file instead of a report. What a report will ask of the file is fetched before, by the plan that it will use.

mod look;
pub(crate) mod note;
mod recorder;
mod surroundings;
mod write;

use crate::assemble::Scene;
use crate::book::Book;
use crate::error::InspectError;
use crate::inspect::{self, UNSTOPPED_TRIES, understand};
use crate::options::Options;
use crate::report::{NotStopped, Taken};
use crate::take::{Capture, Copied};
use crate::threads;
use crate::unstopped::{known_and_new, rounds};
use gopeek_attach::again::{Again, Watched};
use gopeek_attach::capture::{Captured, capture_running};
use gopeek_attach::threads::Look;
use gopeek_attach::{AttachError, Pid, Process, Snapshot};
use gopeek_layout::mem::{GoSlice, Layered, read_word};
use gopeek_layout::moduledata::ReadOnly;
use gopeek_layout::watch::{Records, Watch};
use gopeek_layout::{Addr, Limits, Plan, Span, allgs};
use look::Kept;
use note::Note;
use recorder::Recorder;
use std::path::PathBuf;
use std::time::Instant;

/// What to write, and where to.
#[derive(Clone, Debug)]
pub struct SaveOptions {
    /// The file; by default one that is named after the process, in the current folder.
    pub to: Option<PathBuf>,
    /// Take the place of a file that is there already.
    pub force: bool,
}

/// What was written.
#[derive(Clone, Debug)]
pub struct Saved {
    /// The file.
    pub path: PathBuf,
    /// The process: its pid, its name, its Go release.
    pub target: (i32, String, String),
    /// Goroutines that allgs names; some may have ended.
    pub goroutines: usize,
    /// Bytes of memory.
    pub captured: u64,
    /// Bytes of the file.
    pub written: u64,
    /// How the process was looked at.
    pub taken: Taken,
}

/// Saves the process `pid`.
///
/// # Errors
/// [`InspectError`]: whatever keeps the target from being read, or the file from being written. No half file stays.
pub fn save(pid: Pid, options: &Options, to: &SaveOptions) -> Result<Saved, InspectError> {
    let process = Process::open(pid)?;
    let facts = process.facts()?;
    let path = to.to.clone();
    let path = path.unwrap_or_else(|| PathBuf::from(format!("{}.{pid}.core", facts.name)));
    // Where nothing can be written, nobody is to be stopped.
    let sink = write::Sink::open(&path, to.force)?;
    let files = process.code_files()?;
    let recorder = Recorder::new(&process);
    let found = understand(&process, &recorder, &files, options.strict)?;
    let finding = recorder.snapshot();

    // Whatever a report may be asked for, there is but this one time to copy it.
    let options = Options {
        threads: true,
        native: true,
        details: true,
        ..options.clone()
    };
    let (started, limits, book) = (Instant::now(), Limits::default(), Book::default());
    let scene = Scene {
        found: &found,
        book: &book,
        limits,
        now: process.monotonic_now(),
        finalizer_runs: false,
        selected: &[],
    };
    let gs = allgs::present(&process, found.roots.allgs.at, limits.goroutines);
    let (g, enums) = (&found.layout.fields.g, &found.layout.enums);
    let watch = Watch::new(g, enums, &[], limits.stack_bytes).with_threads(true);
    let tries = if options.no_stop { UNSTOPPED_TRIES } else { 1 };
    let mut kept = look::look(&process, &watch, &gs, tries);
    let capture = Capture {
        process: &process,
        scene,
        options: &options,
        seen: &process.look_at_threads(Look::Activity),
        gs: &gs,
    };
    let lists = lists(&capture, &kept)?;
    let watched = || Watched::new(&watch, &gs, kept.keys.clone());
    let mut second = match inspect::stopped(&capture, watched, None)? {
        Ok(copied) => confirmed(&capture, &watch, &kept, copied)?,
        Err(why) => unstopped(&capture, &watch, &kept, why)?,
    };
    let (monotonic_ns, wall_ns) = (process.monotonic_now(), note::wall_now());

    // The target runs again. Of bytes that were copied twice, the first count.
    let bytes = &mut second.bytes;
    bytes.absorb([all_of_allgs(&capture, bytes)]);
    bytes.absorb([std::mem::take(&mut kept.bytes)]);
    bytes.absorb([lists]);
    bytes.absorb([finding]);
    bytes.absorb([surroundings::code(&process, &files)]);
    let threads = threads::found(&process, found.arch, capture.seen, &second.captured);
    let taken = inspect::taken(
        &second.captured,
        second.lost,
        second.not_stopped,
        started.elapsed(),
    );
    let note = Note {
        schema: note::SCHEMA.to_owned(),
        gopeek: env!("CARGO_PKG_VERSION").to_owned(),
        full: false,
        wall_ns,
        monotonic_ns,
        process: note::ProcessPart::of(&facts, |name| process.environment(name)),
        cut_short: second.captured.cut_short,
        missed: surroundings::missed(&second.captured),
        moved: second.moved.iter().map(|g| g.get()).collect(),
        threads: threads.iter().map(note::ThreadPart::from).collect(),
        checksums: surroundings::checksums(&files),
        taken: taken.clone(),
    };
    let contents = write::Contents {
        process: &process,
        arch: found.arch,
        facts: &facts,
        threads: &threads,
        note: &note,
    };
    let written = sink.write(&contents, &second.bytes)?;
    Ok(Saved {
        path,
        target: (pid.as_raw(), facts.name, found.build.go.raw.clone()),
        goroutines: gs.len(),
        captured: second.bytes.len() as u64,
        written,
        taken,
    })
}

/// What the second look brought.
struct Second {
    captured: Captured,
    /// The bytes, taken out of what was captured.
    bytes: Snapshot,
    /// Goroutines that there was no time for, and those that ran whenever they were looked at.
    lost: usize,
    moved: Vec<Addr>,
    not_stopped: Option<NotStopped>,
}

/// What was copied while the target stood still. What there was no time for, and what the first look does not have
/// either, is looked at once more.
fn confirmed(
    capture: &Capture<'_, '_>,
    watch: &Watch<'_>,
    kept: &Kept,
    copied: Copied,
) -> Result<Second, AttachError> {
    let Copied {
        mut captured, lost, ..
    } = copied;
    let mut bytes = std::mem::take(&mut captured.snapshot);
    let had = |place: &usize| kept.keys.get(*place).is_some_and(Option::is_some);
    let lacking: Vec<(usize, Addr)> = lost
        .iter()
        .copied()
        .filter(|(place, _)| !had(place))
        .collect();
    let mut moved = Vec::new();
    if !lacking.is_empty() {
        let (places, last) = known_and_new(capture, &lacking);
        let (steady, _, moving) = steady(capture, watch, places, Some(last))?;
        bytes.absorb([steady]);
        moved = moving;
    }
    Ok(Second {
        captured,
        bytes,
        lost: lost.len(),
        moved,
        not_stopped: None,
    })
}

/// What can be copied while the target runs.
fn unstopped(
    capture: &Capture<'_, '_>,
    watch: &Watch<'_>,
    kept: &Kept,
    why: NotStopped,
) -> Result<Second, AttachError> {
    let keys = kept.keys.iter().enumerate();
    let restless = keys.filter(|(_, key)| key.is_none());
    let restless = restless.map(|(place, _)| place).collect();
    let (mut bytes, mut captured, moved) = steady(capture, watch, restless, None)?;
    bytes.absorb([std::mem::take(&mut captured.snapshot)]);
    Ok(Second {
        captured,
        bytes,
        lost: 0,
        moved,
        not_stopped: Some(why),
    })
}

/// The bytes of goroutines that were the same at two looks, what the last look showed, and the goroutines that moved even
/// then.
fn steady(
    capture: &Capture<'_, '_>,
    watch: &Watch<'_>,
    places: Vec<usize>,
    last: Option<usize>,
) -> Result<(Snapshot, Captured, Vec<Addr>), AttachError> {
    let mut bytes = Snapshot::default();
    let (round, moving) = rounds(capture, watch, places, last, None, |round, still, _| {
        let snapshot = &round.captured.snapshot;
        let stacks = round.plan.looked_at().iter();
        let spans = stacks.filter(|(g, _)| still.iter().any(|(_, it)| it == g));
        let spans = spans.flat_map(|(g, stack)| {
            let record = Span::new(*g, watch.size() as u64);
            [Some(record), *stack].into_iter().flatten()
        });
        bytes.keep(spans.filter_map(|span| Some((span.start, snapshot.slice(span)?))));
        Vec::new()
    })?;
    let captured = Captured {
        again: Again::default(),
        ..round.captured
    };
    let moved = moving.into_iter().map(|(_, g)| g).collect();
    Ok((bytes, captured, moved))
}

/// What goroutines that stood still lead to, besides their stacks: labels, ancestors, what they are yet to do.
fn lists(capture: &Capture<'_, '_>, kept: &Kept) -> Result<Snapshot, AttachError> {
    let found = capture.scene.found;
    let (fields, rules) = (&found.layout.fields, found.layout.rules);
    let mut plan = Plan::new(fields, rules, found.roots, capture.scene.limits)
        .after(capture.gs.len() as u64)
        .with_details_of_all(found.types());
    let keys = kept.keys.iter().zip(capture.gs);
    let still: Vec<Addr> = keys
        .filter(|(key, _)| key.is_some())
        .map(|(_, g)| *g)
        .collect();
    plan.add(&still);
    let captured = capture_running(capture.process, &[], |held| {
        loop {
            let known = Layered {
                over: held.got,
                under: Layered {
                    over: &kept.bytes,
                    under: ReadOnly(&found.modules),
                },
            };
            let mut spans = plan.next(&known, &[]);
            let done = spans.is_empty();
            spans.retain(|span| kept.bytes.slice(*span).is_none());
            if done || !spans.is_empty() {
                return spans;
            }
        }
    })?;
    Ok(captured.snapshot)
}

/// The list of goroutines, where it was at the second look. What it had at the first it has for ever. Delve goes by a
/// count of its own, which the runtime always sets to the list's.
fn all_of_allgs(capture: &Capture<'_, '_>, second: &Snapshot) -> Snapshot {
    let mut snapshot = Snapshot::default();
    let found = capture.scene.found;
    if let Ok(slice) = read_word::<GoSlice>(second, found.roots.allgs.at) {
        let gs = capture.gs.iter();
        let elements: Vec<u8> = gs.flat_map(|g| g.get().to_le_bytes()).collect();
        snapshot.keep([(slice.data, &elements[..])]);
        let (module, len) = (found.modules.first(), slice.len.to_le_bytes());
        let count = module.and_then(|module| {
            let [count] = module.image.symbols(["runtime.allglen"]);
            count?.start.checked_add(module.bias)
        });
        snapshot.keep(count.map(|at| (at, &len[..])));
    }
    snapshot
}
