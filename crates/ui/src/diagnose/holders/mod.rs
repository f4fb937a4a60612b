//! Who may hold what others wait at. Nothing in the runtime says it: this is inference, and each inference has its evidence
//! and its grade.

mod behind;
mod frames;
mod further;
mod globals;
mod grade;
mod live;
mod methods;
mod past;
mod pointers;
mod stacks;
mod targets;
mod turns;
mod unheld;
mod unlocated;

use super::Ground;
use super::records::Record;
use crate::report::{Evidence, Kind, Object, Report, Suspect};
use gopeek_attach::workers;
use grade::Grades;
use methods::Hold;
use pointers::{Pointer, Scan};
use rustc_hash::FxHashMap;
use stacks::Said;
use targets::Targets;

/// So many suspects of one object are named.
const MAX_SUSPECTS: usize = 16;

/// Something that speaks for a goroutine.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Clue {
    object: u32,
    /// How it would be held; nothing where it is as likely that the evidence is about another object.
    hold: Option<Hold>,
    evidence: Evidence,
}

/// All that speaks for a goroutine: the way in which it would hold the object, where the evidence says so, and the evidence.
type Clues = Vec<(Option<Hold>, Evidence)>;

/// Finds the suspects of each object, and which of the channels nothing that is known leads to: no stack but those of the
/// goroutines that wait there, no global. The heap is not searched.
pub(super) fn suspect(
    ground: &Ground<'_>,
    report: &Report,
    records: &[Option<Record>],
    objects: &mut [Object],
) {
    let targets = Targets::new(objects);
    if targets.is_empty() {
        return;
    }
    let (found, said) = suspects(ground, report, records, &targets, objects);
    let unheld = unheld::all(ground, report, records, (objects, &found), &said.unlocated);
    let is_lonely = |object: &Object, suspects: &[Suspect]| match &object.kind {
        Kind::Channel(channel) => {
            suspects.is_empty() && channel.timer.is_none() && !object.waiters.is_empty()
        }
        _ => false,
    };
    // One that a single other goroutine leads to may be a part of a circle.
    let is_dual = |object: &Object, suspects: &[Suspect]| {
        matches!(object.kind, Kind::Channel(_)) && suspects.len() == 1
    };
    let all = || objects.iter().zip(&found);
    let lonely =
        all().any(|(object, suspects)| is_lonely(object, suspects) || is_dual(object, suspects));
    let globals = lonely
        .then(|| globals::pointed_to(ground, &targets))
        .flatten();
    for ((object, suspects), index) in objects.iter_mut().zip(found).zip(0u32..) {
        object.unreachable = is_lonely(object, &suspects)
            && globals
                .as_ref()
                .is_some_and(|globals| !globals.contains(&index));
        object.global = globals
            .as_ref()
            .is_none_or(|globals| globals.contains(&index));
        object.unheld = unheld.contains(&index);
        object.exhausted = turns::is_exhausted(object, &suspects);
        object.suspects = suspects;
        object.suspects.truncate(MAX_SUSPECTS);
    }
    further::circles(ground, report, records, objects);
}

/// The suspects of each object, in the order of the objects.
fn suspects(
    ground: &Ground<'_>,
    report: &Report,
    records: &[Option<Record>],
    targets: &Targets,
    objects: &[Object],
) -> (Vec<Vec<Suspect>>, Said) {
    // By object and goroutine.
    let mut clues: FxHashMap<(u32, u32), Clues> = FxHashMap::default();
    let scan = Scan::new(ground, report, records, targets);
    // Whoever waits for it has one, too, and is not among them.
    let waits = |goroutine, object| pointers::waits_at(report, goroutine, object);
    let (mut said, pointers) = workers::beside(
        || stacks::said(ground, report, records, targets, objects),
        || scan.all(&waits),
    );
    for (index, clue) in std::mem::take(&mut said.clues) {
        let known = clues.entry((clue.object, index)).or_default();
        known.push((clue.hold, clue.evidence));
    }
    let grouped = std::mem::take(&mut said.grouped).into_iter();
    let grouped: Vec<((u32, u32), Clues)> = grouped.chain(turns::clues(report, objects)).collect();
    // Of those for whom something else speaks, a pointer does so, too, however many others have one.
    let known = clues.keys().chain(grouped.iter().map(|(pair, _)| pair));
    let missing = known.copied().filter(|(object, goroutine)| {
        let is_it = |it: &Pointer| it.goroutine == *goroutine;
        let of_object = pointers.get(object);
        of_object.is_some_and(|it| it.more && !it.first.iter().any(is_it))
            && !waits(*goroutine, *object)
    });
    let missing = scan.of(&missing.collect());
    for (object, pointers) in pointers.into_iter().chain(missing) {
        for pointer in pointers.first {
            let known = clues.entry((object, pointer.goroutine)).or_default();
            let frame = pointer.frame;
            known.push((None, Evidence::Pointer { frame }));
        }
    }
    for (pair, found) in grouped {
        clues.entry(pair).or_default().extend(found);
    }
    let mut by_object: Vec<Vec<(u32, Clues)>> = objects.iter().map(|_| Vec::new()).collect();
    for ((object, goroutine), clues) in clues {
        let of = usize::try_from(object)
            .ok()
            .and_then(|at| by_object.get_mut(at));
        if let Some(of) = of {
            of.push((goroutine, clues));
        }
    }
    let grades = Grades::new(ground, report, targets, objects);
    let all = objects.iter().zip(by_object);
    let found = all.map(|(object, clues)| grades.of(object, clues));
    (found.collect(), said)
}
