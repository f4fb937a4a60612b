//! Histograms of durations (`runtime.timeHistogram`), and what they say of the time between two looks at them.

use super::Room;
use crate::addr::Addr;
use crate::mem::{Memory, read_into};
use crate::record::Field;
use crate::rules::TimeBuckets;
use std::time::Duration;

/// How many durations fell into each bucket.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Histogram {
    /// The buckets, shortest first.
    pub counts: Vec<u64>,
    /// Those below the first: time that went backwards.
    pub underflow: u64,
    /// Those above the last; nothing where the release counts them as the last's.
    pub overflow: Option<u64>,
    buckets: Option<TimeBuckets>,
}

/// Where the parts of a histogram lie in the record that holds it: the counts lie up to the underflow.
pub(super) struct Parts {
    pub(super) counts: Option<Field<u64>>,
    pub(super) underflow: Option<Field<u64>>,
    pub(super) overflow: Option<Field<u64>>,
}

/// No release has more buckets.
const MAX_BUCKETS: u32 = 4096;

/// The histogram in the record at `base`.
pub(super) fn read(
    memory: &dyn Memory,
    base: Addr,
    parts: &Parts,
    buckets: TimeBuckets,
    before: Option<Histogram>,
    room: &mut Room,
) -> Option<Histogram> {
    let (counts, underflow) = (parts.counts?, parts.underflow?);
    let len = underflow.offset().checked_sub(counts.offset())?;
    let len = usize::try_from(len.min(MAX_BUCKETS * 8)).ok()?;
    let bytes = read_into(memory, counts.addr_in(base)?, len, &mut room.bytes).ok()?;
    let words = bytes.as_chunks::<8>().0.iter();
    let mut counts = before.unwrap_or_default().counts;
    counts.clear();
    counts.extend(words.map(|word| u64::from_le_bytes(*word)));
    Some(Histogram {
        counts,
        underflow: underflow.read(memory, base).ok()?,
        overflow: parts
            .overflow
            .and_then(|field| field.read(memory, base).ok()),
        buckets: Some(buckets),
    })
}

impl Histogram {
    /// How many durations there are in all.
    #[must_use]
    pub fn total(&self) -> u64 {
        let ends = self.overflow.iter().chain([&self.underflow]);
        let all = self.counts.iter().chain(ends);
        all.fold(0, |sum, count| sum.saturating_add(*count))
    }

    /// What has come since `earlier`, of the same histogram.
    #[must_use]
    pub fn since(&self, earlier: &Histogram) -> Histogram {
        let mut gap = Histogram::default();
        self.since_into(earlier, &mut gap);
        gap
    }

    /// Likewise, into room that is used again and again.
    pub fn since_into(&self, earlier: &Histogram, gap: &mut Histogram) {
        let before = earlier.counts.iter().copied().chain(std::iter::repeat(0));
        let counts = self.counts.iter().zip(before);
        gap.counts.clear();
        gap.counts
            .extend(counts.map(|(now, before)| now.saturating_sub(before)));
        gap.underflow = self.underflow.saturating_sub(earlier.underflow);
        gap.overflow = self
            .overflow
            .map(|now| now.saturating_sub(earlier.overflow.unwrap_or(0)));
        gap.buckets = self.buckets;
    }

    /// Where the bucket that holds the `share` smallest (0.99) begins and ends; without an end, if it is above all buckets.
    /// Nothing of an empty histogram.
    #[must_use]
    pub fn quantile(&self, share: f64) -> Option<(Duration, Option<Duration>)> {
        let buckets = self.buckets?;
        let total = self.total();
        if total == 0 {
            return None;
        }
        // Counts of scheduler events are far below what a float64 can hold.
        #[allow(
            clippy::cast_precision_loss,
            reason = "a share of a count is a guess anyway"
        )]
        let wanted = share.clamp(0.0, 1.0) * total as f64;
        let mut below = self.underflow;
        for (count, index) in self.counts.iter().zip(0u32..) {
            below = below.saturating_add(*count);
            #[allow(clippy::cast_precision_loss, reason = "likewise")]
            let reached = *count > 0 && below as f64 >= wanted;
            if reached {
                let end = buckets.start(index.checked_add(1)?);
                return Some((duration(buckets.start(index)?), end.map(duration)));
            }
        }
        let len = u32::try_from(self.counts.len()).ok()?;
        match self.overflow.unwrap_or(0) {
            0 => Some((Duration::ZERO, Some(Duration::ZERO))),
            _ => Some((duration(buckets.start(len)?), None)),
        }
    }
}

fn duration(ns: u64) -> Duration {
    Duration::from_nanos(ns)
}

#[cfg(test)]
mod tests {
    use super::Histogram;
    use crate::rules::rules;
    use std::time::Duration;

    fn histogram(minor: u16, len: usize, counts: &[(usize, u64)]) -> Histogram {
        let mut all = vec![0; len];
        for (index, count) in counts {
            all[*index] = *count;
        }
        Histogram {
            counts: all,
            buckets: Some(rules(minor).time_buckets),
            ..Histogram::default()
        }
    }

    fn ns(from: u64, to: u64) -> (Duration, Option<Duration>) {
        (Duration::from_nanos(from), Some(Duration::from_nanos(to)))
    }

    /// `timeHistogram.record`, of 1.20 and later.
    fn bucket_of(duration: u64) -> usize {
        let len = 64 - duration.leading_zeros();
        let (bit, bucket) = if len < 9 { (9, 0) } else { (len, len - 8) };
        let sub = (duration >> (bit - 3)) % 4;
        bucket as usize * 4 + usize::try_from(sub).unwrap()
    }

    #[test]
    fn a_duration_lies_in_the_bucket_that_it_is_counted_in() {
        for shift in 0..46 {
            for add in [0, 1, 3, 77] {
                let duration = (1_u64 << shift) + add;
                let found = histogram(26, 160, &[(bucket_of(duration), 1)]).quantile(0.5);
                let (from, to) = found.unwrap();
                assert!(from <= Duration::from_nanos(duration), "{duration}");
                assert!(to.unwrap() > Duration::from_nanos(duration), "{duration}");
            }
        }
    }

    #[test]
    fn the_buckets_of_1_19_are_finer() {
        // Below 16 ns one for each; then sixteen for each power of two.
        assert_eq!(histogram(19, 720, &[(7, 1)]).quantile(1.0), Some(ns(7, 8)));
        assert_eq!(
            histogram(19, 720, &[(16, 1)]).quantile(1.0),
            Some(ns(16, 17))
        );
        assert_eq!(
            histogram(19, 720, &[(33, 1)]).quantile(1.0),
            Some(ns(34, 36))
        );
        assert_eq!(
            histogram(20, 160, &[(1, 1)]).quantile(1.0),
            Some(ns(64, 128))
        );
        assert_eq!(
            histogram(20, 160, &[(4, 1)]).quantile(1.0),
            Some(ns(256, 320))
        );
    }

    #[test]
    fn quantiles_are_of_what_came_between_two_looks() {
        let before = histogram(26, 160, &[(0, 1000), (8, 2)]);
        let after = histogram(26, 160, &[(0, 1001), (8, 11), (20, 2)]);
        let came = after.since(&before);
        assert_eq!(came.total(), 12);
        assert_eq!(came.quantile(0.01), Some(ns(0, 64)));
        assert_eq!(came.quantile(0.5), Some(ns(512, 640)));
        assert_eq!(came.quantile(0.99), Some(ns(4096, 5120)));
        assert_eq!(before.since(&before).quantile(0.5), None);
    }

    #[test]
    fn what_is_above_all_buckets_has_no_end() {
        let long = Histogram {
            overflow: Some(1),
            ..histogram(26, 160, &[])
        };
        assert_eq!(
            long.quantile(0.5),
            Some((Duration::from_nanos(1 << 47), None))
        );
    }
}
