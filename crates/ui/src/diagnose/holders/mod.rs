//! Who may hold what others wait at. Nothing in the runtime says it: this is inference, and each inference has its evidence
//! and its grade.

mod frames;
mod globals;
mod grade;
mod methods;
mod past;
mod pointers;
mod stacks;
mod targets;
mod turns;

use super::Ground;
use super::records::Record;
use crate::report::{Evidence, Kind, Object, Report, Suspect, Wait};
use gopeek_attach::workers;
use grade::Grades;
use methods::Hold;
use rustc_hash::FxHashMap;
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
    let found = suspects(ground, report, records, &targets, objects);
    let is_lonely = |object: &Object, suspects: &[Suspect]| match &object.kind {
        Kind::Channel(channel) => {
            suspects.is_empty() && channel.timer.is_none() && !object.waiters.is_empty()
        }
        _ => false,
    };
    let all = || objects.iter().zip(&found);
    let lonely = all().any(|(object, suspects)| is_lonely(object, suspects));
    let globals = lonely
        .then(|| globals::pointed_to(ground, &targets))
        .flatten();
    for ((object, suspects), index) in objects.iter_mut().zip(found).zip(0u32..) {
        object.unreachable = is_lonely(object, &suspects)
            && globals
                .as_ref()
                .is_some_and(|globals| !globals.contains(&index));
        object.suspects = suspects;
        object.suspects.truncate(MAX_SUSPECTS);
    }
}

/// The suspects of each object, in the order of the objects.
fn suspects(
    ground: &Ground<'_>,
    report: &Report,
    records: &[Option<Record>],
    targets: &Targets,
    objects: &[Object],
) -> Vec<Vec<Suspect>> {
    // By object and goroutine.
    let mut clues: FxHashMap<(u32, u32), Clues> = FxHashMap::default();
    let bulk = (ground.bytes, &ground.limits);
    let (frames, pointers) = workers::beside(
        || stacks::clues(ground, report, records, targets, objects),
        || pointers::all(bulk, report, records, targets),
    );
    for (index, clue) in frames {
        let known = clues.entry((clue.object, index)).or_default();
        known.push((clue.hold, clue.evidence));
    }
    for pointer in pointers {
        // Whoever waits for it has one.
        if waits_at(report, pointer.goroutine, pointer.object) {
            continue;
        }
        let frame = frame_of(report, pointer.goroutine, pointer.at);
        let known = clues
            .entry((pointer.object, pointer.goroutine))
            .or_default();
        known.push((None, Evidence::Pointer { frame }));
    }
    for (key, found) in turns::clues(report, objects) {
        clues.entry(key).or_default().extend(found);
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
    objects
        .iter()
        .zip(by_object)
        .map(|(object, clues)| grades.of(object, clues))
        .collect()
}

fn waits_at(report: &Report, goroutine: u32, object: u32) -> bool {
    let wait = report.goroutine(goroutine).and_then(|it| it.wait.as_ref());
    matches!(wait, Some(Wait::On { cases, .. }) if cases.iter().any(|it| it.object == object))
}

/// The frame of a goroutine's stack that the word at `at` lies in.
fn frame_of(report: &Report, goroutine: u32, at: u64) -> u32 {
    let goroutine = report.goroutine(goroutine);
    let frames = goroutine.map(|goroutine| report.frames(&goroutine.stack));
    let below = frames.map_or(0, |frames| {
        frames.take_while(|frame| frame.sp <= at).count()
    });
    u32::try_from(below.saturating_sub(1)).unwrap_or(0)
}
