//! Channels by whose elements goroutines take turns: a pool, a limit of how many may do something at a time.
//!
//! Who is past the place in a function at which others wait, and as many as the channel has room for, has what they wait for.

use super::{Clues, Hold};
use crate::diagnose::functions::package;
use crate::report::{
    Channel, Evidence, Frame, Grade, Kind, Object, Purpose, Report, Suspect, Waiter,
};
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A place in a function at which goroutines wait for their turn.
struct Turnstile {
    object: u32,
    room: u64,
    method: &'static str,
    function: Arc<str>,
    line: u32,
}

/// Maximum number of clues for each goroutine, on average. Channels at which goroutines wait at one place have the same goroutines
/// behind it, so that there may be as many as one times the other.
const MAX_CLUES: usize = 64;

/// What speaks for goroutines, by object and goroutine.
pub(super) fn clues(report: &Report, objects: &[Object]) -> Vec<((u32, u32), Clues)> {
    let places: Vec<Turnstile> = objects
        .iter()
        .zip(0u32..)
        .filter_map(|(object, index)| turnstile(report, object, index))
        .collect();
    if places.is_empty() {
        return Vec::new();
    }
    let mut lines = Lines::of(&places);
    // Goroutines share their ways through the code.
    let mut known: FxHashMap<u32, Vec<(usize, u32)>> = FxHashMap::default();
    for (goroutine, index) in report.goroutines.iter().zip(0u32..) {
        let path = known
            .entry(goroutine.stack.path)
            .or_insert_with(|| lines.passed_by(report.frames(&goroutine.stack)));
        for (at, frame) in path {
            if let Some(line) = lines.all.get_mut(*at) {
                line.add(index, *frame);
            }
        }
    }
    let mut left = report.goroutines.len().saturating_mul(MAX_CLUES);
    let mut clues = Vec::new();
    for place in &places {
        let past = lines.past(place);
        // More than it has room for are not all those that have their turn.
        if past.len() as u64 > place.room || past.len() > left {
            continue;
        }
        left -= past.len();
        clues.extend(past.iter().map(|(goroutine, frame)| {
            let evidence = Evidence::Past {
                method: Arc::from(place.method),
                frame: *frame,
            };
            (
                (place.object, *goroutine),
                vec![(Some(Hold::Turn), evidence)],
            )
        }));
    }
    clues
}

/// A line of a function at which goroutines wait for their turn, and who is past it.
struct Line {
    /// The largest room of the channels there.
    room: u64,
    /// Goroutines, and the frame of each that is past it.
    past: Vec<(u32, u32)>,
}

impl Line {
    /// Adds a goroutine. One more than there is room for tells that there are too many.
    fn add(&mut self, goroutine: u32, frame: u32) {
        if self.past.len() as u64 <= self.room {
            self.past.push((goroutine, frame));
        }
    }
}

/// The lines at which goroutines wait for their turn.
#[derive(Default)]
struct Lines<'p> {
    all: Vec<Line>,
    /// By function: its lines, in their order, and where in `all` each is.
    by_function: FxHashMap<&'p str, BTreeMap<u32, usize>>,
}

impl<'p> Lines<'p> {
    fn of(places: &'p [Turnstile]) -> Lines<'p> {
        let mut lines = Lines::default();
        for place in places {
            let of_function = lines.by_function.entry(&place.function).or_default();
            let at = *of_function.entry(place.line).or_insert_with(|| {
                lines.all.push(Line {
                    room: 0,
                    past: Vec::new(),
                });
                lines.all.len() - 1
            });
            if let Some(line) = lines.all.get_mut(at) {
                line.room = line.room.max(place.room);
            }
        }
        lines
    }

    /// The goroutines that are past a place.
    fn past(&self, place: &Turnstile) -> &[(u32, u32)] {
        let of_function = self.by_function.get(&*place.function);
        let at = of_function.and_then(|lines| lines.get(&place.line));
        let line = at.and_then(|at| self.all.get(*at));
        line.map(|line| &line.past[..]).unwrap_or_default()
    }

    /// The lines that frames are past, each with the innermost frame that is further down in the same function.
    fn passed_by<'r>(&self, frames: impl Iterator<Item = Frame<'r>>) -> Vec<(usize, u32)> {
        // How far down in each function a frame was so far.
        let mut reached: FxHashMap<&str, u32> = FxHashMap::default();
        let mut passed = Vec::new();
        for (frame, index) in frames.zip(0u32..) {
            let Some(call) = frame.site.calls.last() else {
                continue;
            };
            let Some((function, lines)) = self.by_function.get_key_value(&*call.function) else {
                continue;
            };
            let from = reached.entry(function).or_default();
            if *from < call.line {
                passed.extend(lines.range(*from..call.line).map(|(_, at)| (*at, index)));
                *from = call.line;
            }
        }
        passed
    }
}

/// The place at which the waiters of a channel wait, all of them, where no turn is left.
fn turnstile(report: &Report, object: &Object, index: u32) -> Option<Turnstile> {
    let Kind::Channel(channel) = &object.kind else {
        return None;
    };
    let first = object.waiters.first()?;
    // Who sends in a select waits for a turn or for an end: a context's, a timer's. Who receives in one may wait for anything.
    let is_other =
        |it: &Waiter| it.purpose != first.purpose || it.select && it.purpose != Purpose::Send;
    if object.waiters.iter().any(is_other) {
        return None;
    }
    let method = match first.purpose {
        Purpose::Send if is_full(channel) => "chan send",
        Purpose::Receive if channel.len == 0 && channel.cap > 0 => "chan receive",
        _ => return None,
    };
    let goroutine = report.goroutine(first.goroutine)?;
    let mut frames = report.frames(&goroutine.stack);
    let call = frames.find_map(|frame| {
        let call = frame.site.calls.last()?;
        (package(&call.function) != "runtime").then_some(call)
    })?;
    Some(Turnstile {
        object: index,
        room: channel.cap,
        method,
        function: call.function.clone(),
        line: call.line,
    })
}

/// Whether all turns are held by goroutines that wait for another one: nobody will ever let one go.
pub(super) fn is_exhausted(object: &Object, suspects: &[Suspect]) -> bool {
    let Kind::Channel(channel) = &object.kind else {
        return false;
    };
    let waiting: FxHashSet<u32> = object
        .waiters
        .iter()
        .filter(|it| !it.select)
        .map(|it| it.goroutine)
        .collect();
    let holders = || suspects.iter().filter(|it| it.grade >= Grade::Likely);
    channel.cap > 0
        && holders().count() as u64 >= channel.cap
        && holders().all(|it| waiting.contains(&it.goroutine))
}

fn is_full(channel: &Channel) -> bool {
    channel.cap > 0 && channel.len >= channel.cap
}
