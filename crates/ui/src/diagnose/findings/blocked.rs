//! Work that is stuck: goroutines that serve requests, call, or wait for their turn, and have done so for a minute.

use super::users::{NAMED, users};
use super::{Again, LONG, MANY, has_waited, told};
use crate::describe;
use crate::diagnose::library::other_end;
use crate::diagnose::selects::sole_case;
use crate::report::{Fact, Finding, Grade, Group, Kind, Report, Resource, Trouble, Weight, Work};
use rustc_hash::FxHashMap;
use std::time::Duration;

/// Maximum number of objects of a finding.
const OBJECTS: usize = 8;

/// What tells one trouble from another. Goroutines that wait for the same pool or the same peer have the same trouble,
/// wherever in the program they are.
#[derive(PartialEq, Eq, Hash)]
enum Key<'r> {
    Resource(&'static str, Option<&'r str>, Vec<(&'static str, &'r Fact)>),
    Object(u32),
    Place(&'r str, &'static str),
}

/// The goroutines of one trouble.
#[derive(Default)]
struct Stuck<'r> {
    /// Their groups, the largest first.
    groups: Vec<&'r Group>,
    /// Those that are known to have waited for a minute.
    long: Vec<u32>,
    /// Those of which it is unknown for how long they have waited.
    unknown: Vec<u32>,
    /// What they wait at, some of it where each waits at something of its own.
    objects: Vec<u32>,
}

/// The findings. `found` are those so far: whoever is told of there is not told of again.
pub(super) fn findings(report: &Report, again: &Again, found: &[Finding]) -> Vec<Finding> {
    let told = told(report, found);
    let is_silent = no_waits_known(report);
    let mut all: FxHashMap<Key<'_>, Stuck<'_>> = FxHashMap::default();
    for group in report.groups.iter().filter(|group| group.work.is_some()) {
        for index in &group.goroutines {
            if told.contains(index) || again.goroutines.contains(index) {
                continue;
            }
            let long = has_waited(report, *index);
            let unknown = is_silent && report.waited(*index).is_none();
            if !long && !unknown {
                continue;
            }
            let object = object(report, *index);
            let shared =
                object.filter(|at| report.object(*at).is_some_and(|it| it.waiters.len() > 1));
            let stuck = all.entry(key(group, shared)).or_default();
            if !stuck
                .groups
                .last()
                .is_some_and(|last| std::ptr::eq(*last, group))
            {
                stuck.groups.push(group);
            }
            if long {
                &mut stuck.long
            } else {
                &mut stuck.unknown
            }
            .push(*index);
            if let Some(object) = object.filter(|object| !stuck.objects.contains(object))
                && stuck.objects.len() < OBJECTS
            {
                stuck.objects.push(object);
            }
        }
    }
    all.into_values()
        .filter_map(|stuck| finding(report, stuck))
        .collect()
}

/// Whether the GC, which notes who waits, has not run for so long that most waits are unknown.
fn no_waits_known(report: &Report) -> bool {
    let collector = report.health.as_ref().and_then(|it| it.collector.as_ref());
    let last = collector.and_then(|collector| collector.last_end_monotonic);
    let now = u64::try_from(report.now).unwrap_or(0);
    match last.filter(|last| *last > 0) {
        Some(last) => Duration::from_nanos(now.saturating_sub(last)) >= LONG,
        None => report.target.age.is_some_and(|age| age >= LONG),
    }
}

/// What a goroutine waits at, if that is one object.
fn object(report: &Report, index: u32) -> Option<u32> {
    let case = sole_case(report, report.goroutine(index)?.wait.as_ref())?;
    Some(case.object)
}

fn key(group: &Group, object: Option<u32>) -> Key<'_> {
    match (&group.resource, object) {
        (Some(it), _) if it.peer.is_some() || !it.facts.is_empty() => {
            let facts = it.facts.iter().map(|(name, fact)| (*name, fact));
            Key::Resource(it.kind, it.peer.as_deref(), facts.collect())
        }
        (_, Some(object)) => Key::Object(object),
        (resource, None) => Key::Place(
            &group.state,
            resource.as_ref().map_or("", |resource| resource.kind),
        ),
    }
}

fn finding(report: &Report, stuck: Stuck<'_>) -> Option<Finding> {
    let group = *stuck.groups.first()?;
    let mut held_up = stuck.long;
    let is_known = !held_up.is_empty();
    held_up.extend(stuck.unknown);
    // A wait of unknown length counts only where many wait.
    let weight = match (is_known, held_up.len() >= MANY) {
        (true, true) => Weight::Stuck,
        (true, false) | (false, true) => Weight::Suspicious,
        (false, false) => return None,
    };
    let since: Option<Duration> = held_up.iter().filter_map(|at| report.waited(*at)).max();
    let by_object = || resource(report, stuck.objects.first().copied(), *held_up.first()?);
    let mut resource = group.resource.clone().or_else(by_object);
    let culprits = users(
        report,
        &stuck.groups,
        resource.as_ref(),
        &stuck.objects,
        &held_up,
    );
    if let Some(resource) = &mut resource
        && resource.peer.is_none()
    {
        // Who is to answer them is to answer those that wait behind them.
        let ends = culprits
            .iter()
            .map(|at| other_end(report, report.goroutine(*at)?));
        resource.peer = ends.flatten().next();
    }
    if let Some(resource) = &mut resource
        && resource.facts.iter().any(|(name, _)| *name == "max")
    {
        let waiting = i64::try_from(held_up.len()).unwrap_or(i64::MAX);
        resource.facts.push(("waiting", Fact::Number(waiting)));
    }
    let place = super::place(report, group);
    let trouble = describe::Blocked {
        count: held_up.len(),
        work: group.work.unwrap_or(Work::Calls),
        resource: resource.as_ref(),
        place: place.as_ref(),
        since,
        user: culprits.first().copied(),
        waits_too: culprits.first().is_some_and(|user| held_up.contains(user)),
    };
    Some(Finding {
        what: Trouble::Blocked,
        weight,
        grade: Grade::Likely,
        text: describe::blocked(report, &trouble),
        culprits: if culprits.is_empty() {
            held_up.iter().copied().take(NAMED).collect()
        } else {
            culprits
        },
        objects: stuck.objects,
        held_up: held_up.len() as u64,
        place,
        resource,
        since,
    })
}

/// What goroutines wait for that no library stands behind, by the object that they wait at.
pub(super) fn resource(report: &Report, object: Option<u32>, waiter: u32) -> Option<Resource> {
    let case = sole_case(report, report.goroutine(waiter)?.wait.as_ref());
    let object = report.object(object.or(case.map(|case| case.object))?)?;
    let number = |count: u64| Fact::Number(i64::try_from(count).unwrap_or(i64::MAX));
    let (kind, text, facts) = match &object.kind {
        Kind::Channel(channel) if channel.cap > 0 => (
            "channel",
            "a channel",
            vec![
                ("max", number(channel.cap)),
                ("in_use", number(channel.len)),
            ],
        ),
        Kind::Channel(_) => ("channel", "a channel", Vec::new()),
        Kind::Mutex(_) => ("mutex", "a mutex", Vec::new()),
        Kind::RwMutex(_) => ("rwmutex", "an rwmutex", Vec::new()),
        Kind::WaitGroup { .. } => ("waitgroup", "a WaitGroup", Vec::new()),
        Kind::Cond => ("cond", "a Cond", Vec::new()),
        Kind::Once { .. } => ("once", "a Once", Vec::new()),
        Kind::Semaphore { .. } => ("semaphore", "a semaphore", Vec::new()),
        Kind::File(_) => ("file", "a connection", Vec::new()),
        Kind::Coroutine | Kind::Bubble => return None,
    };
    let peer = match &object.kind {
        Kind::File(file) => file
            .socket
            .as_ref()
            .and_then(|socket| socket.remote.clone()),
        _ => None,
    };
    Some(Resource {
        kind,
        text,
        facts,
        peer,
    })
}
