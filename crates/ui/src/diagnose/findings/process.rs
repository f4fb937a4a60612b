//! The state of the process as a whole: stopped, frozen, without its first thread, at the end of what it may have.

use super::super::Again;
use super::super::library::FAILED_ACCEPTS;
use super::is_stopped;
use crate::describe;
use crate::report::{Fact, Finding, Grade, Report, Resource, Thread, Trouble, Weight};
use std::sync::Arc;

/// Share of a limit from which on something is close to it, in percent.
const CLOSE: u64 = 90;
/// Share of the descriptors from which on there are none left, in percent: one is closed now and then.
const NONE_LEFT: u64 = 99;
/// Number of free descriptors that count as none: where the limit is low, one is more than that share.
const FEW_FREE: u64 = 2;
/// Share of the memory from which on it is at its limit, in percent.
const FULL: u64 = 95;

/// Whether no thread of the process runs, whatever it does: it is stopped, or its control group is frozen.
pub(super) fn stands_still(report: &Report) -> bool {
    is_stopped(report) || frozen(report).is_some()
}

/// The control group that is frozen.
fn frozen(report: &Report) -> Option<&str> {
    let group = report.process.as_ref()?.cgroup.as_ref()?;
    group.frozen.as_deref()
}

/// The findings about the process itself; the memory that GOMEMLIMIT leaves is not among them where the GC is told of, and so
/// that.
pub(super) fn findings(report: &Report, again: &Again, gc_is_told: bool) -> Vec<Finding> {
    let found = [
        stopped(report, again),
        forked(report),
        leader(report),
        descriptors(report),
        memory(report),
        heap(report).filter(|_| !gc_is_told),
    ];
    let found = found.into_iter().flatten();
    found.chain(threads(report)).collect()
}

/// Lowers what follows from the process standing still: its threads sleep and its goroutines wait because of that. Findings
/// that only say so are left out.
pub(super) fn lower(report: &Report, found: &mut Vec<Finding>) {
    if !stands_still(report) || report.crash.is_some() {
        return;
    }
    found.retain(|finding| {
        !matches!(
            finding.what,
            Trouble::Kernel
                | Trouble::Sysmon
                | Trouble::Starved
                | Trouble::InC
                | Trouble::RuntimeLock
                | Trouble::StopTheWorld
                | Trouble::Gc
                | Trouble::GcCpu
                | Trouble::Spinning
        )
    });
    for finding in found {
        if !matches!(finding.what, Trouble::Stopped | Trouble::Deadlock) {
            finding.weight = finding.weight.min(Weight::Suspicious);
        }
    }
}

/// A thread of a process that its tracer holds, where all are stopped: it may be for a moment only.
pub(super) fn held_by_tracer(report: &Report) -> Option<i32> {
    let held = |thread: &&Thread| thread.activity.as_ref().is_some_and(|it| it.state == 't');
    report.threads.iter().find(held)?.tid
}

fn stopped(report: &Report, again: &Again) -> Option<Finding> {
    let process = report.process.as_ref();
    let text = |name, value: &str| (name, Fact::Text(Arc::from(value)));
    let (said, facts) = if let Some(group) = frozen(report) {
        (describe::frozen(group), vec![text("cgroup", group)])
    } else if is_stopped(report) {
        let tracer = process.and_then(|process| process.tracer.as_ref());
        let held = held_by_tracer(report);
        let woke = again.threads.as_ref();
        if held.is_some_and(|tid| woke.is_some_and(|woke| woke.contains(&tid))) {
            return None;
        }
        if let Some((pid, name)) = tracer.filter(|_| held.is_some()) {
            let pid_fact = ("tracer_pid", Fact::Number(i64::from(*pid)));
            let facts = vec![pid_fact, text("tracer", name.raw())];
            (describe::stopped_by_tracer(*pid, name), facts)
        } else {
            let signal = process.and_then(|process| process.stop_signal);
            let name = signal.and_then(describe::stop_signal);
            let facts = name.map(|name| text("signal", name)).into_iter().collect();
            (describe::stopped_by_signal(signal), facts)
        }
    } else {
        return None;
    };
    Some(Finding {
        what: Trouble::Stopped,
        weight: Weight::Stuck,
        grade: Grade::Certain,
        text: said,
        resource: Some(Resource {
            kind: "process",
            text: "the process",
            facts,
            peer: None,
        }),
        held_up: report.user_goroutines().count() as u64,
        ..Finding::default()
    })
}

/// A process without the threads of its runtime.
fn forked(report: &Report) -> Option<Finding> {
    let (without, ms) = report.forked()?;
    Some(Finding {
        what: Trouble::Forked,
        weight: Weight::Stuck,
        grade: Grade::Certain,
        text: describe::forked(without, ms),
        resource: Some(Resource {
            kind: "threads",
            text: "threads",
            facts: vec![
                ("ms", number(ms as u64)),
                ("without_thread", number(without as u64)),
            ],
            peer: None,
        }),
        held_up: report.user_goroutines().count() as u64,
        ..Finding::default()
    })
}

/// A first thread that has ended. The process lives on, but looks like a zombie to ps(1).
fn leader(report: &Report) -> Option<Finding> {
    let leader = report.process.as_ref()?.leader;
    let threads = report.threads.iter().filter_map(|thread| thread.tid);
    let others = threads.filter(|tid| *tid != report.target.pid).count();
    (leader == Some('Z')).then(|| Finding {
        what: Trouble::Stopped,
        weight: Weight::Note,
        grade: Grade::Certain,
        text: describe::zombie_leader(others),
        ..Finding::default()
    })
}

fn percent(used: u64, limit: u64) -> u64 {
    used.saturating_mul(100).checked_div(limit).unwrap_or(100)
}

fn limit(weight: Weight, text: String, resource: Resource) -> Finding {
    Finding {
        what: Trouble::Limit,
        weight,
        grade: Grade::Certain,
        text,
        resource: Some(resource),
        ..Finding::default()
    }
}

fn number(value: u64) -> Fact {
    Fact::Number(i64::try_from(value).unwrap_or(i64::MAX))
}

fn descriptors(report: &Report) -> Option<Finding> {
    let process = report.process.as_ref()?;
    let (open, max) = process.open.zip(process.max_open)?;
    let used = percent(open, max);
    (used >= CLOSE).then(|| {
        let none_left =
            used >= NONE_LEFT || max.saturating_sub(open) <= FEW_FREE || accepts_fail(report);
        limit(
            if none_left {
                Weight::Suspicious
            } else {
                Weight::Note
            },
            describe::descriptors(open, max, none_left),
            Resource {
                kind: "descriptors",
                text: "file descriptors",
                facts: vec![("open", number(open)), ("max", number(max))],
                peer: None,
            },
        )
    })
}

/// Whether a server waits after an accept that failed.
fn accepts_fail(report: &Report) -> bool {
    let mut groups = report.groups.iter();
    groups.any(|group| group.idle == Some(FAILED_ACCEPTS))
}

/// The threads, against each limit that they are close to.
fn threads(report: &Report) -> Vec<Finding> {
    let scheduler = report.health.as_ref().and_then(|it| it.scheduler.as_ref());
    let process = report.process.as_ref();
    let group = process.and_then(|process| process.cgroup.as_ref());
    let made = scheduler.map(|scheduler| scheduler.made_ms.saturating_sub(scheduler.freed_ms));
    let limits = [
        (
            made,
            scheduler.map(|scheduler| u64::from(scheduler.max_ms)),
            "Go's limit (debug.SetMaxThreads), at which the runtime ends the program",
        ),
        (
            process.and_then(|process| process.threads),
            process.and_then(|process| process.max_user_threads),
            "the limit of its user (RLIMIT_NPROC)",
        ),
        (
            group.and_then(|group| group.pids_current),
            group.and_then(|group| group.pids_max),
            "the limit of its control group (pids.max)",
        ),
        (
            process.and_then(|process| process.all_threads),
            process.and_then(|process| process.max_threads),
            "the limit of the machine (kernel.threads-max, kernel.pid_max)",
        ),
    ];
    let close = limits.into_iter().filter_map(|(used, max, what)| {
        let (used, max) = used.zip(max.filter(|max| *max > 0))?;
        (percent(used, max) >= CLOSE).then(|| {
            limit(
                Weight::Suspicious,
                describe::threads(used, max, what),
                Resource {
                    kind: "threads",
                    text: "threads",
                    facts: vec![("used", number(used)), ("max", number(max))],
                    peer: None,
                },
            )
        })
    });
    close.collect()
}

fn of_memory(used: u64, max: u64) -> Resource {
    Resource {
        kind: "memory",
        text: "memory",
        facts: vec![("bytes_used", number(used)), ("bytes_limit", number(max))],
        peer: None,
    }
}

/// The memory of its control group, without what the kernel can give up.
fn memory(report: &Report) -> Option<Finding> {
    let group = report.process.as_ref()?.cgroup.as_ref()?;
    let (current, max) = group.memory_current.zip(group.memory_max)?;
    let used = current.saturating_sub(group.memory_files.unwrap_or(0));
    (percent(used, max) >= FULL).then(|| {
        limit(
            Weight::Suspicious,
            describe::group_memory(used, max),
            of_memory(used, max),
        )
    })
}

/// Memory in use and GOMEMLIMIT, where what the last GC found alive fills what that leaves for the heap.
pub(super) fn at_memory_limit(report: &Report) -> Option<(u64, u64)> {
    let heap = report.health.as_ref()?.heap?;
    let limit = heap.limit?;
    let fills = percent(heap.marked, heap.goal) >= CLOSE && percent(heap.mapped, limit) >= CLOSE;
    fills.then_some((heap.mapped, limit))
}

fn heap(report: &Report) -> Option<Finding> {
    let (used, max) = at_memory_limit(report)?;
    Some(limit(
        Weight::Suspicious,
        describe::heap_memory(used, max),
        of_memory(used, max),
    ))
}
