//! Circles in the graph of who waits for whom: goroutine to object to its holder, and on.

use super::findings::LONG;
use super::selects::sole_case;
use crate::report::{Evidence, Grade, Kind, Purpose, Report, Suspect};
use rustc_hash::FxHashSet;

/// A step from a goroutine that waits to one that may hold what it waits for.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(super) struct Edge {
    /// Who waits, by index.
    pub(super) from: u32,
    /// At what, by index.
    pub(super) object: u32,
    /// Who holds it, by index.
    pub(super) to: u32,
    /// How sure that is.
    pub(super) grade: Grade,
}

/// The object that a goroutine can't go on without, and what for.
pub(super) fn waits_at(report: &Report, goroutine: u32) -> Option<(u32, Purpose)> {
    let case = sole_case(report, report.goroutine(goroutine)?.wait.as_ref())?;
    Some((case.object, case.purpose))
}

/// Who holds up a goroutine that waits at an object for this purpose. Of a lock for readers and writers: the writer that goes
/// next waits for the readers inside, and all others for a writer, the one that has it or the one that goes next.
pub(super) fn holders(
    report: &Report,
    (at, purpose): (u32, Purpose),
) -> impl Iterator<Item = &Suspect> {
    let object = report.object(at);
    let suspects = object.map(|object| &object.suspects[..]);
    let of_both = object.is_some_and(|object| matches!(object.kind, Kind::RwMutex(_)));
    let for_readers = purpose == Purpose::LastReaders;
    let suspects = suspects.unwrap_or_default().iter();
    suspects.filter(move |suspect| !of_both || is_reader(suspect) == for_readers)
}

/// Whether a suspect of a lock for readers and writers would hold it as a reader. Of one for whom no more than a pointer speaks
/// that is as likely as not.
fn is_reader(suspect: &Suspect) -> bool {
    suspect.evidence.iter().any(|evidence| match evidence {
        Evidence::Deferred { method, .. } | Evidence::Past { method, .. } => {
            ["sync.(*RWMutex).RLock", "sync.(*RWMutex).RUnlock"].contains(&&**method)
        }
        _ => false,
    })
}

/// How sure it is that a goroutine can't go on before this suspect does; nothing where that is no more than possible.
///
/// Of a channel, somebody must come to its other end: the only goroutine whose stack leads there, if no global does. It is
/// likely where nothing in the heap leads there either.
fn holds_up(report: &Report, at: u32, suspect: &Suspect) -> Option<Grade> {
    if suspect.grade >= Grade::Likely {
        return Some(suspect.grade);
    }
    let object = report.object(at)?;
    let is_channel = matches!(&object.kind, Kind::Channel(it) if it.timer.is_none() && !it.closed);
    let only = object.suspects.len() == 1
        && suspect.evidence.contains(&Evidence::OnlyOne)
        && !object.global
        && object.waiters.iter().all(|waiter| waiter.sole);
    if !is_channel || !only {
        return None;
    }
    Some(if report.deep && object.unreachable {
        Grade::Likely
    } else {
        Grade::Possible
    })
}

/// Whether a circle stands where the heap was searched. Nothing alive leads to one channel at least, so that its waiter never goes
/// on, nor does whoever waits for that one. Or all have waited for long: words that are left over may hide that nothing does.
fn stands(report: &Report, circle: &[Edge]) -> bool {
    let is_long = |edge: &Edge| {
        report
            .waited(edge.from)
            .is_some_and(|waited| waited >= LONG)
    };
    !report.deep
        || circle.iter().any(|edge| edge.grade >= Grade::Likely)
        || circle.iter().all(is_long)
}

/// Whether somebody in a circle has something to do. Goroutines that all wait to receive may be idle.
fn has_work(report: &Report, circle: &[Edge]) -> bool {
    circle.iter().any(|edge| {
        let case = waits_at(report, edge.from);
        case.is_some_and(|(_, purpose)| purpose != Purpose::Receive)
    })
}

/// The circles, each once: along suspects that are likely at least, and over channels of which only one other is known.
pub(super) fn cycles(report: &Report) -> Vec<Vec<Edge>> {
    let mut found = Vec::new();
    let mut done: FxHashSet<u32> = FxHashSet::default();
    let holders_only = report.objects.iter().flat_map(|object| &object.suspects);
    // A circle goes through suspects alone.
    for start in holders_only.map(|suspect| suspect.goroutine) {
        let mut way: Vec<Edge> = Vec::new();
        walk(report, start, &mut way, &mut done, &mut found);
    }
    found.retain(|circle| has_work(report, circle) && stands(report, circle));
    for circle in &mut found {
        // One that waits in the circle because it holds something itself goes first: not the writer that came between.
        let holds = |edge: &Edge| held_by_reader(report, edge);
        if let Some(first) = circle.iter().position(holds) {
            circle.rotate_left(first);
        }
    }
    found
}

/// Whether a step leads from a goroutine that has a lock as a reader to the writer that waits for that.
fn held_by_reader(report: &Report, edge: &Edge) -> bool {
    waits_at(report, edge.from).is_some_and(|(_, purpose)| purpose == Purpose::RLock)
}

/// So deep is followed; longer circles are none that anybody would understand.
const MAX_DEPTH: usize = 64;

fn walk(
    report: &Report,
    at: u32,
    way: &mut Vec<Edge>,
    done: &mut FxHashSet<u32>,
    found: &mut Vec<Vec<Edge>>,
) {
    if let Some(start) = way.iter().position(|edge| edge.from == at) {
        found.push(way[start..].to_vec());
        return;
    }
    if way.len() >= MAX_DEPTH || !done.insert(at) {
        return;
    }
    let Some(case) = waits_at(report, at) else {
        return;
    };
    // Of a pool, whoever else has a place may give it back: it holds up somebody only where all do (`exhausted`).
    let object = report.object(case.0);
    if object.is_some_and(|it| matches!(&it.kind, Kind::Channel(it) if it.cap > 1)) {
        return;
    }
    for suspect in holders(report, case) {
        let Some(grade) = holds_up(report, case.0, suspect) else {
            continue;
        };
        way.push(Edge {
            from: at,
            object: case.0,
            to: suspect.goroutine,
            grade,
        });
        walk(report, suspect.goroutine, way, done, found);
        way.pop();
    }
}
