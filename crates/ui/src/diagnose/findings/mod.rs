//! What is wrong with a target, the worst first: what on-call engineers are to look at.

mod in_c;
mod locks;
mod peers;
mod runtime_locks;
mod sysmon;

use super::cycles::cycles;
use super::{Again, Sleepers, runtime};
use crate::describe;
use crate::report::{Finding, Grade, Kind, Object, Report, Thread, Trouble, Wait, Weight};
use gopeek_layout::enums::status;
use rustc_hash::FxHashSet;
use std::cmp::Reverse;
use std::time::Duration;
use sysmon::is_sysmon;

/// Fewer that wait for a moment are everyday life.
const MANY: usize = 10;
/// So many that wait where nobody seems to come are no everyday life either.
const CROWD: u64 = 100;
/// So long a wait is no everyday life for anybody.
const LONG: Duration = Duration::from_secs(60);
/// Goroutines that could run, for each P, before that is worth a word.
const QUEUE: usize = 16;

/// All findings. `again` is what has moved since the report was made.
pub(super) fn findings(report: &Report, again: &Again) -> Vec<Finding> {
    let circles = cycles(report);
    let mut found = Vec::new();
    found.extend(crash(report));
    found.extend(circles.iter().map(|circle| locks::deadlock(report, circle)));
    found.extend(locks::pile_ups(report, &circles));
    found.extend(locks::full_channels(report));
    found.extend(leaks(report));
    found.extend(kernel(report, again));
    found.extend(peers::stopped(report, &found));
    found.extend(peers::no_deadline(report));
    found.extend(in_c::findings(report, again));
    found.extend(starved(report, again));
    found.extend(nil_channels(report));
    found.extend(runtime_locks::findings(report, again));
    found.extend(sysmon::finding(report, again));
    found.extend(runtime::findings(report));
    for finding in &mut found {
        let moves = finding
            .objects
            .iter()
            .any(|object| again.objects.contains(object));
        if moves && finding.what == Trouble::PileUp {
            finding.weight = Weight::Note;
        }
    }
    found.sort_by_key(|finding| {
        (
            Reverse(finding.weight),
            finding.what,
            Reverse(finding.held_up),
        )
    });
    found
}

fn crash(report: &Report) -> Option<Finding> {
    let crash = report.crash.as_ref()?;
    let at = report.goroutines.iter().zip(0u32..);
    let culprit = at.filter(|(goroutine, _)| goroutine.addr == crash.goroutine);
    Some(Finding {
        what: Trouble::Crash,
        weight: Weight::Stuck,
        grade: Grade::Certain,
        text: crate::crash_words::lines(report, crash)
            .into_iter()
            .next()?,
        culprits: culprit.map(|(_, index)| index).take(1).collect(),
        objects: Vec::new(),
        held_up: 0,
    })
}

/// How many wait at these objects, these goroutines aside.
fn held_up(report: &Report, objects: &[u32], aside: &FxHashSet<u32>) -> u64 {
    let mut waiting: FxHashSet<u32> = FxHashSet::default();
    for object in objects.iter().filter_map(|index| report.object(*index)) {
        waiting.extend(object.waiters.iter().map(|waiter| waiter.goroutine));
    }
    waiting.difference(aside).count() as u64
}

/// How bad it is that so many wait at these objects.
fn weight(report: &Report, objects: &[u32], held_up: u64) -> Weight {
    if is_long(report, objects) || held_up >= MANY as u64 {
        Weight::Stuck
    } else if held_up >= 2 {
        Weight::Suspicious
    } else {
        Weight::Note
    }
}

/// Whether one that waits at these objects has waited for long.
fn is_long(report: &Report, objects: &[u32]) -> bool {
    let objects = objects.iter().filter_map(|index| report.object(*index));
    let mut waiters = objects.flat_map(|object| &object.waiters);
    waiters.any(|waiter| has_waited(report, waiter.goroutine))
}

fn has_waited(report: &Report, index: u32) -> bool {
    report.waited(index).is_some_and(|waited| waited >= LONG)
}

fn leaks(report: &Report) -> Option<Finding> {
    let unreachable = |(object, _): &(&Object, u32)| {
        // One that is full is told of already.
        let full = matches!(&object.kind, Kind::Channel(it) if it.cap > 0 && it.len >= it.cap);
        let select = object.waiters.iter().any(|waiter| waiter.select);
        // What leads to another case leads to all that the goroutine has, and so to this one: where the heap was searched.
        object.unreachable && !object.waiters.is_empty() && (report.deep || !full && !select)
    };
    let objects = report.objects.iter().zip(0u32..).filter(unreachable);
    let objects: Vec<u32> = objects.map(|(_, index)| index).collect();
    let held_up = held_up(report, &objects, &FxHashSet::default());
    (!objects.is_empty()).then(|| Finding {
        what: Trouble::Leak,
        // What is held in the heap is reachable all the same: only many that have waited for long are worth a look.
        weight: if report.deep {
            weight(report, &objects, held_up).min(Weight::Suspicious)
        } else if held_up >= CROWD && is_long(report, &objects) {
            Weight::Suspicious
        } else {
            Weight::Note
        },
        grade: if report.deep {
            Grade::Likely
        } else {
            Grade::Possible
        },
        text: describe::leak(report, held_up, &objects),
        culprits: objects
            .iter()
            .filter_map(|index| report.object(*index)?.waiters.first())
            .map(|waiter| waiter.goroutine)
            .collect(),
        objects,
        held_up,
    })
}

/// Goroutines at nil channels, which nobody can reach. A `select` without cases is how some programs say that they are done.
fn nil_channels(report: &Report) -> Option<Finding> {
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
    })
}

/// The threads to look at once more.
pub(super) fn sleepers(report: &Report) -> Sleepers {
    // One that has nothing to watch sleeps for as long as that is so.
    let unwatched = sysmon::finding(report, &Again::default()).is_some();
    let asleep = report.threads.iter().filter(|thread| {
        is_deep(thread)
            || unwatched && is_sysmon(thread)
            || runtime_locks::of(report, thread).is_some()
    });
    Sleepers {
        briefly: asleep.filter_map(|thread| thread.tid).collect(),
        at_will: in_c::sleepers(report),
    }
}

/// Whether a thread has done nothing since the report was made, as far as that was looked at.
fn slept_on(thread: &Thread, again: &Again) -> bool {
    let woke = |tid| {
        again
            .threads
            .as_ref()
            .is_some_and(|woke| woke.contains(&tid))
    };
    thread.tid.is_some_and(|tid| !woke(tid))
}

/// Whether a thread sleeps so that no signal wakes it.
fn is_deep(thread: &Thread) -> bool {
    let activity = thread.activity.as_ref();
    activity.is_some_and(|activity| activity.state == 'D')
}

/// Threads that nothing can wake.
fn kernel(report: &Report, again: &Again) -> Vec<Finding> {
    let asleep = report.threads.iter();
    let asleep = asleep.filter(|thread| is_deep(thread) && slept_on(thread, again));
    let found = asleep.map(|thread| {
        let running = thread.m.as_ref().map_or(0, |m| m.running);
        let mut all = report.goroutines.iter().zip(0u32..);
        let goroutine = all.find(|(goroutine, _)| running != 0 && goroutine.addr == running);
        Finding {
            what: Trouble::Kernel,
            weight: Weight::Suspicious,
            grade: Grade::Certain,
            text: describe::in_kernel(thread, goroutine.map(|(goroutine, _)| goroutine)),
            culprits: goroutine.map(|(_, index)| index).into_iter().collect(),
            objects: Vec::new(),
            held_up: 0,
        }
    });
    found.collect()
}

/// Many goroutines that could run, and have not had a turn since.
fn starved(report: &Report, again: &Again) -> Option<Finding> {
    let runnable = |(goroutine, index): &(&crate::report::Goroutine, u32)| {
        let had_turn = again.goroutines.contains(index);
        goroutine.status == status::RUNNABLE && !goroutine.system && !had_turn
    };
    let all = report.goroutines.iter().zip(0u32..);
    let waiting: Vec<u32> = all.filter(runnable).map(|(_, index)| index).collect();
    let count = waiting.len();
    // A look that was cut short may know of none.
    let procs = report.gomaxprocs.filter(|procs| *procs > 0)?;
    let running = report.goroutines.iter().zip(0u32..);
    let running = running.filter(|(goroutine, _)| goroutine.status == status::RUNNING);
    let running: Vec<u32> = running.map(|(_, index)| index).collect();
    (count >= QUEUE * procs).then(|| Finding {
        what: Trouble::Starved,
        weight: Weight::Suspicious,
        grade: Grade::Possible,
        text: describe::starved(report, count, procs),
        // Between two turns nobody runs: then they keep the CPU from each other.
        culprits: if running.is_empty() { waiting } else { running },
        objects: Vec::new(),
        held_up: count as u64,
    })
}
