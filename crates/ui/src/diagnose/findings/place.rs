//! Where in the program's own code a finding is, what is waited for there, and since when.

use super::MANY;
use super::blocked::resource;
use crate::report::{Call, Finding, Group, Object, Report, Trouble, Waiter};
use rustc_hash::FxHashMap;
use std::cmp::Reverse;
use std::time::Duration;

/// The call that the goroutines of a group are known by.
pub(in crate::diagnose) fn place(report: &Report, group: &Group) -> Option<Call> {
    let (frame, call) = group.users?;
    let goroutine = report.goroutine(*group.goroutines.first()?)?;
    let mut frames = report.frames(&goroutine.stack);
    let frame = frames.nth(usize::try_from(frame).ok()?)?;
    frame.site.calls.get(usize::try_from(call).ok()?).cloned()
}

/// The group of each goroutine, for findings to ask about those that they hold up.
pub(super) struct Places<'r> {
    report: &'r Report,
    /// By the goroutine's index.
    groups: FxHashMap<u32, usize>,
}

impl<'r> Places<'r> {
    pub(super) fn new(report: &'r Report) -> Places<'r> {
        let mut groups = FxHashMap::default();
        for (at, group) in report.groups.iter().enumerate() {
            groups.extend(group.goroutines.iter().map(|index| (*index, at)));
        }
        Places { report, groups }
    }

    /// Whether few wait at an object, and all of them wait by design.
    pub(super) fn is_idle(&self, object: &Object) -> bool {
        let idle = |waiter: &Waiter| {
            let group = self.groups.get(&waiter.goroutine);
            let group = group.and_then(|at| self.report.groups.get(*at));
            group.is_some_and(|group| group.idle.is_some())
        };
        object.waiters.len() < MANY && object.waiters.iter().all(idle)
    }

    /// The group that most of these goroutines are in; of those with as many, the first.
    fn group(&self, waiting: &[u32]) -> Option<&'r Group> {
        let mut counts: FxHashMap<usize, usize> = FxHashMap::default();
        for at in waiting.iter().filter_map(|index| self.groups.get(index)) {
            *counts.entry(*at).or_default() += 1;
        }
        let most = counts
            .into_iter()
            .max_by_key(|(at, count)| (*count, Reverse(*at)));
        self.report.groups.get(most?.0)
    }

    /// Where most of these goroutines are, and how long the first of them has waited.
    pub(super) fn of(&self, waiting: &[u32]) -> (Option<Call>, Option<Duration>) {
        let place = self
            .group(waiting)
            .and_then(|group| place(self.report, group));
        let waited = waiting
            .iter()
            .filter_map(|index| self.report.waited(*index));
        (place, waited.max())
    }

    /// Adds to findings about waits what each lacks: the place, what is waited for, since when.
    pub(super) fn complete(&self, found: &mut [Finding]) {
        let report = self.report;
        for finding in found.iter_mut().filter(|it| is_of_waits(it.what)) {
            let waiting = waiting(report, finding);
            if finding.place.is_none() {
                (finding.place, finding.since) = self.of(&waiting);
            }
            if finding.resource.is_none() {
                let known = self
                    .group(&waiting)
                    .and_then(|group| group.resource.clone());
                let waiter = waiting.first().copied();
                let by_object = || resource(report, finding.objects.first().copied(), waiter?);
                finding.resource = known.or_else(by_object);
            }
        }
    }
}

/// Whether goroutines that wait are what a finding is about.
fn is_of_waits(what: Trouble) -> bool {
    matches!(
        what,
        Trouble::Deadlock
            | Trouble::PileUp
            | Trouble::Blocked
            | Trouble::Leak
            | Trouble::NoDeadline
            | Trouble::Peer
    )
}

/// The goroutines that a finding is about: those that wait at its objects; without objects, the culprits.
fn waiting(report: &Report, finding: &Finding) -> Vec<u32> {
    let objects = finding.objects.iter().filter_map(|at| report.object(*at));
    let waiters = objects.flat_map(|object| object.waiters.iter());
    let mut waiting: Vec<u32> = waiters.map(|waiter| waiter.goroutine).collect();
    if waiting.is_empty() {
        waiting.clone_from(&finding.culprits);
    }
    waiting
}
