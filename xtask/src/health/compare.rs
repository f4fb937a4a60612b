//! Holds what the runtime says of itself against what was read from outside, before and after.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;

/// What either side says.
#[derive(Deserialize, Default, Debug)]
pub(super) struct Said {
    /// By name.
    pub(super) figures: BTreeMap<String, u64>,
    /// By name: below, the buckets, above.
    pub(super) histograms: BTreeMap<String, Vec<u64>>,
}

/// What goes up and down by itself, as the scavenger gives memory back and the program takes it: between two looks at it
/// that differ, it may have been anything.
const RESTLESS: [&str; 2] = ["free", "released"];

impl Said {
    /// Whether the figures that move by themselves are what they were.
    pub(super) fn is_as_still_as(&self, earlier: &Said) -> bool {
        let same = |name: &&str| self.figures.get(*name) == earlier.figures.get(*name);
        RESTLESS.iter().all(same)
    }
}

/// How many figures are right, and what is wrong with the others.
#[derive(PartialEq, Eq, Debug, Default)]
pub(super) struct Outcome {
    pub(super) right: usize,
    wrong: Vec<String>,
}

impl Outcome {
    pub(super) fn total(&self) -> usize {
        self.right + self.wrong.len()
    }

    fn count(&mut self, wrong: Option<String>) {
        match wrong {
            None => self.right += 1,
            Some(wrong) => self.wrong.push(wrong),
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} of {}", self.right, self.total())?;
        self.wrong
            .iter()
            .try_for_each(|wrong| writeln!(f, "    {wrong}"))
    }
}

/// Timers that the runtime may have besides the program's: the scavenger's, and that of a GC which is late.
const OTHER_TIMERS: u64 = 2;

/// Each figure of the truth, which has to lie between ours.
pub(super) fn compare(before: &Said, truth: &Said, after: &Said) -> Outcome {
    let mut outcome = Outcome::default();
    for (name, value) in &truth.figures {
        let ours = before.figures.get(name).zip(after.figures.get(name));
        outcome.count(match ours {
            Some((one, other)) if lies_between(name, *one, *value, *other) => None,
            Some((one, other)) => Some(format!(
                "{name}: {value}, and not between {one} and {other}"
            )),
            None => Some(format!("{name}: {value}, and nothing of ours")),
        });
    }
    for (name, counts) in &truth.histograms {
        let ours = before.histograms.get(name).zip(after.histograms.get(name));
        outcome.count(match ours {
            Some((one, other)) => bucket(one, counts, other)
                .map(|at| format!("{name}: bucket {at} of {} does not fit", counts.len())),
            None => Some(format!("{name}: nothing of ours")),
        });
    }
    outcome
}

fn lies_between(name: &str, one: u64, truth: u64, other: u64) -> bool {
    let slack = if name == "timers" { OTHER_TIMERS } else { 0 };
    let (low, high) = (one.min(other), one.max(other));
    (low..=high).contains(&truth) || (truth..=truth + slack).contains(&low)
}

/// The first bucket that does not lie between ours.
fn bucket(before: &[u64], truth: &[u64], after: &[u64]) -> Option<usize> {
    if before.len() != truth.len() || after.len() != truth.len() {
        return Some(truth.len());
    }
    let all = before.iter().zip(truth).zip(after);
    all.into_iter()
        .position(|((before, truth), after)| !(*before..=*after).contains(truth))
}

#[cfg(test)]
mod tests {
    use super::{Said, compare};

    fn said(figures: &[(&str, u64)], histogram: &[u64]) -> Said {
        let figures = figures
            .iter()
            .map(|(name, value)| ((*name).to_owned(), *value));
        Said {
            figures: figures.collect(),
            histograms: [("pauses".to_owned(), histogram.to_vec())].into(),
        }
    }

    #[test]
    fn what_lies_between_is_right() {
        let truth = said(&[("ended", 3), ("goal", 7), ("timers", 40)], &[0, 4, 0]);
        let before = said(&[("ended", 3), ("goal", 9), ("timers", 41)], &[0, 3, 0]);
        let after = said(&[("ended", 4), ("goal", 5), ("timers", 41)], &[0, 4, 1]);
        let outcome = compare(&before, &truth, &after);
        assert_eq!((outcome.right, outcome.total()), (4, 4));
    }

    #[test]
    fn what_moves_by_itself_tells_whether_to_look_again() {
        let at = |free, ended| said(&[("free", free), ("ended", ended)], &[]);
        assert!(at(5, 1).is_as_still_as(&at(5, 2)));
        assert!(!at(5, 1).is_as_still_as(&at(6, 1)));
    }

    #[test]
    fn what_does_not_or_is_missing_is_wrong() {
        let truth = said(&[("ended", 5), ("goal", 7), ("timers", 40)], &[0, 4, 0]);
        let before = said(&[("ended", 3), ("timers", 39)], &[0, 5, 0]);
        let after = said(&[("ended", 4), ("timers", 39)], &[0, 5, 0]);
        let outcome = compare(&before, &truth, &after);
        assert_eq!((outcome.right, outcome.total()), (0, 4));
        assert!(outcome.to_string().contains("pauses: bucket 1 of 3"));
    }
}
