//! A diagnosis, in the words that the screen shows.

use crate::describe;
use crate::report::{Object, Report, Weight};
use rustc_hash::FxHashSet;
use std::cmp::Reverse;
use std::time::Duration;

/// What a diagnosis found, without the goroutines that it went by.
#[derive(Clone, Debug, Default)]
pub(crate) struct Diagnosis {
    /// The target's monotonic clock then, in ns.
    pub(crate) now: i64,
    /// What is wrong, the worst first.
    pub(crate) findings: Vec<Told>,
    /// What is waited for, the locks first, then by waiters.
    pub(crate) objects: Vec<Thing>,
    /// At which object each goroutine waits, by its number; in order.
    pub(crate) waits: Vec<(u64, u32)>,
    /// The numbers of those with which nothing is wrong; in order.
    pub(crate) idle: Vec<u64>,
}

/// A finding.
#[derive(Clone, Debug)]
pub(crate) struct Told {
    pub(crate) weight: Weight,
    pub(crate) text: String,
}

/// An object.
#[derive(Clone, Debug)]
pub(crate) struct Thing {
    /// By which it is known again: its address, or what a file has for one.
    pub(crate) key: u64,
    pub(crate) addr: u64,
    /// `chan send`.
    pub(crate) kind: String,
    /// `0xc000124a80`, `fd 7`.
    pub(crate) at: String,
    pub(crate) detail: String,
    /// Those that wait there, by their numbers, the longest first.
    pub(crate) waiters: Vec<u64>,
    /// How long the first has waited, at least, then.
    pub(crate) oldest: Option<Duration>,
    pub(crate) holder: String,
    /// Those that may hold it, and why.
    pub(crate) suspects: Vec<u64>,
    pub(crate) why: Vec<String>,
}

impl Diagnosis {
    /// What a report says.
    pub(crate) fn of(report: &Report) -> Diagnosis {
        let id = |index: u32| report.goroutine(index).map_or(0, |it| it.id);
        let findings = report.findings.iter().map(|finding| Told {
            weight: finding.weight,
            text: finding.text.clone(),
        });
        let mut shown: Vec<&Object> = report
            .objects
            .iter()
            .filter(|object| !object.waiters.is_empty())
            .collect();
        shown.sort_by_key(|object| {
            (
                Reverse(describe::is_lock(object)),
                Reverse(object.waiters.len()),
            )
        });
        let mut waits: Vec<(u64, u32)> = shown
            .iter()
            .zip(0u32..)
            .flat_map(|(object, at)| {
                let waiters = object.waiters.iter();
                waiters.map(move |waiter| (id(waiter.goroutine), at))
            })
            .collect();
        waits.sort_unstable();
        let idle: FxHashSet<u64> = report.idle().map(id).collect();
        let mut idle: Vec<u64> = idle.into_iter().collect();
        idle.sort_unstable();
        Diagnosis {
            now: report.now,
            findings: findings.collect(),
            objects: shown
                .iter()
                .zip(1..)
                .map(|(object, nth)| thing(report, object, nth))
                .collect(),
            waits,
            idle,
        }
    }

    /// The objects at which a goroutine waits.
    pub(crate) fn waits_of(&self, id: u64) -> impl Iterator<Item = &Thing> {
        let from = self.waits.partition_point(|(waiter, _)| *waiter < id);
        let rest = self.waits.get(from..).unwrap_or_default().iter();
        rest.take_while(move |(waiter, _)| *waiter == id)
            .filter_map(|(_, object)| self.objects.get(usize::try_from(*object).ok()?))
    }

    pub(crate) fn is_idle(&self, id: u64) -> bool {
        self.idle.binary_search(&id).is_ok()
    }
}

fn thing(report: &Report, object: &Object, nth: u64) -> Thing {
    let first = object.waiters.first();
    let why = object.suspects.iter().map(|suspect| {
        let evidence = suspect.evidence.iter();
        let why: Vec<String> = evidence
            .map(|evidence| describe::evidence(report, suspect.goroutine, evidence))
            .collect();
        format!(
            "{} {}: {}",
            describe::name(report, suspect.goroutine),
            describe::grade(suspect.grade),
            why.join("; ")
        )
    });
    Thing {
        key: if object.addr == 0 { nth } else { object.addr },
        addr: object.addr,
        kind: describe::waits_on(object),
        at: describe::place(object),
        detail: describe::detail(report, object),
        waiters: object
            .waiters
            .iter()
            .filter_map(|waiter| report.goroutine(waiter.goroutine))
            .map(|goroutine| goroutine.id)
            .collect(),
        oldest: first.and_then(|waiter| report.waited(waiter.goroutine)),
        holder: describe::holder(report, object),
        suspects: object
            .suspects
            .iter()
            .filter_map(|suspect| report.goroutine(suspect.goroutine))
            .map(|goroutine| goroutine.id)
            .collect(),
        why: why.collect(),
    }
}
