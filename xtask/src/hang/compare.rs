//! Whether what gopeek says of a program is what the program knows of itself.

use std::collections::{BTreeMap, BTreeSet};

use super::said::{Goroutine, Object, Said};
use super::truth::{self, Truth};

/// How many of how many.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub(super) struct Share {
    pub(super) right: usize,
    pub(super) of: usize,
}

impl Share {
    pub(super) fn count(&mut self, right: bool) {
        self.right += usize::from(right);
        self.of += 1;
    }

    pub(super) fn wrong(self) -> usize {
        self.of - self.right
    }
}

/// What came of one report.
#[derive(Default, Debug)]
pub(super) struct Outcome {
    /// Goroutines with their objects, or the right kind of wait.
    pub(super) goroutines: Share,
    /// Objects with exactly their waiters.
    pub(super) objects: Share,
    /// The culprit of the first finding.
    pub(super) culprits: Share,
    /// Programs in which nothing is wrong, and nothing is said to be.
    pub(super) calm: Share,
    /// Suspects that are said to be certain.
    pub(super) certain: Share,
    /// Suspects that are said to be likely, where it is known who holds the object.
    pub(super) likely: Share,
    /// Goroutines said to be at something unreachable, or that are.
    pub(super) leaks: Share,
    /// Goroutines that a search through the heap says are leaked.
    pub(super) deep: Share,
    /// Goroutines that are leaked, and said to be by such a search.
    pub(super) found: Share,
    /// Circles of goroutines that wait for each other.
    pub(super) cycles: Share,
    /// What is not right, in words.
    pub(super) differences: Vec<String>,
}

/// Compares a report with the truth.
pub(super) fn compare(truth: &Truth, said: &Said) -> Outcome {
    let mut outcome = Outcome::default();
    outcome.findings(truth, said);
    if truth.moving {
        return outcome;
    }
    let goroutines: BTreeMap<u64, &Goroutine> =
        said.goroutines.iter().map(|it| (it.id, it)).collect();
    for expected in &truth.objects {
        let found = find(expected, &goroutines, said);
        outcome.object(expected, found, &goroutines);
    }
    let kinds = [
        (&truth.sleeping, "sleep"),
        (&truth.forever, "forever"),
        (&truth.syscall, "syscall"),
        (&truth.c, "c"),
        (&truth.running, ""),
    ];
    for (goids, wait) in kinds {
        for goid in goids {
            let is = goroutines.get(goid).map(|it| it.wait.as_str());
            // One that has a P in a system call of its own is both.
            let right = is == Some(wait) || (wait.is_empty() && is == Some("syscall"));
            outcome.goroutines.count(right);
            outcome.differ(right, || format!("goroutine {goid}: {is:?}, not {wait:?}"));
        }
    }
    outcome.unreachable(truth, said);
    outcome
}

/// The object of this address or descriptor; where the program knows neither, the one that its first waiter is at.
fn find<'s>(
    expected: &truth::Object,
    goroutines: &BTreeMap<u64, &Goroutine>,
    said: &'s Said,
) -> Option<&'s Object> {
    let by_waiter = || {
        let goroutine = goroutines.get(&expected.waiters.first()?.goid)?;
        Some(goroutine.blocked_on.first()?.object)
    };
    let index = by_waiter();
    said.objects.iter().find(|object| {
        object.kind == expected.kind
            && match (expected.fd, expected.addr.as_str()) {
                (Some(fd), _) => object.fd == Some(fd),
                (None, "") => Some(object.index) == index,
                (None, addr) => object.address == addr,
            }
    })
}

impl Outcome {
    fn differ(&mut self, right: bool, what: impl FnOnce() -> String) {
        if !right {
            self.differences.push(what());
        }
    }

    fn object(
        &mut self,
        expected: &truth::Object,
        found: Option<&Object>,
        goroutines: &BTreeMap<u64, &Goroutine>,
    ) {
        let name = match expected.fd {
            Some(fd) => format!("file {fd}"),
            None => format!("{} {}", expected.kind, expected.addr),
        };
        for waiter in &expected.waiters {
            let goroutine = goroutines.get(&waiter.goid);
            let right = found.zip(goroutine).is_some_and(|(object, goroutine)| {
                let mut cases = goroutine.blocked_on.iter();
                cases.any(|it| it.object == object.index && it.purpose == waiter.purpose)
            });
            self.goroutines.count(right);
            let (goid, purpose) = (waiter.goid, &waiter.purpose);
            self.differ(right, || {
                format!("goroutine {goid} is not at {name} to {purpose}")
            });
        }
        let theirs: BTreeSet<_> = expected
            .waiters
            .iter()
            .map(|it| (it.goid, it.purpose.as_str(), it.select))
            .collect();
        let ours: Option<BTreeSet<_>> = found.map(|object| {
            let waiters = object.waiters.iter();
            let waiters = waiters.map(|it| (it.goroutine, it.purpose.as_str(), it.select));
            waiters.collect()
        });
        let right = match &ours {
            Some(ours) => *ours == theirs,
            // An object at which nobody waits is none of those that are told of.
            None => theirs.is_empty(),
        };
        self.objects.count(right);
        self.differ(right, || {
            format!("{name}: waiters {ours:?}, not {theirs:?}")
        });
        let unheld = found.is_some_and(|object| object.unheld);
        self.differ(unheld == expected.unheld, || {
            format!("{name}: said to be held by nobody: {unheld}")
        });
        for suspect in found.iter().flat_map(|object| &object.suspects) {
            let goid = suspect.goroutine;
            let right = expected.holders.contains(&goid);
            match suspect.grade.as_str() {
                "certain" if !suspect.is_next_only() => self.certain.count(right),
                "likely" if !expected.holders.is_empty() => self.likely.count(right),
                _ => continue,
            }
            let grade = &suspect.grade;
            self.differ(right, || {
                format!("{name}: {goid} is no holder, said to be {grade}")
            });
        }
    }

    fn findings(&mut self, truth: &Truth, said: &Said) {
        let first = said.findings.first();
        let told = || first.map_or("nothing", |it| it.text.as_str());
        if let Some(finding) = &truth.finding {
            let right = first.is_some_and(|it| it.what == *finding && it.weight != "note");
            self.culprits.count(right);
            self.differ(right, || format!("no {finding}: {}", told()));
        } else if truth.stuck {
            let culprit = first.and_then(|it| it.culprits.first());
            // Of what nobody holds, nobody is to be named.
            let right = match culprit {
                Some(culprit) => truth.culprits.contains(culprit),
                None => truth.culprits.is_empty() && first.is_some_and(|it| it.weight == "stuck"),
            };
            self.culprits.count(right);
            self.differ(right, || format!("culprit {culprit:?}: {}", told()));
        } else {
            let alarm = said.findings.iter().find(|it| it.weight != "note");
            self.calm.count(alarm.is_none());
            self.differ(alarm.is_none(), || format!("false alarm: {}", told()));
        }
        if !truth.cycle.is_empty() {
            let right = first.is_some_and(|it| {
                it.what == "deadlock"
                    && it.culprits.iter().copied().collect::<BTreeSet<_>>() == truth.cycle
            });
            self.cycles.count(right);
            self.differ(right, || {
                format!("no circle of {:?}: {}", truth.cycle, told())
            });
        }
    }

    /// Compares a report for which the heap was searched with the truth.
    pub(super) fn deep(&mut self, truth: &Truth, said: &Said) {
        let alarm = said.findings.iter().find(|it| it.weight != "note");
        if truth.leaked.is_empty() {
            self.calm.count(alarm.is_none());
        } else {
            let culprit = alarm.and_then(|it| it.culprits.first());
            let right = culprit.is_some_and(|it| truth.leaked.contains(it));
            self.culprits.count(right);
            self.differ(right, || format!("culprit {culprit:?} with the heap"));
        }
        let told = told(said);
        for goid in &told {
            let right = truth.leaked.contains(goid);
            self.deep.count(right);
            self.differ(right, || {
                format!("goroutine {goid} is said to be leaked with the heap")
            });
        }
        for goid in &truth.leaked {
            let right = told.contains(goid);
            self.found.count(right);
            self.differ(right, || {
                format!("goroutine {goid} is not said to be leaked with the heap")
            });
        }
    }

    fn unreachable(&mut self, truth: &Truth, said: &Said) {
        let told = told(said);
        for goid in truth.leaked.union(&told) {
            let right = truth.leaked.contains(goid) && told.contains(goid);
            self.leaks.count(right);
            self.differ(right, || {
                let not = if told.contains(goid) { "" } else { "not " };
                format!("goroutine {goid} is {not}said to be leaked")
            });
        }
    }
}

/// Who waits at something that is said to be unreachable.
fn told(said: &Said) -> BTreeSet<u64> {
    let objects = said.objects.iter().filter(|object| object.unreachable);
    objects
        .flat_map(|object| &object.waiters)
        .map(|waiter| waiter.goroutine)
        .collect()
}

#[cfg(test)]
mod tests;
