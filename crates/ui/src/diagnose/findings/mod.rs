//! What is wrong with a target, the worst first: what on-call engineers are to look at.

mod blocked;
mod causes;
pub(super) mod gc_cpu;
mod in_c;
mod leaks;
mod locks;
mod peers;
pub(super) mod place;
mod process;
mod runtime_locks;
mod sysmon;
mod users;

use super::cycles::cycles;
use super::{Again, Sleepers, runtime};
use crate::describe;
use crate::report::{Finding, Grade, Report, Thread, Trouble, Weight};
use gopeek_layout::enums::status;
use place::{Places, place};
use rustc_hash::FxHashSet;
use std::cmp::Reverse;
use std::time::Duration;
use sysmon::is_sysmon;

pub(super) use leaks::is_worth_a_search;
pub(super) use sysmon::is_needed as needs_sysmon;

/// Fewer that wait for a moment are everyday life.
pub(super) const MANY: usize = 10;
/// So many that wait where nobody seems to come are no everyday life either.
const CROWD: u64 = 100;
/// A wait of this length is no everyday life for anybody.
pub(super) const LONG: Duration = Duration::from_secs(60);
/// Goroutines that could run, for each P, before that is worth a word.
const QUEUE: usize = 16;

/// All findings. `again` is what has moved since the report was made.
pub(super) fn findings(report: &Report, again: &Again) -> Vec<Finding> {
    let circles = cycles(report);
    let places = Places::new(report);
    let mut found = Vec::new();
    found.extend(crash(report));
    found.extend(circles.iter().map(|circle| locks::deadlock(report, circle)));
    found.extend(locks::exhausted(report));
    found.extend(locks::pile_ups(report, &circles, &places));
    found.extend(leaks::leaks(report, &circles));
    found.extend(leaks::stopped_timers(report));
    found.extend(kernel(report, again));
    found.extend(peers::stopped(report, &found));
    found.extend(in_c::findings(report, again));
    found.extend(starved(report, again));
    found.extend(leaks::nil_channels(report));
    found.extend(runtime_locks::findings(report, again));
    found.extend(sysmon::finding(report, again));
    let of_runtime = runtime::findings(report).into_iter();
    // The world that one GC stops and the next one stops again stands by chance at both looks.
    found.extend(
        of_runtime.filter(|finding| finding.what != Trouble::StopTheWorld || !again.gc_moves),
    );
    let gc_cpu = gc_cpu::finding(report, again);
    found.extend(process::findings(report, again, gc_cpu.is_some()));
    found.extend(gc_cpu);
    let blocked = blocked::findings(report, again, &found);
    found.extend(blocked);
    let no_deadline = peers::no_deadline(report, &found);
    found.extend(no_deadline);
    places.complete(&mut found);
    process::lower(report, &mut found);
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

/// Whether all of its threads are stopped.
fn is_stopped(report: &Report) -> bool {
    let states = report.threads.iter();
    let mut states = states.filter_map(|thread| Some(thread.activity.as_ref()?.state));
    let mut alive = states
        .by_ref()
        .filter(|state| !"ZX".contains(*state))
        .peekable();
    alive.peek().is_some() && alive.all(|state| "Tt".contains(state))
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
        ..Finding::default()
    })
}

/// Goroutines that findings worse than a note speak of already.
fn told(report: &Report, found: &[Finding]) -> FxHashSet<u32> {
    let found = found.iter().filter(|it| it.weight > Weight::Note);
    let mut told = FxHashSet::default();
    for finding in found {
        told.extend(finding.culprits.iter().copied());
        let objects = finding.objects.iter().filter_map(|at| report.object(*at));
        told.extend(
            objects.flat_map(|object| object.waiters.iter().map(|waiter| waiter.goroutine)),
        );
    }
    told
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

/// The threads to look at once more.
pub(super) fn sleepers(report: &Report) -> Sleepers {
    if process::stands_still(report) {
        // All of them sleep for one reason.
        return Sleepers {
            briefly: Vec::new(),
            at_will: process::held_by_tracer(report).into_iter().collect(),
        };
    }
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
    let running = report.running();
    let found = asleep.map(|thread| {
        let m = thread.m.as_ref();
        let goroutine = m.and_then(|m| running.get(&m.running).copied());
        Finding {
            what: Trouble::Kernel,
            weight: Weight::Suspicious,
            grade: Grade::Certain,
            text: describe::in_kernel(thread, goroutine.map(|(_, goroutine)| goroutine)),
            culprits: goroutine.map(|(index, _)| index).into_iter().collect(),
            objects: Vec::new(),
            held_up: 0,
            ..Finding::default()
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
        ..Finding::default()
    })
}
