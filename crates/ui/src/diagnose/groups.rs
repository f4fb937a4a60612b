//! Goroutines at the same place in the code, for the same reason: whatever their arguments, whoever made them.

use super::Ground;
use super::functions::package;
use super::library::{Known, Library, Reader};
use super::selects::sole_case;
use super::surroundings::Surroundings;
use super::work::{Doing, Judge};
use crate::report::{Call, Frame, Group, Kind, Report, Resource, Wait};
use rustc_hash::{FxHashMap, FxHashSet};
use std::cmp::Reverse;
use std::mem::discriminant;

/// The groups of the program's own goroutines, the largest first. A text dump has no ground: nothing more can be read of it.
pub(super) fn groups(
    ground: Option<&Ground<'_>>,
    report: &Report,
    surroundings: &Surroundings<'_>,
) -> Vec<Group> {
    let main = ground.and_then(|ground| ground.found.build.main.as_ref());
    let main = main.map_or("", |main| &main.path);
    let mut library = Library::new();
    let reader = Reader::new(ground, surroundings);
    let mut judge = Judge::new(ground, report, &reader);
    // Paths that differ in nothing but the sizes of frames are the same way through the code.
    let mut ways: FxHashMap<(Vec<u32>, u64), u32> = FxHashMap::default();
    let mut way_of: FxHashMap<(u32, u64), u32> = FxHashMap::default();
    let mut known = FxHashMap::default();
    let mut groups: Vec<(Group, Known)> = Vec::new();
    for (goroutine, index) in report.goroutines.iter().zip(0u32..) {
        if !report.is_users(goroutine) {
            continue;
        }
        let path = goroutine.stack.path;
        // Frames that are only counted are part of the way, too.
        let gap = goroutine.stack.gap.as_ref().map_or(0, |gap| gap.frames());
        let way = *way_of.entry((path, gap)).or_insert_with(|| {
            let frames = report.frames(&goroutine.stack);
            let sites: Vec<u32> = frames.map(|frame| frame.index).collect();
            let next = u32::try_from(ways.len()).unwrap_or(u32::MAX);
            *ways.entry((sites, gap)).or_insert(next)
        });
        let kind = kind(report, goroutine.wait.as_ref());
        let key = (way, goroutine.state.clone(), kind);
        let at = *known.entry(key).or_insert_with(|| {
            let frames: Vec<Frame<'_>> = report.frames(&goroutine.stack).collect();
            let known = library.of(&goroutine.state, &frames);
            let doing = judge.of(goroutine, &frames, known, library.row(known));
            let group = Group {
                goroutines: Vec::new(),
                state: goroutine.state.clone(),
                resource: None,
                work: match doing {
                    Doing::Work(work) => Some(work),
                    Doing::Idle(_) | Doing::Unknown => None,
                },
                has: library.has(&frames, known),
                idle: match doing {
                    Doing::Idle(what) => Some(what),
                    Doing::Work(_) | Doing::Unknown => None,
                },
                users: users(&frames, main),
            };
            groups.push((group, known));
            groups.len() - 1
        });
        if let Some((group, _)) = groups.get_mut(at) {
            group.goroutines.push(index);
        }
    }
    let at_work = groups.iter().filter(|(group, _)| group.work.is_some());
    reader.look_up(at_work.filter_map(|(_, known)| library.row(*known)));
    for (group, _) in &mut groups {
        let waited = |index: &u32| Reverse(report.waited(*index));
        group.goroutines.sort_by_key(waited);
    }
    let had = groups.iter().flat_map(|(group, _)| &group.has);
    let had: FxHashSet<&'static str> = had.copied().collect();
    let resources: Vec<Option<Resource>> = groups
        .iter()
        .map(|(group, known)| {
            group.work?;
            let Some(row) = library.row(*known) else {
                return reader.context(report, *group.goroutines.first()?);
            };
            let kind = library.kind(row, &had);
            Some(reader.resource(report, row, kind, &group.goroutines))
        })
        .collect();
    for ((group, _), resource) in groups.iter_mut().zip(resources) {
        group.resource = resource;
    }
    let mut groups: Vec<Group> = groups.into_iter().map(|(group, _)| group).collect();
    groups.sort_by_key(|group| Reverse(group.goroutines.len()));
    groups
}

/// What kind of thing is waited for; of a `select` with several cases that matter, nothing in particular.
fn kind(report: &Report, wait: Option<&Wait>) -> Option<std::mem::Discriminant<Kind>> {
    let case = sole_case(report, wait)?;
    Some(discriminant(&report.object(case.object)?.kind))
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
