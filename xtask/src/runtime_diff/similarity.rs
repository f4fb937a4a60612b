//! How similar two files are, by git's measure: the share of bytes that lie in chunks that both have.

use std::collections::BTreeMap;

/// A score of files that are equal; git counts in sixty-thousandths.
pub(super) const WHOLE: u64 = 60_000;
/// The score from which git calls two files a rename: 50 %.
pub(super) const RENAMED: u64 = WHOLE / 2;

/// A chunk ends at a line break, or after this many bytes.
const LONGEST_CHUNK: u32 = 64;
/// Number of buckets that git has for chunks. Chunks of one bucket are taken to be equal, and so they must be here.
const BUCKETS: u32 = 107_927;

/// A file's chunks: bytes in each bucket, by ascending bucket.
pub(super) struct Chunks {
    size: u64,
    buckets: Vec<(u32, u64)>,
}

impl Chunks {
    /// Cuts a text into chunks. A carriage return before a line break does not count.
    pub(super) fn of(text: &[u8]) -> Self {
        let mut buckets: BTreeMap<u32, u64> = BTreeMap::new();
        let (mut low, mut high, mut length) = (0_u32, 0_u32, 0_u32);
        let mut bytes = text.iter().peekable();
        while let Some(&byte) = bytes.next() {
            let at_break = bytes.peek().is_some_and(|next| **next == b'\n');
            if byte == b'\r' && at_break {
                continue;
            }
            // A 64-bit number that turns left by seven for each byte, in two halves.
            (low, high) = ((low << 7) ^ (high >> 25), (high << 7) ^ (low >> 25));
            low = low.wrapping_add(u32::from(byte));
            length += 1;
            if byte == b'\n' || length == LONGEST_CHUNK || bytes.peek().is_none() {
                let bucket = low.wrapping_add(high.wrapping_mul(0x61)) % BUCKETS;
                *buckets.entry(bucket).or_default() += u64::from(length);
                (low, high, length) = (0, 0, 0);
            }
        }
        let size = text.len() as u64;
        let buckets = buckets.into_iter().collect();
        Self { size, buckets }
    }

    /// Score of `self` becoming `new`; 0 where the sizes alone rule out `least`.
    pub(super) fn score(&self, new: &Self, least: u64) -> u64 {
        let (larger, smaller) = (self.size.max(new.size), self.size.min(new.size));
        if larger * (WHOLE - least) < (larger - smaller) * WHOLE || new.size == 0 {
            return 0;
        }
        let mut kept = 0;
        let mut others = new.buckets.iter().peekable();
        for (bucket, bytes) in &self.buckets {
            while others.next_if(|(other, _)| other < bucket).is_some() {}
            if let Some((_, new_bytes)) = others.next_if(|(other, _)| other == bucket) {
                kept += bytes.min(new_bytes);
            }
        }
        kept * WHOLE / larger
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn score(old: &str, new: &str) -> u64 {
        Chunks::of(old.as_bytes()).score(&Chunks::of(new.as_bytes()), RENAMED)
    }

    #[test]
    fn a_half_that_stays_is_a_rename_just_so() {
        let half = "0123456789 0123456789\n".repeat(3);
        let old = format!("{half}{}", "old line of the same len\n".repeat(3));
        let new = format!("{half}{}", "new line of the same len\n".repeat(3));
        assert_eq!(score(&old, &old), WHOLE);
        let kept = half.len() as u64 * WHOLE / old.len() as u64;
        assert_eq!(score(&old, &new), kept);
    }

    #[test]
    fn sizes_alone_rule_a_rename_out() {
        assert_eq!(score("a\n", &"a\n".repeat(9)), 0);
        assert_eq!(score("a\n", ""), 0);
    }

    #[test]
    fn line_ends_of_windows_do_not_count() {
        assert_eq!(
            Chunks::of(b"a\r\nb\r\n").buckets,
            Chunks::of(b"a\nb\n").buckets
        );
    }
}
