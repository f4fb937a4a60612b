//! Addresses of which each is taken by the first span that it lies in: in about the time that sorting them takes, however
//! many spans there are and however they overlap.

use crate::addr::{Addr, Span};

/// Addresses that no span has taken yet.
pub(super) struct Open {
    /// The addresses with their places in the list, in the order of the addresses.
    sorted: Vec<(Addr, usize)>,
    /// For each of these, where the search for the next open one goes on: at itself if it is open.
    next: Vec<usize>,
    left: usize,
}

impl Open {
    pub(super) fn new(addrs: &[Addr]) -> Open {
        let mut sorted: Vec<(Addr, usize)> = addrs.iter().copied().zip(0..).collect();
        sorted.sort_unstable();
        Open {
            next: (0..=sorted.len()).collect(),
            left: sorted.len(),
            sorted,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.left == 0
    }

    /// Takes the open addresses in a span, and calls `each` with the place and the address of each.
    pub(super) fn take(&mut self, span: Span, each: &mut dyn FnMut(usize, Addr)) {
        let from = self.sorted.partition_point(|(addr, _)| *addr < span.start);
        let mut at = self.open_from(from);
        while let Some((addr, place)) = self.sorted.get(at).copied() {
            if !span.contains(addr) {
                break;
            }
            each(place, addr);
            self.left -= 1;
            if let Some(next) = self.next.get_mut(at) {
                *next = at + 1;
            }
            at = self.open_from(at + 1);
        }
    }

    /// The first open address at or behind this place. What leads there is shortened on the way.
    fn open_from(&mut self, mut at: usize) -> usize {
        while let Some(next) = self.next.get(at).copied() {
            if next == at {
                break;
            }
            let behind = self.next.get(next).copied().unwrap_or(next);
            if let Some(known) = self.next.get_mut(at) {
                *known = behind;
            }
            at = behind;
        }
        at
    }
}

#[cfg(test)]
mod tests {
    use super::Open;
    use crate::addr::{Addr, Span};

    fn taken(open: &mut Open, start: u64, len: u64) -> Vec<usize> {
        let mut taken = Vec::new();
        open.take(Span::new(Addr::new(start), len), &mut |place, _| {
            taken.push(place);
        });
        taken
    }

    #[test]
    fn each_address_is_taken_once() {
        let addrs = [30, 10, 20, 10].map(Addr::new);
        let mut open = Open::new(&addrs);
        assert_eq!(taken(&mut open, 20, 1), [2]);
        assert_eq!(taken(&mut open, 0, 100), [1, 3, 0]);
        assert!(open.is_empty());
        assert_eq!(taken(&mut open, 0, 100), []);
        assert_eq!(taken(&mut Open::new(&addrs), 11, 19), [2]);
    }

    #[test]
    fn many_spans_over_the_same_addresses_cost_little() {
        let addrs: Vec<Addr> = (0..100_000).map(Addr::new).collect();
        let mut open = Open::new(&addrs);
        // One stays open, so that nobody stops early.
        let all = taken(&mut open, 0, 99_999).len();
        assert_eq!(all, 99_999);
        for _ in 0..1_000_000 {
            assert_eq!(taken(&mut open, 0, 99_999), []);
        }
    }
}
