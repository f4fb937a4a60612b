//! Goroutines that wait for what others hold: in circles, in chains that end in one culprit, at channels that are full.

use super::super::cycles::{Edge, holders, waits_at};
use super::{MANY, held_up, weight};
use crate::describe;
use crate::report::{
    Finding, Grade, Kind, Object, Purpose, Report, Suspect, Trouble, Waiter, Weight,
};
use gopeek_layout::enums::status;
use rustc_hash::{FxHashMap, FxHashSet};
use std::cmp::Reverse;

/// Goroutines that wait for each other.
pub(super) fn deadlock(report: &Report, circle: &[Edge]) -> Finding {
    let members: FxHashSet<u32> = circle.iter().map(|edge| edge.from).collect();
    let mut objects: Vec<u32> = Vec::new();
    for edge in circle {
        if !objects.contains(&edge.object) {
            objects.push(edge.object);
        }
    }
    let held_up = held_up(report, &objects, &members);
    let grade = circle.iter().map(|edge| edge.grade).min();
    Finding {
        what: Trouble::Deadlock,
        weight: Weight::Stuck,
        grade: grade.unwrap_or(Grade::Possible),
        text: describe::circle(report, circle.iter().map(|edge| (edge.from, edge.object))),
        culprits: circle.iter().map(|edge| edge.from).collect(),
        objects,
        held_up: held_up + members.len() as u64,
    }
}

/// The way from an object over its likeliest holder, what that waits at, and so on, up to who waits for nobody.
struct Chain {
    /// From the outermost.
    objects: Vec<u32>,
    root: Suspect,
    grade: Grade,
}

fn chain(report: &Report, start: u32) -> Option<Chain> {
    let mut objects = vec![start];
    let first = report.object(start)?;
    let mut suspect = first_of(first)?.clone();
    let mut grade = suspect.grade;
    while let Some((at, purpose)) = waits_at(report, suspect.goroutine) {
        if objects.contains(&at) && purpose != Purpose::LastReaders {
            return None;
        }
        let Some(next) = holders(report, (at, purpose)).next() else {
            break;
        };
        if next.goroutine == suspect.goroutine || objects.len() > MANY {
            break;
        }
        objects.push(at);
        suspect = next.clone();
        grade = grade.min(suspect.grade);
    }
    Some(Chain {
        objects,
        root: suspect,
        grade,
    })
}

/// The suspect to follow: the likeliest; of several that are no more than possible, none.
fn first_of(object: &Object) -> Option<&Suspect> {
    let mut suspects = object.suspects.iter();
    let first = suspects.next()?;
    let is_clear = first.grade > Grade::Possible || suspects.next().is_none();
    is_clear.then_some(first)
}

/// Locks that many wait for.
pub(super) fn pile_ups(report: &Report, circles: &[Vec<Edge>]) -> Vec<Finding> {
    let in_circles: FxHashSet<u32> = circles.iter().flatten().map(|edge| edge.object).collect();
    // Chains that end in one culprit are one finding.
    let mut by_root: FxHashMap<u32, Vec<Chain>> = FxHashMap::default();
    let mut found = Vec::new();
    for (object, index) in report.objects.iter().zip(0u32..) {
        let is_lock = match object.kind {
            Kind::Mutex(_) | Kind::RwMutex(_) | Kind::Once { .. } | Kind::WaitGroup { .. } => true,
            // One by whose elements goroutines take turns.
            Kind::Channel(_) => first_of(object).is_some_and(|it| it.grade > Grade::Possible),
            _ => false,
        };
        if !is_lock || object.waiters.is_empty() || in_circles.contains(&index) {
            continue;
        }
        match chain(report, index) {
            Some(chain) if chain.objects.iter().any(|at| in_circles.contains(at)) => {}
            Some(chain) => by_root.entry(chain.root.goroutine).or_default().push(chain),
            None => found.extend(without_holder(report, object, index)),
        }
    }
    found.extend(by_root.into_values().map(|chains| pile_up(report, &chains)));
    found
}

fn pile_up(report: &Report, chains: &[Chain]) -> Finding {
    let longest = chains.iter().max_by_key(|chain| chain.objects.len());
    let mut known = FxHashSet::default();
    let all = chains
        .iter()
        .flat_map(|chain| chain.objects.iter().copied());
    let mut objects: Vec<u32> = all.filter(|object| known.insert(*object)).collect();
    let root = longest.map_or(0, |chain| chain.root.goroutine);
    // That for which most wait goes first.
    objects.sort_by_key(|index| {
        Reverse(
            report
                .object(*index)
                .map_or(0, |object| object.waiters.len()),
        )
    });
    let held_up = held_up(report, &objects, &FxHashSet::from_iter([root]));
    let grade = chains.iter().map(|chain| chain.grade).max();
    let grade = grade.unwrap_or(Grade::Possible);
    let waits_only = objects.iter().all(|index| {
        let object = report.object(*index);
        object.is_some_and(|object| matches!(object.kind, Kind::WaitGroup { .. }))
    });
    // To wait for others to be done is what such groups are for; and one that runs will be done.
    let most = if waits_only {
        Weight::Note
    } else if runs(report, root) {
        Weight::Suspicious
    } else {
        Weight::Stuck
    };
    let weight = weight(report, &objects, held_up).min(most);
    Finding {
        what: Trouble::PileUp,
        weight,
        grade,
        text: describe::pile_up(report, held_up, &objects, root, grade),
        culprits: vec![root],
        objects,
        held_up,
    }
}

/// Whether a goroutine runs, or could.
fn runs(report: &Report, index: u32) -> bool {
    report
        .goroutine(index)
        .is_some_and(|it| [status::RUNNING, status::RUNNABLE].contains(&it.status))
}

/// One whose holder is not to be found.
fn without_holder(report: &Report, object: &Object, index: u32) -> Option<Finding> {
    let held_up = object.waiters.len() as u64;
    let weight = weight(report, &[index], held_up);
    // To wait for others to be done is what such groups are for.
    let is_group = matches!(object.kind, Kind::WaitGroup { .. });
    (weight > Weight::Note && !is_group).then(|| Finding {
        what: Trouble::PileUp,
        weight: weight.min(Weight::Suspicious),
        grade: Grade::Possible,
        text: describe::without_holder(report, object),
        culprits: object
            .suspects
            .iter()
            .map(|suspect| suspect.goroutine)
            .collect(),
        objects: vec![index],
        held_up,
    })
}

/// Channels into which many want to send, and from which nobody receives.
pub(super) fn full_channels(report: &Report) -> Vec<Finding> {
    let objects = report.objects.iter().zip(0u32..);
    let found = objects.filter_map(|(object, index)| {
        let Kind::Channel(_) = object.kind else {
            return None;
        };
        if first_of(object).is_some_and(|it| it.grade > Grade::Possible) {
            return None;
        }
        let sends = |it: &&Waiter| it.purpose == Purpose::Send && !it.select;
        let senders = object.waiters.iter().filter(sends).count();
        let weight = weight(report, &[index], senders as u64).min(Weight::Suspicious);
        (senders > 0 && weight > Weight::Note).then(|| Finding {
            what: Trouble::PileUp,
            weight,
            grade: Grade::Possible,
            text: describe::full_channel(report, object, senders),
            culprits: object
                .suspects
                .iter()
                .map(|suspect| suspect.goroutine)
                .collect(),
            objects: vec![index],
            held_up: senders as u64,
        })
    });
    found.collect()
}
