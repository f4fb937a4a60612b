//! Channels by whose elements goroutines take turns: a pool, a limit of how many may do something at a time.
//!
//! Who is past the place in a function at which others wait, and as many as the channel has room for, has what they wait for.

use super::{Clues, Hold};
use crate::diagnose::functions::package;
use crate::report::{Channel, Evidence, Frame, Kind, Object, Purpose, Report};
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// A place in a function at which goroutines wait for their turn.
struct Turnstile {
    object: u32,
    room: u64,
    method: &'static str,
    function: Arc<str>,
    line: u32,
}

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
    let mut past: Vec<Vec<(u32, u32)>> = places.iter().map(|_| Vec::new()).collect();
    // Goroutines share their ways through the code.
    let mut known: FxHashMap<u32, Vec<(usize, u32)>> = FxHashMap::default();
    for (goroutine, index) in report.goroutines.iter().zip(0u32..) {
        let path = known.entry(goroutine.stack.path).or_insert_with(|| {
            let frames: Vec<Frame<'_>> = report.frames(&goroutine.stack).collect();
            (0..)
                .zip(&places)
                .filter_map(|(at, place)| Some((at, place.passed_by(&frames)?)))
                .collect()
        });
        for (at, frame) in path {
            past[*at].push((index, *frame));
        }
    }
    let all = places.iter().zip(past);
    // More than it has room for are not all those that have their turn.
    let right = all.filter(|(place, past)| past.len() as u64 <= place.room);
    right
        .flat_map(|(place, past)| {
            past.into_iter().map(move |(goroutine, frame)| {
                let evidence = Evidence::Past {
                    method: Arc::from(place.method),
                    frame,
                };
                (
                    (place.object, goroutine),
                    vec![(Some(Hold::Turn), evidence)],
                )
            })
        })
        .collect()
}

/// The place at which the waiters of a channel wait, all of them, where no turn is left.
fn turnstile(report: &Report, object: &Object, index: u32) -> Option<Turnstile> {
    let Kind::Channel(channel) = &object.kind else {
        return None;
    };
    let first = object.waiters.first()?;
    if object
        .waiters
        .iter()
        .any(|it| it.select || it.purpose != first.purpose)
    {
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

fn is_full(channel: &Channel) -> bool {
    channel.cap > 0 && channel.len >= channel.cap
}

impl Turnstile {
    /// The frame that is further down in the same function.
    fn passed_by(&self, frames: &[Frame<'_>]) -> Option<u32> {
        let is_past = |frame: &Frame<'_>| {
            let call = frame.site.calls.last();
            call.is_some_and(|call| call.function == self.function && call.line > self.line)
        };
        u32::try_from(frames.iter().position(is_past)?).ok()
    }
}
