//! What is wrong with the runtime itself: a stop of the world that somebody does not let happen, a GC that does not come or
//! does not end.

use crate::describe;
use crate::report::{Finding, Grade, Report, Trouble, Weight};
use gopeek_layout::enums::status;
use gopeek_layout::health::Phase;
use std::time::Duration;

/// sysmon has a GC made when there was none for two minutes (`forcegcperiod`): twice that is late.
const LATE: Duration = Duration::from_secs(240);
/// A collection that takes so long is stuck, or starved.
const ENDLESS: Duration = Duration::from_secs(60);

/// Functions that stop the world: their goroutines wait for the others, on their threads' own stacks.
const STOPPERS: [&str; 3] = ["runtime.stopTheWorld", "runtime.GC", "runtime.gcStart"];

/// The findings about the runtime.
pub(super) fn findings(report: &Report) -> Vec<Finding> {
    let found = [stop_the_world(report), endless(report), late(report)];
    found.into_iter().flatten().collect()
}

/// The goroutines that run Go code, or did when they were looked at, of the program and of the runtime.
fn running(report: &Report) -> Vec<u32> {
    let all = report.goroutines.iter().zip(0u32..);
    let running = all.filter(|(goroutine, _)| {
        let on_cpu = [status::RUNNING].contains(&goroutine.status);
        on_cpu && !stops_the_world(report, goroutine)
    });
    running.map(|(_, index)| index).collect()
}

/// Whether it is the one that stops the world, and so waits for the others.
fn stops_the_world(report: &Report, goroutine: &crate::report::Goroutine) -> bool {
    let mut frames = report.frames(&goroutine.stack);
    frames.any(|frame| {
        let mut calls = frame.site.calls.iter();
        calls.any(|call| STOPPERS.iter().any(|name| call.function.starts_with(name)))
    })
}

fn stop_the_world(report: &Report) -> Option<Finding> {
    let scheduler = report.health.as_ref()?.scheduler.as_ref()?;
    // A crash stops the world for good.
    if !scheduler.stopping || report.crash.is_some() {
        return None;
    }
    let culprits = running(report);
    let waiting = scheduler.stop_wait.unwrap_or(0);
    (!culprits.is_empty() || waiting > 0).then(|| Finding {
        what: Trouble::StopTheWorld,
        weight: Weight::Stuck,
        grade: if culprits.len() == 1 {
            Grade::Likely
        } else {
            Grade::Possible
        },
        text: describe::stop_the_world(report, &culprits),
        culprits,
        objects: Vec::new(),
        held_up: report.user_goroutines().count() as u64,
        ..Finding::default()
    })
}

fn since(report: &Report, at: i64) -> Option<Duration> {
    let ns = report.now.checked_sub(at)?;
    u64::try_from(ns).ok().map(Duration::from_nanos)
}

fn gc(text: String) -> Finding {
    Finding {
        what: Trouble::Gc,
        weight: Weight::Suspicious,
        grade: Grade::Possible,
        text,
        culprits: Vec::new(),
        objects: Vec::new(),
        held_up: 0,
        ..Finding::default()
    }
}

fn endless(report: &Report) -> Option<Finding> {
    let collector = report.health.as_ref()?.collector.as_ref()?;
    let runs = collector.phase.is_some_and(|phase| phase != Phase::Off);
    let lasts = since(report, collector.last_start_monotonic?)?;
    (runs && lasts >= ENDLESS).then(|| gc(describe::endless_gc(lasts)))
}

/// A collection that should have come, and did not.
pub(super) fn late(report: &Report) -> Option<Finding> {
    let health = report.health.as_ref()?;
    let collector = health.collector.as_ref()?;
    // With GOGC=off none comes by itself; and a process that is stopped has no sysmon.
    let comes = health.heap.is_some_and(|heap| heap.percent.is_some()) && collector.enabled;
    let stopped = report.threads.iter().all(|thread| {
        let state = thread.activity.as_ref().map(|activity| activity.state);
        state.is_none_or(|state| ['T', 't'].contains(&state))
    });
    let last = i64::try_from(collector.last_end_monotonic?).ok()?;
    let ago = since(report, last)?;
    let off = collector.phase == Some(Phase::Off);
    (comes && off && !stopped && ago >= LATE).then(|| gc(describe::late_gc(ago)))
}
