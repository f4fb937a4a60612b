//! Segments that lie over each other, made to lie side by side.

use gopeek_layout::{Addr, Span};
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// A span of memory, and where its bytes are in the file.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(super) struct Placed {
    pub(super) span: Span,
    pub(super) offset: usize,
}

impl Placed {
    fn start(&self) -> u64 {
        self.span.start.get()
    }

    fn end(&self) -> u64 {
        self.start().saturating_add(self.span.len)
    }

    /// The part of it in `[from, to)`, which lies in it.
    fn between(&self, from: u64, to: u64) -> Option<Placed> {
        let skip = usize::try_from(from.checked_sub(self.start())?).ok()?;
        Some(Placed {
            span: Span::between(Addr::new(from), Addr::new(to))?,
            offset: self.offset.checked_add(skip)?,
        })
    }
}

/// The segments by address, each without what an earlier one in the list has already; at most twice as many. A file may
/// have any number that lie over each other, so each is looked at no more than a few times.
pub(super) fn apart(segments: Vec<Placed>) -> Vec<Placed> {
    if segments.is_sorted_by(|a, b| a.end() <= b.start()) {
        return segments;
    }
    let mut sorted: Vec<(usize, Placed)> = segments.into_iter().enumerate().collect();
    sorted.sort_by_key(|(_, segment)| segment.start());
    let mut later = sorted.iter().enumerate().peekable();
    // Those that begin at or before `at`, by their place in the list and among the sorted.
    let mut open: BinaryHeap<Reverse<(usize, usize)>> = BinaryHeap::new();
    let (mut at, mut apart) = (0, Vec::with_capacity(sorted.len()));
    loop {
        while let Some((index, (order, _))) = later.next_if(|(_, (_, next))| next.start() <= at) {
            open.push(Reverse((*order, index)));
        }
        let following = later.peek().map(|(_, (_, next))| next.start());
        let first = open
            .peek()
            .and_then(|Reverse((_, index))| sorted.get(*index));
        match (first, following) {
            (Some((_, first)), _) if first.end() > at => {
                let until = following.map_or(first.end(), |next| next.min(first.end()));
                apart.extend(first.between(at, until));
                at = until;
            }
            (Some(_), _) => {
                open.pop();
            }
            (None, Some(next)) => at = next,
            (None, None) => return apart,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Placed, apart};
    use gopeek_layout::{Addr, Span};
    use proptest::prelude::*;

    fn placed(start: u64, len: u64, offset: usize) -> Placed {
        Placed {
            span: Span::new(Addr::new(start), len),
            offset,
        }
    }

    #[test]
    fn the_first_in_the_list_keeps_what_it_has() {
        let found = apart(vec![
            placed(0x20, 0x20, 0),
            placed(0x10, 0x40, 1000),
            placed(0x18, 8, 5000),
            placed(0x60, 8, 6000),
        ]);
        let expected = [
            placed(0x10, 8, 1000),
            placed(0x18, 8, 1008),
            placed(0x20, 0x20, 0),
            placed(0x40, 0x10, 1048),
            placed(0x60, 8, 6000),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn a_hundred_thousand_over_each_other_take_no_time() {
        let count = 100_000;
        let nested = (0..count).map(|index| placed(index, 2 * (count - index), 0));
        let backwards = (0..count).map(|index| placed(count - index, 2 * count, 0));
        for segments in [nested.collect::<Vec<_>>(), backwards.collect()] {
            let found = apart(segments);
            assert!(found.len() <= 200_000);
            assert!(found.is_sorted_by(|a, b| a.end() <= b.start()));
        }
    }

    proptest! {
        #[test]
        fn each_address_is_in_the_first_segment_that_has_it(
            segments in prop::collection::vec((0u64..60, 0u64..20), 0..12),
        ) {
            let segments: Vec<Placed> = segments
                .iter()
                .enumerate()
                .map(|(index, (start, len))| placed(*start, *len, index * 1000))
                .collect();
            let found = apart(segments.clone());
            for at in 0..80 {
                let offset = |segments: &[Placed]| {
                    let first = segments.iter().find(|one| one.span.contains(Addr::new(at)))?;
                    Some(first.offset as u64 + at - first.start())
                };
                prop_assert_eq!(offset(&found), offset(&segments));
            }
        }
    }
}
