//! What single goroutines answer to a filter.

use super::ast::{Term, Text};
use crate::report::{Goroutine, Report};
use gopeek_layout::enums::status;

/// The states that stand for all in which a goroutine waits: ours, and the runtime's.
const WAITS: [&str; 2] = ["wait", "waiting"];

/// Whether a goroutine's own record is as asked. What concerns frames and objects is not in it.
pub(super) fn record(term: &Term, report: &Report, goroutine: &Goroutine) -> bool {
    let creator = goroutine.created_by.as_ref();
    match term {
        Term::State(text) => is_state(text, goroutine),
        Term::Created(text) => creator.is_some_and(|creator| {
            let place = &creator.place;
            is_function(text, &place.call.function) || is_function(text, &place.function.function)
        }),
        Term::Label(key, text) => goroutine.labels.iter().any(|label| {
            let value = || String::from_utf8_lossy(&label.value);
            label.key == key.as_bytes() && is(text, &value())
        }),
        Term::Id(id) => goroutine.id == *id,
        Term::Parent(id) => creator.is_some_and(|creator| creator.goroutine == *id),
        Term::Tid(tid) => {
            let thread = report.thread_of(goroutine.m);
            let of_thread = thread.and_then(|thread| u64::try_from(thread.tid?).ok());
            of_thread == Some(*tid)
        }
        // How long is not known of one that no GC has seen blocked: no comparison holds.
        Term::Waited(than, time) => {
            let waited = report.blocked_for(goroutine);
            waited.is_some_and(|waited| than.holds(waited, *time))
        }
        Term::Locked => goroutine.locked_m != 0,
        Term::System => goroutine.system,
        Term::Function(_) | Term::File(_) | Term::On(_) | Term::Idle => false,
    }
}

fn is_state(text: &Text, goroutine: &Goroutine) -> bool {
    // A goroutine that a leak profile found has a status of its own, and waits.
    let waits = goroutine.status == status::WAITING || goroutine.leaked;
    is_state_text(text, waits, &goroutine.state)
}

/// Whether a state is as asked, of a goroutine that `waits` or not.
pub(super) fn is_state_text(asked: &Text, waits: bool, state: &str) -> bool {
    if let Text::Equals(text) = asked {
        let of_waits = WAITS.iter().any(|word| word.eq_ignore_ascii_case(text));
        return of_waits && waits || state.eq_ignore_ascii_case(text);
    }
    is(asked, state)
}

/// Whether a text is as asked.
pub(super) fn is(asked: &Text, text: &str) -> bool {
    match asked {
        Text::Equals(other) => text == other,
        Text::Contains(part) => text.contains(part.as_str()),
        Text::Matches(pattern) => pattern.is_match(text),
    }
}

/// Whether a function's name is as asked; one that is given as a dump prints it, `main.(*Pool[...]).Get`, is any of that
/// generic function.
pub(super) fn is_function(asked: &Text, name: &str) -> bool {
    if let Text::Equals(text) = asked
        && let Some((before, after)) = text.split_once("[...]")
    {
        let arguments = name.strip_prefix(before);
        let arguments = arguments.and_then(|rest| rest.strip_suffix(after));
        return arguments.is_some_and(|text| text.starts_with('[') && text.ends_with(']'));
    }
    is(asked, name)
}

/// Whether a function of a goroutine's C frames is as asked.
pub(super) fn in_c(asked: &Text, goroutine: &Goroutine) -> bool {
    let segments = goroutine.stack.native.iter();
    let frames = segments.flat_map(|segment| &segment.frames);
    let mut calls = frames.flat_map(|frame| &frame.calls);
    calls.any(|call| call.function.as_deref().is_some_and(|name| is(asked, name)))
}
