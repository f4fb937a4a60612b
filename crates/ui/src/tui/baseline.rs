//! What has changed since a moment that was chosen.

use super::group::GroupRow;
use crate::sampler::{Row, Sample};
use rustc_hash::FxHashMap;
use std::cmp::Reverse;

/// How large groups were then.
#[derive(Clone, Debug)]
pub(crate) struct Baseline {
    /// The target's monotonic clock then, in ns.
    pub(crate) now: i64,
    counts: FxHashMap<u64, Then>,
}

#[derive(Copy, Clone, Debug)]
struct Then {
    count: u32,
    /// One of its goroutines, as it was.
    row: Row,
}

/// A group that is not as large as it was.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(crate) struct Change {
    pub(crate) key: u64,
    pub(crate) before: u32,
    pub(crate) now: u32,
    /// One of its goroutines; of a group that is gone, as it was.
    pub(crate) row: Row,
}

impl Change {
    pub(crate) fn growth(self) -> i64 {
        i64::from(self.now) - i64::from(self.before)
    }
}

impl Baseline {
    /// How it is now.
    pub(crate) fn of(groups: &[GroupRow], sample: &Sample) -> Baseline {
        let counts = groups.iter().map(|group| {
            let then = Then {
                count: group.count,
                row: group.row(sample),
            };
            (group.key, then)
        });
        Baseline {
            now: sample.now,
            counts: counts.collect(),
        }
    }

    /// What is other than it was; what has changed most goes first.
    pub(crate) fn compare(&self, groups: &[GroupRow], sample: &Sample, changes: &mut Vec<Change>) {
        let mut seen = 0;
        for group in groups {
            let then = self.counts.get(&group.key);
            seen += usize::from(then.is_some());
            changes.push(Change {
                key: group.key,
                before: then.map_or(0, |then| then.count),
                now: group.count,
                row: group.row(sample),
            });
        }
        if seen < self.counts.len() {
            let gone = self
                .counts
                .iter()
                .filter(|(key, _)| !groups.iter().any(|group| group.key == **key));
            changes.extend(gone.map(|(key, then)| Change {
                key: *key,
                before: then.count,
                now: 0,
                row: then.row,
            }));
        }
        changes.retain(|change| change.growth() != 0);
        changes
            .sort_unstable_by_key(|change| (Reverse(change.growth().unsigned_abs()), change.key));
    }
}
