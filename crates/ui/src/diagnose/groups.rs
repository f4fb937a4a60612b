//! Goroutines at the same place in the code, for the same reason: whatever their arguments, whoever made them.

use super::functions::package;
use super::idle;
use crate::report::{Call, Case, Frame, Group, Kind, Report, Wait};
use rustc_hash::FxHashMap;
use std::cmp::Reverse;
use std::mem::discriminant;

/// The groups of the program's own goroutines, the largest first. `main` is the path of the main module, where it is known.
pub(super) fn groups(report: &Report, main: &str) -> Vec<Group> {
    // Paths that differ in nothing but the sizes of frames are the same way through the code.
    let mut ways: FxHashMap<Vec<u32>, u32> = FxHashMap::default();
    let mut way_of: FxHashMap<u32, u32> = FxHashMap::default();
    let mut known = FxHashMap::default();
    let mut groups: Vec<Group> = Vec::new();
    for (goroutine, index) in report.goroutines.iter().zip(0u32..) {
        if !report.is_users(goroutine) {
            continue;
        }
        let path = goroutine.stack.path;
        let way = *way_of.entry(path).or_insert_with(|| {
            let frames = report.frames(&goroutine.stack);
            let sites: Vec<u32> = frames.map(|frame| frame.index).collect();
            let next = u32::try_from(ways.len()).unwrap_or(u32::MAX);
            *ways.entry(sites).or_insert(next)
        });
        let kind = kind(report, goroutine.wait.as_ref());
        let key = (way, goroutine.state.clone(), kind);
        let at = *known.entry(key).or_insert_with(|| {
            let frames: Vec<Frame<'_>> = report.frames(&goroutine.stack).collect();
            let timer = wakes_by_itself(report, goroutine.wait.as_ref());
            groups.push(Group {
                goroutines: Vec::new(),
                state: goroutine.state.clone(),
                idle: idle::why(goroutine, &frames, timer),
                users: users(&frames, main),
            });
            groups.len() - 1
        });
        if let Some(group) = groups.get_mut(at) {
            group.goroutines.push(index);
        }
    }
    for group in &mut groups {
        let waited = |index: &u32| Reverse(report.waited(*index));
        group.goroutines.sort_by_key(waited);
    }
    groups.sort_by_key(|group| Reverse(group.goroutines.len()));
    groups
}

/// What kind of thing is waited for; of a `select`, nothing in particular.
fn kind(report: &Report, wait: Option<&Wait>) -> Option<std::mem::Discriminant<Kind>> {
    match wait {
        Some(Wait::On {
            cases,
            select: false,
        }) => Some(discriminant(&report.object(cases.first()?.object)?.kind)),
        _ => None,
    }
}

/// Whether a timer ends the wait.
fn wakes_by_itself(report: &Report, wait: Option<&Wait>) -> bool {
    let is_timer = |case: &Case| {
        report.object(case.object).is_some_and(
            |object| matches!(&object.kind, Kind::Channel(channel) if channel.timer.is_some()),
        )
    };
    match wait {
        Some(Wait::On { cases, .. }) => cases.iter().any(is_timer),
        Some(Wait::Sleep { .. }) => true,
        _ => false,
    }
}

/// The innermost call that is the program's own: of its main module; else of some other module; else not of the runtime.
fn users(frames: &[Frame<'_>], main: &str) -> Option<(u32, u32)> {
    let calls = || {
        let frames = (0u32..).zip(frames);
        frames.flat_map(|(frame, it)| {
            (0u32..)
                .zip(&it.site.calls)
                .map(move |(call, it)| (frame, call, it))
        })
    };
    let all: Vec<(u32, u32, &Call)> = calls().collect();
    let own = own_call(&all.iter().map(|(_, _, call)| &*call.function), main)?;
    all.get(own).map(|(frame, call, _)| (*frame, *call))
}

/// Which of these functions, innermost first, people know a goroutine by: the innermost of the main module, whose path is
/// `main`; else of some other module; else not of the runtime.
pub(crate) fn own_call<'f>(
    functions: &(impl Iterator<Item = &'f str> + Clone),
    main: &str,
) -> Option<usize> {
    let own = |function: &str| {
        let package = package(function);
        package == "main" || (!main.is_empty() && is_within(package, main))
    };
    // A module that is to be fetched has a host for its first element; the standard library has none.
    let module = |function: &str| {
        let first = package(function).split('/').next();
        first.is_some_and(|first| first.contains('.'))
    };
    let other = |function: &str| {
        ![
            "runtime",
            "sync",
            "internal/sync",
            "internal/poll",
            "syscall",
            "time",
        ]
        .contains(&package(function))
    };
    let ways: [&dyn Fn(&str) -> bool; 3] = [&own, &module, &other];
    ways.iter()
        .find_map(|is_it| functions.clone().position(is_it))
}

fn is_within(package: &str, module: &str) -> bool {
    let rest = package.strip_prefix(module);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::is_within;

    #[test]
    fn a_package_of_a_module() {
        assert!(is_within("example.com/a/b", "example.com/a"));
        assert!(is_within("orders", "orders"));
        assert!(!is_within("example.com/ab", "example.com/a"));
    }
}
