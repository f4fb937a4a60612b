//! How the sizes of groups have changed over the last samples.

use rustc_hash::FxHashMap;

/// So many samples are remembered.
pub(crate) const LEN: usize = 16;

/// The sizes of one group, oldest first.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Trend {
    counts: [u32; LEN],
    len: usize,
    /// The last sample that it was in.
    last: u64,
}

impl Trend {
    /// The sizes, oldest first.
    pub(crate) fn counts(&self) -> &[u32] {
        self.counts.get(LEN - self.len..).unwrap_or_default()
    }

    fn add(&mut self, count: u32, sample: u64) {
        // It was not there in the samples that it missed.
        let missed = sample.saturating_sub(self.last).saturating_sub(1);
        for _ in 0..missed.min(LEN as u64) {
            self.push(0);
        }
        self.push(count);
        self.last = sample;
    }

    fn push(&mut self, count: u32) {
        self.counts.rotate_left(1);
        if let Some(last) = self.counts.last_mut() {
            *last = count;
        }
        self.len = (self.len + 1).min(LEN);
    }
}

/// The trends of all groups, by their keys.
#[derive(Clone, Debug, Default)]
pub(crate) struct Trends(FxHashMap<u64, Trend>);

impl Trends {
    /// A group has this size in this sample.
    pub(crate) fn add(&mut self, key: u64, count: u32, sample: u64) {
        let trend = self.0.entry(key).or_insert_with(|| Trend {
            last: sample.saturating_sub(1),
            ..Trend::default()
        });
        if trend.last != sample || trend.len == 0 {
            trend.add(count, sample);
        }
    }

    /// Forgets groups that are long gone.
    pub(crate) fn tidy(&mut self, sample: u64) {
        self.0.retain(|_, trend| trend.last + LEN as u64 >= sample);
    }

    /// How large a group was at the sample before this one; nothing where that is not known.
    pub(crate) fn before(&self, key: u64, sample: u64) -> Option<u32> {
        if self.0.is_empty() {
            return None;
        }
        let Some(trend) = self.0.get(&key) else {
            return Some(0);
        };
        let back = sample.saturating_sub(trend.last);
        match back {
            0 => {
                let counts = trend.counts();
                counts
                    .len()
                    .checked_sub(2)
                    .and_then(|at| counts.get(at))
                    .copied()
            }
            1 => trend.counts().last().copied(),
            _ => Some(0),
        }
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// How many groups there are or were of late.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn of(&self, key: u64) -> Trend {
        self.0.get(&key).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::Trends;

    #[test]
    fn a_group_that_was_away_had_nobody() {
        let mut trends = Trends::default();
        trends.add(7, 3, 1);
        trends.add(7, 4, 2);
        trends.add(7, 5, 5);
        assert_eq!(trends.of(7).counts(), [3, 4, 0, 0, 5]);
        trends.tidy(30);
        assert_eq!(trends.of(7).counts(), [0u32; 0]);
    }
}
