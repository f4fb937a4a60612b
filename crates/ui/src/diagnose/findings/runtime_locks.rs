//! Threads that wait for a lock of the runtime's own.
//!
//! The runtime holds its locks for microseconds. Who holds one is recorded nowhere; who waits shows by its stack, and where
//! the lock is taken says which one it is.

use super::{Again, slept_on};
use crate::describe;
use crate::report::{Finding, Frame, Grade, Report, Stack, Thread, Trouble, Weight};
use gopeek_unwind::pclntab::args::ArgToken;

/// The functions by which locks are taken (`lock_futex.go`, `lock_spinbit.go`, `lockrank_off.go`), the innermost first.
const TAKES: [&str; 3] = ["runtime.lock2", "runtime.lockWithRank", "runtime.lock"];

/// Functions that take no other lock than this one (`proc.go`, `mheap.go`).
const KNOWN: &[(&str, &[&str])] = &[
    (
        "sched.lock",
        &[
            "runtime.findRunnable",
            "runtime.wakep",
            "runtime.startm",
            "runtime.stopm",
            "runtime.handoffp",
            "runtime.incidlelocked",
            "runtime.goschedImpl",
            "runtime.runqputslow",
            "runtime.injectglist",
            "runtime.checkRunqsNoP",
        ],
    ),
    (
        "mheap_.lock",
        &[
            "runtime.(*mheap).allocSpan",
            "runtime.(*mheap).freeSpan",
            "runtime.(*mheap).freeSpan.func1",
            "runtime.(*mheap).freeManual",
            "runtime.(*mheap).reclaimChunk",
        ],
    ),
    ("allglock", &["runtime.allgadd"]),
];

/// A lock of the runtime that a thread waits for.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(super) struct Taken<'r> {
    /// Its address; nothing where the frame does not show it.
    at: Option<u64>,
    /// The function that is to take it.
    by: &'r str,
}

impl Taken<'_> {
    fn is_the_same(&self, other: &Self) -> bool {
        match (self.at, other.at) {
            (Some(at), Some(other)) => at == other,
            _ => self.by == other.by,
        }
    }
}

/// The lock that a thread sleeps for.
pub(super) fn of<'r>(report: &'r Report, thread: &'r Thread) -> Option<Taken<'r>> {
    let call = thread.syscall.as_ref()?;
    let m = thread.m.as_ref()?;
    if !call.text.starts_with("futex(") {
        return None;
    }
    // Locks are taken on either stack.
    let scheduling = m.g0.as_ref().and_then(|g0| g0.stack.as_ref());
    let goroutine = report.goroutine_at(m.running).filter(|_| m.running != 0);
    let mut stacks = scheduling.into_iter().chain(goroutine.map(|it| &it.stack));
    stacks.find_map(|stack| behind(report, stack))
}

/// The lock that a stack's thread is about to take.
fn behind<'r>(report: &'r Report, stack: &'r Stack) -> Option<Taken<'r>> {
    let frames: Vec<Frame<'r>> = report.frames(stack).collect();
    let function = |frame: &Frame<'_>| frame.site.calls.last().map(|call| call.function.clone());
    let [innermost, ..] = TAKES;
    let own = |frame: &&Frame<'_>| function(frame).is_some_and(|name| *name == *innermost);
    let at = frames.iter().find(own);
    let at = at.and_then(|frame| match frame.site.args.first()? {
        ArgToken::Word { live: true, .. } => frame.words?.first().copied(),
        _ => None,
    });
    let mut calls = frames
        .iter()
        .flat_map(|frame| frame.site.calls.iter().map(|call| &*call.function));
    calls.find(|function| TAKES.contains(function))?;
    let by = calls.find(|function| !TAKES.contains(function))?;
    Some(Taken { at, by })
}

/// What the runtime's source calls a lock that these functions take.
fn name(takers: &[&str]) -> Option<&'static str> {
    let known = |by: &&str| {
        let mut locks = KNOWN.iter();
        let lock = locks.find(|(_, functions)| functions.contains(by));
        lock.map(|(lock, _)| *lock)
    };
    takers.iter().find_map(known)
}

/// One finding for each lock that somebody keeps.
pub(super) fn findings(report: &Report, again: &Again) -> Vec<Finding> {
    let mut found: Vec<(Taken<'_>, Vec<&str>, Vec<&Thread>)> = Vec::new();
    let threads = report.threads.iter();
    for thread in threads.filter(|thread| slept_on(thread, again)) {
        let Some(taken) = of(report, thread) else {
            continue;
        };
        match found.iter_mut().find(|(it, ..)| it.is_the_same(&taken)) {
            Some((_, takers, threads)) => {
                takers.push(taken.by);
                threads.push(thread);
            }
            None => found.push((taken, vec![taken.by], vec![thread])),
        }
    }
    let findings = found.into_iter().map(|(taken, takers, threads)| Finding {
        what: Trouble::RuntimeLock,
        // To wait for a moment is everyday life, and without another look that is all that is known.
        weight: if again.threads.is_some() {
            Weight::Stuck
        } else {
            Weight::Suspicious
        },
        grade: Grade::Likely,
        text: describe::runtime_lock(taken.at, name(&takers), taken.by, &threads),
        // Goroutines that run on these threads are held up, not to blame.
        culprits: Vec::new(),
        objects: Vec::new(),
        held_up: threads.len() as u64,
        ..Finding::default()
    });
    findings.collect()
}

#[cfg(test)]
mod tests {
    use super::{Taken, name};

    #[test]
    fn which_lock_it_is() {
        assert_eq!(
            name(&["runtime.semacquire1", "runtime.wakep"]),
            Some("sched.lock")
        );
        assert_eq!(name(&["runtime.(*mheap).allocSpan"]), Some("mheap_.lock"));
        assert_eq!(name(&["runtime.semacquire1"]), None);
    }

    #[test]
    fn an_address_says_more_than_the_function() {
        let taken = |at, by| Taken { at, by };
        let it = taken(Some(0x0058_58c0), "runtime.wakep");
        assert!(it.is_the_same(&taken(Some(0x0058_58c0), "runtime.findRunnable")));
        assert!(!it.is_the_same(&taken(Some(0x5000), "runtime.wakep")));
        assert!(it.is_the_same(&taken(None, "runtime.wakep")));
        assert!(!it.is_the_same(&taken(None, "runtime.startm")));
    }
}
