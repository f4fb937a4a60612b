//! Goroutines that wait for what others hold: in circles, in chains that end in one culprit, at channels that are full.

use super::super::cycles::{Edge, holders, waits_at};
use super::place::Places;
use super::{MANY, causes, held_up, is_long, weight};
use crate::describe;
use crate::report::{
    Evidence, Finding, Grade, Kind, Object, Purpose, Report, Suspect, Trouble, Weight,
};
use gopeek_layout::enums::status;
use rustc_hash::{FxHashMap, FxHashSet};
use std::cmp::Reverse;

/// Maximum number of suspects that one finding names.
const MAX_NAMED: usize = 64;

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
    let grade = grade.unwrap_or(Grade::Possible);
    Finding {
        what: Trouble::Deadlock,
        weight: if grade > Grade::Possible {
            Weight::Stuck
        } else {
            Weight::Suspicious
        },
        grade,
        text: describe::circle(report, circle.iter().map(|edge| (edge.from, edge.object))),
        culprits: circle.iter().map(|edge| edge.from).collect(),
        objects,
        held_up: held_up + members.len() as u64,
        ..Finding::default()
    }
}

/// The way from an object over its likeliest holder, what that waits at, and so on, up to who waits for nobody.
struct Chain {
    /// From the outermost.
    objects: Vec<u32>,
    root: u32,
    grade: Grade,
}

fn chain(report: &Report, start: u32, ends: &mut Ends) -> Option<Chain> {
    let mut objects = vec![start];
    let first = report.object(start)?;
    let mut suspect = first_of(first)?.clone();
    let mut grade = suspect.grade;
    while let Some((at, purpose)) = waits_at(report, suspect.goroutine) {
        if objects.contains(&at) && purpose != Purpose::LastReaders {
            return None;
        }
        let Some(next) = holders(report, (at, purpose)).next() else {
            // The writer that goes next is a victim of readers that do not show, like all that wait behind it.
            if purpose == Purpose::LastReaders && objects.last() == Some(&at) {
                return None;
            }
            break;
        };
        if next.goroutine == suspect.goroutine {
            break;
        }
        if objects.len() > MANY {
            // What lies further on, the chains that begin there have, too. They all have the same end.
            let end = ends.of(report, suspect.goroutine)?;
            return Some(Chain {
                objects,
                grade: grade.min(end.grade),
                root: end.goroutine,
            });
        }
        objects.push(at);
        suspect = next.clone();
        grade = grade.min(suspect.grade);
    }
    Some(Chain {
        objects,
        root: suspect.goroutine,
        grade,
    })
}

/// Where a long chain ends.
#[derive(Copy, Clone)]
struct End {
    /// Who waits for nobody.
    goroutine: u32,
    /// How sure the least sure step is.
    grade: Grade,
}

/// The ends of long chains, by the goroutines on the way; nothing where the way comes back to itself.
#[derive(Default)]
struct Ends(FxHashMap<u32, Option<End>>);

impl Ends {
    /// Follows who waits for whom, from a goroutine on.
    fn of(&mut self, report: &Report, start: u32) -> Option<End> {
        let mut way: Vec<(u32, Grade)> = Vec::new();
        let mut at = start;
        let mut end = loop {
            if let Some(known) = self.0.get(&at) {
                break *known;
            }
            let next = waits_at(report, at).and_then(|case| holders(report, case).next());
            let Some(next) = next.filter(|next| next.goroutine != at) else {
                let end = End {
                    goroutine: at,
                    grade: Grade::Certain,
                };
                self.0.insert(at, Some(end));
                break Some(end);
            };
            // Whoever comes back here is in a circle.
            self.0.insert(at, None);
            way.push((at, next.grade));
            at = next.goroutine;
        };
        for (at, grade) in way.into_iter().rev() {
            end = end.map(|end| End {
                grade: end.grade.min(grade),
                ..end
            });
            self.0.insert(at, end);
        }
        end
    }
}

/// The suspect to follow: the likeliest; of several that are no more than possible, none.
fn first_of(object: &Object) -> Option<&Suspect> {
    let mut suspects = object.suspects.iter();
    let first = suspects.next()?;
    let is_clear = first.grade > Grade::Possible || suspects.next().is_none();
    is_clear.then_some(first)
}

/// Locks that many wait for.
pub(super) fn pile_ups(
    report: &Report,
    circles: &[Vec<Edge>],
    places: &Places<'_>,
) -> Vec<Finding> {
    let in_circles: FxHashSet<u32> = circles.iter().flatten().map(|edge| edge.object).collect();
    // Chains that end in one culprit are one finding.
    let mut by_root: FxHashMap<u32, Vec<Chain>> = FxHashMap::default();
    let mut unknown = Vec::new();
    let mut ends = Ends::default();
    for (object, index) in report.objects.iter().zip(0u32..) {
        let is_lock = match object.kind {
            Kind::Mutex(_) | Kind::RwMutex(_) | Kind::Once { .. } | Kind::WaitGroup { .. } => true,
            // One by whose elements goroutines take turns. Who only selects it beside others does not wait for its turn.
            Kind::Channel(_) => {
                !object.exhausted
                    && object.waiters.iter().any(|waiter| waiter.sole)
                    && first_of(object).is_some_and(|it| it.grade > Grade::Possible)
            }
            _ => false,
        };
        let is_idle = matches!(object.kind, Kind::Channel(_)) && places.is_idle(object);
        if !is_lock || is_idle || object.waiters.is_empty() || in_circles.contains(&index) {
            continue;
        }
        match chain(report, index, &mut ends) {
            Some(chain) if chain.objects.iter().any(|at| in_circles.contains(at)) => {}
            Some(chain) => by_root.entry(chain.root).or_default().push(chain),
            None => unknown.push((object, index)),
        }
    }
    let mut found = without_holders(report, unknown);
    found.extend(
        by_root
            .into_values()
            .map(|chains| pile_up(report, &chains, places)),
    );
    found
}

fn pile_up(report: &Report, chains: &[Chain], places: &Places<'_>) -> Finding {
    let mut known = FxHashSet::default();
    let all = chains
        .iter()
        .flat_map(|chain| chain.objects.iter().copied());
    let mut objects: Vec<u32> = all.filter(|object| known.insert(*object)).collect();
    let root = chains.first().map_or(0, |chain| chain.root);
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
    // To wait for others to be done is what such groups are for; and one that runs will be done, unless it has run for long.
    let most = if waits_only {
        Weight::Note
    } else if runs(report, root) && !is_long(report, &objects) {
        Weight::Suspicious
    } else {
        Weight::Stuck
    };
    let weight = weight(report, &objects, held_up).min(most);
    let waiters = objects.iter().filter_map(|at| report.object(*at));
    let waiters = waiters.flat_map(|object| object.waiters.iter().map(|it| it.goroutine));
    let waiters: Vec<u32> = waiters.filter(|index| *index != root).collect();
    let (place, since) = places.of(&waiters);
    Finding {
        what: Trouble::PileUp,
        weight,
        grade,
        text: if grade > Grade::Possible {
            let it = describe::PileUp {
                held_up,
                objects: &objects,
                root,
                grade,
                place: place.as_ref(),
                since,
            };
            describe::pile_up(report, &it)
        } else {
            describe::without_holder(report, held_up, &objects)
        },
        culprits: vec![root],
        objects,
        held_up,
        place,
        since,
        ..Finding::default()
    }
}

/// Whether a goroutine runs, or could.
fn runs(report: &Report, index: u32) -> bool {
    report
        .goroutine(index)
        .is_some_and(|it| [status::RUNNING, status::RUNNABLE].contains(&it.status))
}

/// Locks whose holders are not to be found: one finding for those at which goroutines wait at the same place.
fn without_holders(report: &Report, locks: Vec<(&Object, u32)>) -> Vec<Finding> {
    // To wait for others to be done is what such groups are for.
    let bad = locks.into_iter().filter(|(object, index)| {
        let is_group = matches!(object.kind, Kind::WaitGroup { .. });
        !is_group && weight(report, &[*index], object.waiters.len() as u64) > Weight::Note
    });
    let (unheld, unknown): (Vec<_>, Vec<_>) = bad.partition(|(object, _)| object.unheld);
    let by_cause = |locks: Vec<(&Object, u32)>| {
        let locks = locks.into_iter();
        let firsts = locks.filter_map(|(it, index)| Some((index, it.waiters.first()?.goroutine)));
        causes::groups(report, firsts)
    };
    let unheld = by_cause(unheld).into_iter().map(|objects| Finding {
        weight: heaviest(report, &objects),
        grade: Grade::Likely,
        ..without_holder(report, objects)
    });
    let unknown = by_cause(unknown).into_iter().map(|objects| Finding {
        weight: heaviest(report, &objects).min(Weight::Suspicious),
        grade: Grade::Possible,
        ..without_holder(report, objects)
    });
    unheld.chain(unknown).collect()
}

/// The weight of the worst of these objects, each by itself.
fn heaviest(report: &Report, objects: &[u32]) -> Weight {
    let each = objects.iter().map(|index| {
        let waiters = report
            .object(*index)
            .map_or(0, |object| object.waiters.len());
        weight(report, &[*index], waiters as u64)
    });
    each.max().unwrap_or_default()
}

fn without_holder(report: &Report, objects: Vec<u32>) -> Finding {
    let held_up = held_up(report, &objects, &FxHashSet::default());
    Finding {
        what: Trouble::PileUp,
        text: describe::without_holder(report, held_up, &objects),
        culprits: suspects(report, &objects),
        objects,
        held_up,
        ..Finding::default()
    }
}

/// Who may hold these, each once.
fn suspects(report: &Report, objects: &[u32]) -> Vec<u32> {
    let objects = objects.iter().filter_map(|index| report.object(*index));
    let all = objects.flat_map(|object| &object.suspects);
    let mut known = FxHashSet::default();
    let waits_itself = |it: &&Suspect| !it.evidence.contains(&Evidence::NextWriter);
    let all = all.filter(waits_itself).map(|suspect| suspect.goroutine);
    all.filter(|index| known.insert(*index))
        .take(MAX_NAMED)
        .collect()
}

/// Channels by which goroutines take turns, all of which are taken by goroutines that wait for one more.
pub(super) fn exhausted(report: &Report) -> Vec<Finding> {
    let all = report.objects.iter().zip(0u32..);
    let found = all
        .filter(|(object, _)| object.exhausted)
        .map(|(object, index)| {
            let holders = object
                .suspects
                .iter()
                .filter(|it| it.grade >= Grade::Likely);
            Finding {
                what: Trouble::Deadlock,
                weight: Weight::Stuck,
                grade: Grade::Likely,
                text: describe::exhausted(report, object),
                culprits: holders.map(|suspect| suspect.goroutine).collect(),
                objects: vec![index],
                held_up: held_up(report, &[index], &FxHashSet::default()),
                ..Finding::default()
            }
        });
    found.collect()
}
