//! Who has what others wait for a turn at: connections of a pool, places of a semaphore.

use super::place::place;
use crate::report::{Call, Fact, Grade, Group, Report, Resource};
use rustc_hash::FxHashSet;
use std::cmp::Reverse;

/// Maximum number of goroutines named as those that have what the others wait for.
pub(super) const NAMED: usize = 8;
/// Maximum number of groups among which they are looked for by their place in the code.
const SEARCHED: usize = 4096;

/// Goroutines that have what the others wait for, or hold the objects at which these wait; those first that have waited for
/// longest themselves. `groups` are those that wait, `held_up` their goroutines.
pub(super) fn users(
    report: &Report,
    groups: &[&Group],
    resource: Option<&Resource>,
    objects: &[u32],
    held_up: &[u32],
) -> Vec<u32> {
    let waiting: FxHashSet<u32> = held_up.iter().copied().collect();
    let kind = resource.map_or("", |resource| resource.kind);
    let having = report.groups.iter();
    let having = having.filter(|group| group.has.contains(&kind));
    // One that only watches over it does so for the goroutine that started it, which may wait for another one itself.
    let (helpers, owners): (Vec<&Group>, Vec<&Group>) =
        having.partition(|group| group.idle.is_some());
    let helped = started(report, &helpers);
    let by_function = owners
        .into_iter()
        .flat_map(|group| group.goroutines.iter().copied());
    let objects = objects.iter().filter_map(|at| report.object(*at));
    let suspects = objects.flat_map(|object| &object.suspects);
    let holders = suspects.filter(|suspect| suspect.grade > Grade::Possible);
    let holders = holders.map(|suspect| suspect.goroutine);
    let mut known = FxHashSet::default();
    let mut all: Vec<u32> = by_function
        .chain(holders)
        .filter(|index| !waiting.contains(index))
        .chain(helped)
        .filter(|index| known.insert(*index))
        .collect();
    if all.is_empty() {
        all = past(report, groups, resource.and_then(limit));
    }
    all.sort_by_key(|index| Reverse(report.waited(*index)));
    all.truncate(NAMED);
    all
}

/// The goroutines that started those of these groups, as far as they are still there.
fn started(report: &Report, helpers: &[&Group]) -> Vec<u32> {
    let helpers = helpers.iter().flat_map(|group| &group.goroutines);
    let ids = helpers.filter_map(|at| Some(report.goroutine(*at)?.created_by.as_ref()?.goroutine));
    let ids: FxHashSet<u64> = ids.filter(|id| *id != 0).collect();
    if ids.is_empty() {
        return Vec::new();
    }
    let all = report.goroutines.iter().zip(0u32..);
    let started = all.filter(|(goroutine, _)| ids.contains(&goroutine.id));
    started.map(|(_, index)| index).collect()
}

/// How many may have a turn at a time.
fn limit(resource: &Resource) -> Option<usize> {
    resource.facts.iter().find_map(|(name, fact)| match fact {
        Fact::Number(max) if *name == "max" => usize::try_from(*max).ok(),
        _ => None,
    })
}

/// Goroutines that are further on in a function in which others wait for their turn, if they are no more than may have one.
/// They may wait for another turn themselves.
fn past(report: &Report, groups: &[&Group], limit: Option<usize>) -> Vec<u32> {
    let Some(limit) = limit else {
        return Vec::new();
    };
    let places: Vec<Call> = groups
        .iter()
        .filter_map(|group| place(report, group))
        .collect();
    let is_past = |group: &&Group| {
        let first = group
            .goroutines
            .first()
            .and_then(|at| report.goroutine(*at));
        first.is_some_and(|goroutine| {
            let mut frames = report.frames(&goroutine.stack);
            frames.any(|frame| {
                let mut calls = frame.site.calls.iter();
                calls.any(|call| places.iter().any(|place| is_behind(call, place)))
            })
        })
    };
    let past = report.groups.iter().take(SEARCHED).filter(is_past);
    let past: Vec<u32> = past
        .flat_map(|group| group.goroutines.iter().copied())
        .collect();
    if past.len() <= limit {
        past
    } else {
        Vec::new()
    }
}

/// Whether a call is further on in the function in which another is made.
fn is_behind(call: &Call, other: &Call) -> bool {
    call.function == other.function && call.line > other.line
}
