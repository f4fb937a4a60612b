//! Who holds what goroutines of a text dump wait at, and what is wrong, as far as text proves it.

use super::findings::{LONG, MANY, place};
use super::primitive::{self, Holder, Primitive, calls};
use super::text::{ONCE, live};
use crate::describe;
use crate::report::{
    Evidence, Finding, Frame, Goroutine, Grade, Group, Kind, Object, Purpose, Report, Suspect,
    Trouble, Wait, Waiter, Weight,
};
use gopeek_unwind::pclntab::args::ArgToken;
use rustc_hash::{FxHashMap, FxHashSet};
use std::cmp::Reverse;
use std::sync::Arc;

/// Maximum number of goroutines that are suspected of one object for their arguments. If more have it, it tells nothing.
const MAX_SUSPECTS: usize = 8;

/// Says who may hold the objects.
pub(super) fn suspect(report: &Report, objects: &mut [Object]) {
    let mut by_addr: FxHashMap<u64, usize> = FxHashMap::default();
    for (at, object) in objects.iter().enumerate() {
        if is_lock(&object.kind) {
            by_addr.insert(object.addr, at);
        }
    }
    if by_addr.is_empty() {
        return;
    }
    for (goroutine, index) in report.goroutines.iter().zip(0u32..) {
        let mut known: FxHashSet<usize> = FxHashSet::default();
        for (frame, at) in report.frames(&goroutine.stack).zip(0u32..) {
            let words = live_words(&frame);
            for place in words.filter_map(|word| by_addr.get(&word).copied()) {
                let Some(object) = objects.get_mut(place).filter(|_| known.insert(place)) else {
                    continue;
                };
                if waits_at(goroutine, place) {
                    continue;
                }
                object.suspects.extend(by_frame(object, &frame, index, at));
            }
        }
    }
    for object in objects {
        let possible = |suspect: &Suspect| suspect.grade == Grade::Possible;
        let is_crowd = object.suspects.iter().filter(|it| possible(it)).count() > MAX_SUSPECTS;
        object.suspects.retain(|it| !(is_crowd && possible(it)));
        // The writer that waits for the readers inside keeps all others out.
        let is_next = |waiter: &&Waiter| waiter.purpose == Purpose::LastReaders;
        let next: Vec<Suspect> = object
            .waiters
            .iter()
            .filter(is_next)
            .map(|waiter| Suspect {
                goroutine: waiter.goroutine,
                grade: Grade::Certain,
                evidence: vec![Evidence::NextWriter],
            })
            .collect();
        object.suspects.extend(next);
        object
            .suspects
            .sort_by_key(|suspect| Reverse(suspect.grade));
    }
}

/// Whether a goroutine waits at the object of this index.
fn waits_at(goroutine: &Goroutine, object: usize) -> bool {
    let Some(Wait::On { cases, .. }) = &goroutine.wait else {
        return false;
    };
    cases
        .iter()
        .any(|case| usize::try_from(case.object) == Ok(object))
}

fn is_lock(kind: &Kind) -> bool {
    matches!(
        kind,
        Kind::Mutex(_) | Kind::RwMutex(_) | Kind::Once { .. } | Kind::WaitGroup { .. }
    )
}

/// What a frame that was called with an object says of its goroutine, which does not wait there.
fn by_frame(object: &Object, frame: &Frame<'_>, goroutine: u32, at: u32) -> Option<Suspect> {
    let runs_once = calls(frame).any(|call| &*call.function == ONCE);
    let is_once = matches!(object.kind, Kind::Once { .. });
    let (grade, evidence) = match (is_once, runs_once) {
        // Whoever is within and waits for nothing there runs its function.
        (true, true) if at > 0 && live(frame) == Some(object.addr) => {
            let inside = Evidence::Inside {
                function: Arc::from(ONCE),
                frame: at,
            };
            (Grade::Certain, inside)
        }
        (true, _) => return None,
        (false, _) => (Grade::Possible, Evidence::Pointer { frame: at }),
    };
    Some(Suspect {
        goroutine,
        grade,
        evidence: vec![evidence],
    })
}

/// The arguments of a frame that were still there.
fn live_words<'r>(frame: &Frame<'r>) -> impl Iterator<Item = u64> + use<'r> {
    let tokens = frame.site.args.iter().filter_map(|token| match token {
        ArgToken::Word { live, .. } => Some(*live),
        _ => None,
    });
    let words = tokens.zip(frame.words.unwrap_or_default());
    words.filter_map(|(is_live, word)| is_live.then_some(*word))
}

/// Adds what only a text says: why it was printed, and goroutines that wait for locks without an address.
pub(super) fn add_findings(report: &mut Report) {
    let head = report.text().map(|text| text.head.clone());
    let crash = head.and_then(|head| crashed(report, &head));
    let unknown: Vec<Finding> = report
        .groups
        .iter()
        .filter_map(|group| without_address(report, group))
        .collect();
    report.findings.extend(crash.into_iter().chain(unknown));
    report.findings.sort_by_key(|finding| {
        (
            Reverse(finding.weight),
            finding.what,
            Reverse(finding.held_up),
        )
    });
}

/// What the runtime says that the process died of.
fn crashed(report: &Report, head: &[String]) -> Option<Finding> {
    let first = head.iter().find(|line| {
        ["panic: ", "fatal error: "]
            .iter()
            .any(|word| line.starts_with(word))
    })?;
    let is_deadlock = first.contains("all goroutines are asleep");
    Some(Finding {
        what: if is_deadlock {
            Trouble::Deadlock
        } else {
            Trouble::Crash
        },
        weight: Weight::Stuck,
        grade: Grade::Certain,
        text: describe::died(report, first),
        culprits: if report.goroutines.is_empty() {
            Vec::new()
        } else {
            vec![0]
        },
        ..Finding::default()
    })
}

/// Goroutines of a group that wait for a lock of which the text has no address.
fn without_address(report: &Report, group: &Group) -> Option<Finding> {
    let first = report.goroutine(*group.goroutines.first()?)?;
    let since = report.blocked_for(first);
    let is_long = since.is_some_and(|since| since >= LONG);
    let count = group.goroutines.len();
    if first.wait.is_some() || count < 2 || !(is_long || count >= MANY) {
        return None;
    }
    let frames: Vec<Frame<'_>> = report.frames(&first.stack).collect();
    let Some(Primitive::Semaphore(holder)) = primitive::of(&first.state, &frames) else {
        return None;
    };
    let is_lock = !matches!(holder, Holder::WaitGroup | Holder::File | Holder::Unknown);
    let place = place::place(report, group);
    is_lock.then(|| Finding {
        what: Trouble::PileUp,
        weight: Weight::Suspicious,
        grade: Grade::Possible,
        text: describe::lock_unknown(report, count, &first.state, place.as_ref(), since),
        culprits: group
            .goroutines
            .iter()
            .copied()
            .take(MAX_SUSPECTS)
            .collect(),
        held_up: count as u64,
        place,
        since,
        ..Finding::default()
    })
}
