//! Goroutines that wait for ever: nothing alive leads to what they wait at. One finding for each `go` statement and place.

use super::super::cycles::{Edge, cycles};
use super::{CROWD, causes, held_up, is_long, weight};
use crate::describe;
use crate::report::{
    Channel, Finding, Grade, Kind, Object, Purpose, Report, Trouble, Wait, Weight,
};
use rustc_hash::FxHashSet;
use std::cmp::Reverse;

/// The leaks, the largest first.
///
/// Goroutines that wait for each other in a circle are told of already.
pub(super) fn leaks(report: &Report, circles: &[Vec<Edge>]) -> Vec<Finding> {
    let in_circles: FxHashSet<u64> = circles
        .iter()
        .flatten()
        .filter_map(|edge| Some(report.object(edge.object)?.addr))
        .collect();
    let is_one = |object: &Object| {
        is_suspected(report, object) && !in_circles.contains(&object.addr) && !object.exhausted
    };
    let found = causes::of(report, |object| !object.waiters.is_empty()).into_iter();
    let found = found.filter_map(|objects| leaked(report, objects, &is_one));
    let found = found.filter(|objects| is_told(report, objects));
    let mut found: Vec<Finding> = found.map(|objects| leak(report, objects)).collect();
    found.sort_by_key(|finding| Reverse(finding.held_up));
    found
}

/// Those of the objects with one cause that are leaked. If most are, then all: a word that is left over on some stack hides
/// the others.
fn leaked(
    report: &Report,
    objects: Vec<u32>,
    is_leaked: &dyn Fn(&Object) -> bool,
) -> Option<Vec<u32>> {
    let is_one = |index: &u32| report.object(*index).is_some_and(is_leaked);
    let leaked: Vec<u32> = objects.iter().copied().filter(is_one).collect();
    if leaked.is_empty() {
        None
    } else if report.deep && leaked.len() * 2 > objects.len() {
        Some(objects)
    } else {
        Some(leaked)
    }
}

/// Whether the heap is to be searched before more than a note is raised of what may be leaked.
pub(in crate::diagnose) fn is_worth_a_search(report: &Report) -> bool {
    // A circle over channels is one only if nothing else leads there.
    let in_doubt = |circle: &Vec<Edge>| circle.iter().any(|edge| edge.grade == Grade::Possible);
    if cycles(report).iter().any(in_doubt) {
        return true;
    }
    let suspected = || {
        let all = report.objects.iter().zip(0u32..);
        all.filter(|(object, _)| is_lonely(object))
    };
    let sends = |object: &Object| {
        let mut waiters = object.waiters.iter();
        waiters.any(|it| it.purpose == Purpose::Send && !it.select)
    };
    // One that sends for long is told of in any case: as what it is, then.
    let is_told = suspected().any(|(object, index)| sends(object) && is_long(report, &[index]));
    if is_told {
        return true;
    }
    let all: Vec<u32> = suspected().map(|(_, index)| index).collect();
    held_up(report, &all, &FxHashSet::default()) >= CROWD && is_long(report, &all)
}

/// Whether no stack but those of the goroutines that wait there leads to an object, or, where the heap was searched, nothing.
fn is_suspected(report: &Report, object: &Object) -> bool {
    // What leads to another case leads to all that the goroutine has, and so to this one: where the heap was searched.
    if report.deep {
        object.unreachable && !object.waiters.is_empty()
    } else {
        is_lonely(object)
    }
}

fn is_lonely(object: &Object) -> bool {
    let Kind::Channel(channel) = &object.kind else {
        return false;
    };
    // One that is full is told of already; a signal's is known to the signal package.
    let is_else = is_full(channel)
        || channel.stopped_timer
        || channel.elem_type.as_deref() == Some("os.Signal");
    let select = object.waiters.iter().any(|waiter| waiter.select);
    object.unreachable && !object.waiters.is_empty() && !select && !is_else
}

fn is_full(channel: &Channel) -> bool {
    channel.cap > 0 && channel.len >= channel.cap
}

/// Whether a group is worth a word where the heap was not searched. Workers without work wait at channels of pools that only the
/// heap leads to. A goroutine that has something to send does not idle.
fn is_told(report: &Report, objects: &[u32]) -> bool {
    let all = objects.iter().filter_map(|index| report.object(*index));
    let mut waiters = all.flat_map(|object| &object.waiters);
    report.deep
        || waiters.any(|it| it.purpose == Purpose::Send)
        || is_long(report, objects) && held_up(report, objects, &FxHashSet::default()) >= CROWD
}

fn leak(report: &Report, objects: Vec<u32>) -> Finding {
    let held_up = held_up(report, &objects, &FxHashSet::default());
    Finding {
        what: Trouble::Leak,
        // What is held in the heap is reachable all the same.
        weight: if report.deep {
            weight(report, &objects, held_up).min(Weight::Suspicious)
        } else {
            Weight::Note
        },
        grade: if report.deep {
            Grade::Likely
        } else {
            Grade::Possible
        },
        text: describe::leak(report, held_up, &objects),
        culprits: waiters(report, &objects),
        objects,
        held_up,
        ..Finding::default()
    }
}

/// The first that waits at each of these.
fn waiters(report: &Report, objects: &[u32]) -> Vec<u32> {
    let firsts = objects
        .iter()
        .filter_map(|index| report.object(*index)?.waiters.first());
    firsts.map(|waiter| waiter.goroutine).collect()
}

/// Goroutines that wait for nothing but timers that were stopped: the channel of one is not closed by that.
pub(super) fn stopped_timers(report: &Report) -> Vec<Finding> {
    let is_stopped = |object: &Object| {
        let stopped = matches!(&object.kind, Kind::Channel(channel) if channel.stopped_timer);
        let alone = object.waiters.iter().all(|waiter| !waiter.select);
        // One that nothing leads to is leaked, which is worse: nobody can reset it.
        stopped && alone && !object.waiters.is_empty() && !(report.deep && object.unreachable)
    };
    let groups = causes::of(report, is_stopped).into_iter();
    let found = groups.map(|objects| {
        let held_up = held_up(report, &objects, &FxHashSet::default());
        Finding {
            what: Trouble::Leak,
            // Somebody may start it again, but not for a minute, or for one of many.
            weight: weight(report, &objects, held_up).min(Weight::Suspicious),
            grade: Grade::Certain,
            text: describe::stopped_timers(report, held_up, &objects),
            culprits: waiters(report, &objects),
            objects,
            held_up,
            ..Finding::default()
        }
    });
    let mut found: Vec<Finding> = found.collect();
    found.sort_by_key(|finding| Reverse(finding.held_up));
    found
}

/// Goroutines at nil channels, which nobody can reach. A `select` without cases is how some programs say that they are done.
pub(super) fn nil_channels(report: &Report) -> Option<Finding> {
    let all = report.goroutines.iter().zip(0u32..);
    let at_nil = all.filter(|(goroutine, _)| {
        goroutine.wait == Some(Wait::Forever) && goroutine.state.contains("nil chan")
    });
    let culprits: Vec<u32> = at_nil.map(|(_, index)| index).collect();
    (!culprits.is_empty()).then(|| Finding {
        what: Trouble::Leak,
        weight: Weight::Note,
        grade: Grade::Certain,
        text: describe::nil_channels(report, culprits.len()),
        held_up: culprits.len() as u64,
        culprits,
        objects: Vec::new(),
        ..Finding::default()
    })
}
