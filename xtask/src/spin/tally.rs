//! Counts what samples came to, and tells it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::judge::Wrong;

/// The samples of one program.
#[derive(Debug)]
pub(crate) struct Tally {
    /// Stacks that are as they may be.
    pub(crate) right: usize,
    /// All stacks.
    pub(crate) total: usize,
    /// How many were on a CPU.
    running: usize,
    /// How many stacks of each kind of failure are shown whole.
    shown: usize,
    failures: BTreeMap<Wrong, Failures>,
}

#[derive(Debug, Default)]
struct Failures {
    by_goroutine: BTreeMap<String, usize>,
    shown: Vec<String>,
}

impl Tally {
    /// None yet; of each kind of failure, so many stacks will be shown whole.
    pub(crate) fn showing(shown: usize) -> Self {
        Self {
            right: 0,
            total: 0,
            running: 0,
            shown,
            failures: BTreeMap::new(),
        }
    }

    /// Counts a stack: `block` is its text, for people.
    pub(super) fn add(
        &mut self,
        name: &str,
        running: bool,
        block: &str,
        verdict: Result<(), Wrong>,
    ) {
        self.total += 1;
        self.running += usize::from(running);
        let Err(wrong) = verdict else {
            self.right += 1;
            return;
        };
        let failures = self.failures.entry(wrong).or_default();
        *failures.by_goroutine.entry(name.to_owned()).or_default() += 1;
        if failures.shown.len() < self.shown {
            failures.shown.push(format!("{name}, {block}"));
        }
    }

    /// Whether at least 999 of 1000 are right. A sample may catch a stack while it is being moved, or a thread
    /// between two instructions that leave no frame behind; a walk that is wrong is so far more often.
    pub(crate) fn is_good(&self) -> bool {
        self.total > 0 && self.right * 1000 >= self.total * 999
    }

    /// The sums, then each kind of failure with its goroutines and the first stacks.
    pub(crate) fn tell(&self) -> String {
        let Self {
            right,
            total,
            running,
            ..
        } = self;
        let mut out = format!("right {right} of {total}, {running} of them running\n");
        for (wrong, failures) in &self.failures {
            let by_goroutine: Vec<_> = failures
                .by_goroutine
                .iter()
                .map(|(name, count)| format!("{name} {count}"))
                .collect();
            let sum: usize = failures.by_goroutine.values().sum();
            // Writing to a String does not fail.
            let _ = writeln!(out, "  {wrong}: {sum} ({})", by_goroutine.join(", "));
            for block in &failures.shown {
                let _ = writeln!(out, "    {}", block.trim_end().replace('\n', "\n    "));
            }
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::{Tally, Wrong};

    #[test]
    fn one_in_a_thousand_may_be_wrong() {
        let mut tally = Tally::showing(2);
        assert!(!tally.is_good());
        for _ in 0..999 {
            tally.add("main.f", true, "", Ok(()));
        }
        tally.add("main.f", true, "", Err(Wrong::Line));
        assert!(tally.is_good());
        tally.add("main.f", true, "", Err(Wrong::Line));
        assert!(!tally.is_good());
    }

    #[test]
    fn failures_are_told_by_kind_and_shown_a_few_times() {
        let mut tally = Tally::showing(2);
        tally.add("main.f", false, "", Ok(()));
        for _ in 0..5 {
            tally.add(
                "main.g",
                true,
                "goroutine 7 [running]:\nmain.x()\n",
                Err(Wrong::Outermost),
            );
        }
        let told = tally.tell();
        assert!(told.starts_with("right 1 of 6, 5 of them running\n"));
        assert!(told.contains("  wrong outermost frame: 5 (main.g 5)\n"));
        assert_eq!(told.matches("    main.x()\n").count(), 2);
    }
}
