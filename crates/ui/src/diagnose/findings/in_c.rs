//! Goroutines in C code, from where they do not come back.
//!
//! In C a goroutine has no P, so that it keeps nobody from running; but a thread. Where many are in one and the same
//! function, and sleep there, they wait as others do at a lock of Go's, which C hides.

use super::{Again, MANY, has_waited, slept_on};
use crate::describe;
use crate::report::{Finding, Grade, Report, Syscall, Thread, Trouble, Wait, Weight};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What `cgo` puts in front of the name of a C function, for the Go function that calls it.
const CALLER: &str = "_Cfunc_";

/// Goroutines in the same C function.
pub(super) struct InC<'r> {
    /// Its name; nothing where the call was not made by way of cgo.
    function: Option<&'r str>,
    /// By index, and the thread of each.
    goroutines: Vec<(u32, Option<&'r Thread>)>,
}

/// The goroutines in C by the function that they called.
pub(super) fn in_c(report: &Report) -> Vec<InC<'_>> {
    let threads = report.threads_by_m();
    let mut by_function: BTreeMap<Option<&str>, Vec<(u32, Option<&Thread>)>> = BTreeMap::new();
    for (goroutine, index) in report.goroutines.iter().zip(0u32..) {
        if goroutine.wait == Some(Wait::C) && !goroutine.system {
            let mut frames = report.frames(&goroutine.stack);
            let function = frames.find_map(|frame| {
                let mut calls = frame.site.calls.iter();
                calls.find_map(|call| called(&call.function))
            });
            let of_function = by_function.entry(function).or_default();
            of_function.push((index, threads.get(&goroutine.m).copied()));
        }
    }
    let groups = by_function.into_iter();
    let groups = groups.map(|(function, goroutines)| InC {
        function,
        goroutines,
    });
    groups.collect()
}

/// The C function that a Go function is the way into.
fn called(function: &Arc<str>) -> Option<&str> {
    let (_, name) = function.rsplit_once(CALLER)?;
    Some(name).filter(|name| !name.is_empty())
}

/// System calls in which a thread waits for whatever may come, or for a time.
const IDLE: [&str; 9] = [
    "poll",
    "ppoll",
    "epoll_wait",
    "epoll_pwait",
    "epoll_pwait2",
    "select",
    "pselect6",
    "nanosleep",
    "clock_nanosleep",
];

/// Whether to wait in a system call is no trouble: for events, or with a limit.
fn is_idle(call: &Syscall) -> bool {
    let [_, _, _, limit, ..] = call.args;
    match call.text.split('(').next() {
        // With a limit, as all waits for conditions with one are.
        Some("futex") => limit != 0,
        Some(name) => IDLE.contains(&name),
        None => false,
    }
}

/// The threads of those that may be stuck there, to look at once more.
pub(super) fn sleepers(report: &Report) -> Vec<i32> {
    let groups = in_c(report).into_iter();
    let many = groups.filter(|group| group.goroutines.len() >= MANY);
    let threads = many.flat_map(|group| group.goroutines);
    threads.filter_map(|(_, thread)| thread?.tid).collect()
}

/// Many that sleep in the same function; of fewer, those that have been there for long are worth a note.
pub(super) fn findings(report: &Report, again: &Again) -> Vec<Finding> {
    let stays = |thread: &Thread| {
        let state = thread.activity.as_ref().map(|activity| activity.state);
        let sleeps = state.is_some_and(|state| ['S', 'D'].contains(&state));
        sleeps && slept_on(thread, again) && !thread.syscall.as_ref().is_some_and(is_idle)
    };
    let found = in_c(report).into_iter().filter_map(|group| {
        let asleep = group.goroutines.iter();
        let asleep = asleep.filter(|(_, thread)| thread.is_some_and(stays));
        let asleep: Vec<u32> = asleep.map(|(index, _)| *index).collect();
        let many = asleep.len() >= MANY;
        let culprits: Vec<u32> = if many {
            asleep
        } else {
            let all = group.goroutines.iter().map(|(index, _)| *index);
            all.filter(|index| has_waited(report, *index)).collect()
        };
        (!culprits.is_empty()).then(|| Finding {
            what: Trouble::InC,
            weight: if many {
                Weight::Suspicious
            } else {
                Weight::Note
            },
            grade: Grade::Possible,
            text: describe::in_c(report, &culprits, group.function, many),
            held_up: culprits.len() as u64,
            culprits,
            objects: Vec::new(),
            ..Finding::default()
        })
    });
    found.collect()
}

#[cfg(test)]
mod tests {
    use super::{called, is_idle};
    use crate::report::Syscall;
    use std::sync::Arc;

    #[test]
    fn to_wait_for_events_or_with_a_limit_is_no_trouble() {
        let call = |text: &str, args| Syscall {
            number: 0,
            args,
            text: text.to_owned(),
            own_file: None,
        };
        let forever = [0x7f00, 0x80, 2, 0, 0, 0];
        assert!(!is_idle(&call("futex(0x7f00, wait, 2, 0x0)", forever)));
        assert!(!is_idle(&call("pause()", [0; 6])));
        assert!(is_idle(&call(
            "epoll_wait(4, 0x7f00, 8, -1)",
            [4, 0x7f00, 8, 0, 0, 0]
        )));
        assert!(is_idle(&call(
            "futex(0x7f00, wait, 2, 0x7ffc)",
            [0x7f00, 0x80, 2, 0x7ffc, 0, 0]
        )));
    }

    #[test]
    fn the_c_function_behind_a_go_function() {
        for (function, expected) in [
            ("main._Cfunc_pause", Some("pause")),
            ("example.com/a/b._Cfunc_sqlite3_step", Some("sqlite3_step")),
            ("main.cgoStuck.func1", None),
            ("runtime.cgocall", None),
        ] {
            assert_eq!(called(&Arc::from(function)), expected);
        }
    }
}
