//! The runtime's watchdog, `runtime.sysmon`, when it is needed and does not do its work: nobody takes Ps back from long system
//! calls, nobody is preempted, no GC is forced.

use super::{Again, runtime, slept_on};
use crate::describe;
use crate::report::{Finding, Grade, Report, Thread, Trouble, Weight};
use gopeek_layout::health::{Health, Scheduler};

/// Statuses of a P that sysmon watches: `_Prunning`, `_Psyscall`.
const WATCHED: [u32; 2] = [1, 2];
/// Where it sleeps between two rounds, for ten milliseconds at most.
const SLEEPS: [&str; 2] = ["nanosleep(", "clock_nanosleep("];

/// Whether a thread is sysmon's.
pub(super) fn is_sysmon(thread: &Thread) -> bool {
    let duty = thread.m.as_ref().and_then(|m| m.duty.as_deref());
    duty == Some("runtime.sysmon")
}

/// Whether sysmon should be awake: it sleeps when there is nothing to watch, and while the world stands.
pub(in crate::diagnose) fn is_needed(health: &Health) -> bool {
    let wanted =
        |scheduler: &Scheduler| scheduler.sysmon_sleeps == Some(false) && !scheduler.stopping;
    health.scheduler.as_ref().is_some_and(wanted) && watched(health) > 0
}

/// Number of Ps that it watches.
fn watched(health: &Health) -> usize {
    let watched = health.processors.iter();
    watched.filter(|p| WATCHED.contains(&p.status)).count()
}

/// What keeps sysmon from its work.
pub(super) fn finding(report: &Report, again: &Again) -> Option<Finding> {
    let health = report.health.as_ref()?;
    if !is_needed(health) || again.sysmon_unneeded || report.crash.is_some() {
        return None;
    }
    let watched = watched(health);
    let thread = report.threads.iter().find(|thread| is_sysmon(thread));
    let Some(thread) = thread.filter(|thread| thread.tid.is_some()) else {
        // That it is not seen is no proof: what it should have done must be lacking, too.
        return runtime::late(report).map(|_| of(describe::no_sysmon(watched)));
    };
    let activity = thread.activity.as_ref()?;
    let call = thread.syscall.as_ref().map(|call| &*call.text);
    let stopped = |thread: &Thread| {
        let state = thread.activity.as_ref().map(|activity| activity.state);
        state.is_none_or(|state| ['T', 't'].contains(&state))
    };
    let is_stuck = match activity.state {
        // Where all threads are stopped, it is the process that is.
        'T' | 't' => !report.threads.iter().all(stopped),
        'S' | 'D' => call.is_some_and(|call| !SLEEPS.iter().any(|sleep| call.starts_with(sleep))),
        _ => false,
    };
    (is_stuck && slept_on(thread, again)).then(|| of(describe::sysmon(thread, watched)))
}

fn of(text: String) -> Finding {
    Finding {
        what: Trouble::Sysmon,
        weight: Weight::Suspicious,
        grade: Grade::Likely,
        text,
        culprits: Vec::new(),
        objects: Vec::new(),
        held_up: 0,
        ..Finding::default()
    }
}
