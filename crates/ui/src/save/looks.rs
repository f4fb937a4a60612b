//! Both looks of a save, and the bytes that they bring.

use super::full::Full;
use super::note;
use crate::assemble::Scene;
use crate::error::InspectError;
use crate::first::{self, First, How};
use crate::inspect::{self, UNSTOPPED_TRIES};
use crate::options::Options;
use crate::report::{NotStopped, Taken};
use crate::take::{Capture, Copied};
use crate::threads;
use crate::unstopped::{known_and_new, rounds};
use gopeek_attach::again::{Again, Watched};
use gopeek_attach::capture::Captured;
use gopeek_attach::threads::Look;
use gopeek_attach::{AttachError, Process, Snapshot};
use gopeek_layout::mem::{GoSlice, read_word};
use gopeek_layout::watch::{Records, Watch};
use gopeek_layout::{Addr, Span, allgs};
use std::collections::HashSet;
use std::time::Instant;

/// What both looks brought.
pub(super) struct Looks {
    /// Goroutines with all that a report may ask of them.
    pub(super) bytes: Snapshot,
    /// All private memory, where that is wanted, and how many bytes of it were not looked at again.
    pub(super) whole: (Snapshot, u64),
    /// The first look, of those that were the same at the second, if there was one.
    pub(super) first: First,
    /// The second look, but for its bytes.
    pub(super) captured: Captured,
    pub(super) threads: Vec<threads::Found>,
    /// The gs that ran whenever they were looked at.
    pub(super) moved: Vec<Addr>,
    /// How many allgs names.
    pub(super) goroutines: usize,
    /// When it was, on the target's clock and on everybody's.
    pub(super) monotonic_ns: i64,
    pub(super) wall_ns: u64,
    pub(super) taken: Taken,
}

impl Looks {
    /// Takes both.
    pub(super) fn take(
        process: &Process,
        scene: Scene<'_, '_>,
        options: &Options,
        full: Option<&Full>,
    ) -> Result<Looks, InspectError> {
        // Whatever a report may be asked for, there is but this one time to copy it.
        let options = Options {
            threads: true,
            native: true,
            details: true,
            ..options.clone()
        };
        let (started, found, limits) = (Instant::now(), scene.found, scene.limits);
        let gs = allgs::present(process, found.roots.allgs.at, limits.goroutines);
        let (g, enums) = (&found.layout.fields.g, &found.layout.enums);
        let watch = Watch::new(g, enums, &[], limits.stack_bytes).with_threads(true);
        let how = How {
            tries: if options.no_stop { UNSTOPPED_TRIES } else { 1 },
            keeps: true,
        };
        let mut first = first::look(process, scene, &watch, &gs, how);
        let again = |until: Option<Instant>| {
            if let Some(full) = full {
                full.look_again(process, until);
            }
        };
        let capture = Capture {
            process,
            scene,
            options: &options,
            seen: &process.look_at_threads(Look::Activity),
            gs: &gs,
            turns: None,
            at_last: full.map(|_| &again as _),
        };
        let watched = || Watched::new(&watch, &gs, first.keys.clone());
        let second = match inspect::stopped(&capture, watched, None)? {
            Ok(copied) => confirmed(&capture, &watch, copied)?,
            Err(why) => unstopped(&capture, &watch, &first.keys, why)?,
        };
        let (monotonic_ns, wall_ns) = (process.monotonic_now(), note::wall_now());
        let mut bytes = second.bytes;
        bytes.absorb([all_of_allgs(&capture, &bytes)]);
        let whole = full.map(|full| full.finish(&mut bytes)).transpose()?;
        bytes.absorb(second.lists);
        let kept = std::mem::take(&mut first.kept);
        let (kept, lists): (Vec<_>, Vec<_>) =
            kept.into_iter().map(|it| (it.bytes, it.lists)).unzip();
        bytes.absorb(kept);
        bytes.absorb(lists.into_iter().flatten());
        let captured = second.captured;
        first.forget(&captured.again.changed);
        Ok(Looks {
            bytes,
            whole: whole.unwrap_or_default(),
            first,
            threads: threads::found(process, found.arch, capture.seen, &captured),
            moved: second.moved,
            goroutines: gs.len(),
            monotonic_ns,
            wall_ns,
            taken: inspect::taken(
                &captured,
                second.lost,
                second.not_stopped,
                started.elapsed(),
                options.pause_limit,
            ),
            captured,
        })
    }
}

/// What the second look brought.
struct Second {
    captured: Captured,
    /// The bytes, taken out of what was captured.
    bytes: Snapshot,
    /// What goroutines lead to that were looked at without a stop.
    lists: Vec<Snapshot>,
    /// Goroutines that there was no time for, and those that ran whenever they were looked at.
    lost: usize,
    moved: Vec<Addr>,
    not_stopped: Option<NotStopped>,
}

/// What was copied while the target stood still. What there was no time for is looked at once more.
fn confirmed(
    capture: &Capture<'_, '_>,
    watch: &Watch<'_>,
    copied: Copied,
) -> Result<Second, AttachError> {
    let Copied {
        mut captured, lost, ..
    } = copied;
    let stopped = std::mem::take(&mut captured.snapshot);
    let mut more = Steady::default();
    if !lost.is_empty() {
        let (places, last) = known_and_new(capture, &lost);
        (more, _) = steady(capture, watch, places, Some(last))?;
    }
    // Their records may have come without their stacks: those do not count.
    more.bytes.absorb([stopped]);
    Ok(Second {
        captured,
        bytes: more.bytes,
        lists: more.rounds,
        lost: lost.len(),
        moved: more.moved,
        not_stopped: None,
    })
}

/// What can be copied while the target runs.
fn unstopped(
    capture: &Capture<'_, '_>,
    watch: &Watch<'_>,
    keys: &[Option<u64>],
    why: NotStopped,
) -> Result<Second, AttachError> {
    let restless = keys.iter().enumerate().filter(|(_, key)| key.is_none());
    let restless = restless.map(|(place, _)| place).collect();
    let (mut steady, captured) = steady(capture, watch, restless, None)?;
    steady.bytes.absorb(steady.rounds.pop());
    Ok(Second {
        captured,
        bytes: steady.bytes,
        lists: steady.rounds,
        lost: 0,
        moved: steady.moved,
        not_stopped: Some(why),
    })
}

/// What can be had of goroutines without a stop.
#[derive(Default)]
struct Steady {
    /// The records and stacks of those that were the same at two looks.
    bytes: Snapshot,
    /// All that was read beside them, round by round.
    rounds: Vec<Snapshot>,
    /// Those that moved even then.
    moved: Vec<Addr>,
}

/// Looks without a stop; what the last look showed comes without its bytes, which are the last round's.
fn steady(
    capture: &Capture<'_, '_>,
    watch: &Watch<'_>,
    places: Vec<usize>,
    last: Option<usize>,
) -> Result<(Steady, Captured), AttachError> {
    let mut steady = Steady::default();
    let (round, moving) = rounds(capture, watch, places, last, None, |round, still, _| {
        let snapshot = std::mem::take(&mut round.captured.snapshot);
        let still: HashSet<Addr> = still.iter().map(|(_, g)| *g).collect();
        let stacks = round.plan.looked_at().iter();
        let spans = stacks.filter(|(g, _)| still.contains(g));
        let spans = spans.flat_map(|(g, stack)| {
            let record = Span::new(*g, watch.size() as u64);
            [Some(record), *stack].into_iter().flatten()
        });
        let pieces = spans.filter_map(|span| Some((span.start, snapshot.slice(span)?)));
        steady.bytes.keep(pieces);
        steady.rounds.push(snapshot);
        Vec::new()
    })?;
    let captured = Captured {
        again: Again::default(),
        ..round.captured
    };
    steady.moved = moving.into_iter().map(|(_, g)| g).collect();
    Ok((steady, captured))
}

/// The list of goroutines, where it was at the second look. What it had at the first it has for ever. Delve goes by a
/// count of its own, which the runtime always sets to the list's. Where there was no time for so much as that, the list is
/// that of the first look, wherever it is by now.
fn all_of_allgs(capture: &Capture<'_, '_>, second: &Snapshot) -> Snapshot {
    let mut snapshot = Snapshot::default();
    let found = capture.scene.found;
    let at = found.roots.allgs.at;
    let at_first = || {
        let now = read_word::<GoSlice>(capture.process, at).ok()?;
        let len = capture.gs.len() as u64;
        Some(GoSlice { len, ..now })
    };
    if let Some(slice) = read_word(second, at).ok().or_else(at_first) {
        let header = [slice.data.get(), slice.len, slice.len].map(u64::to_le_bytes);
        snapshot.keep([(at, header.as_flattened())]);
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
