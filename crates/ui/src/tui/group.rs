//! A row of the groups.

use crate::sampler::{Row, Sample};

/// A group.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(crate) struct GroupRow {
    pub(crate) key: u64,
    pub(crate) count: u32,
    /// Where its goroutines begin among all members.
    pub(super) first: usize,
    /// The one of them that has waited for longest, by its place in the sample.
    pub(crate) oldest: u32,
    /// Since when the oldest and the middle one of those wait of which that is known; 0 where it is of none.
    pub(crate) since: i64,
    pub(crate) middle: i64,
    /// How many more there are than at the sample before.
    pub(crate) growth: i64,
    /// All of them wait for what always comes.
    pub(crate) idle: bool,
}

impl GroupRow {
    /// The one of its goroutines that has waited for longest.
    pub(crate) fn row(&self, sample: &Sample) -> Row {
        let at = usize::try_from(self.oldest).ok();
        let row = at.and_then(|at| sample.rows.get(at));
        row.copied().unwrap_or_default()
    }
}
