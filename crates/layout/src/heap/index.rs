//! Which span a page of the heap belongs to.

use super::PAGE;
use crate::addr::Addr;
use rustc_hash::FxHashMap;

/// Pages that are told of together: 4 MiB. Who lies about many spans, each far from all others, takes little more memory
/// than the lies.
const GROUP_LEN: usize = 512;
const GROUP: u64 = GROUP_LEN as u64;
/// No span.
const NONE: u32 = u32::MAX;

/// The span of each page of a group.
enum Group {
    /// One has them all.
    One(u32),
    Each(Box<[u32; GROUP_LEN]>),
}

/// The spans by page.
pub(super) struct Index {
    groups: FxHashMap<u64, Group>,
    lowest: u64,
    highest: u64,
    /// Pages that may still be some span's.
    left: u64,
}

impl Index {
    /// One that has room for so many pages.
    pub(super) fn with_room_for(pages: u64) -> Index {
        Index {
            groups: FxHashMap::default(),
            lowest: u64::MAX,
            highest: 0,
            left: pages,
        }
    }

    /// Says that so many pages from `start` on belong to a span. It says no where they are another's, or too many.
    pub(super) fn add(&mut self, start: Addr, pages: u64, span: u32) -> bool {
        let first = start.get() / PAGE;
        let (Some(end), Some(left)) = (first.checked_add(pages), self.left.checked_sub(pages))
        else {
            return false;
        };
        if self.at(start.get()).is_some() {
            return false;
        }
        self.left = left;
        self.lowest = self.lowest.min(first);
        self.highest = self.highest.max(end);
        for group in first / GROUP..end.div_ceil(GROUP) {
            let (from, to) = (group * GROUP, (group + 1) * GROUP);
            if first <= from && to <= end {
                self.groups.insert(group, Group::One(span));
                continue;
            }
            let pages = self.each(group);
            let place = |page: u64| usize::try_from(page - from).unwrap_or(GROUP_LEN);
            let range = place(first.max(from))..place(end.min(to));
            if let Some(pages) = pages.get_mut(range) {
                pages.fill(span);
            }
        }
        true
    }

    /// The pages of a group, each of which may be another span's.
    fn each(&mut self, group: u64) -> &mut [u32] {
        let known = self.groups.entry(group).or_insert(Group::One(NONE));
        if let Group::One(span) = *known {
            *known = Group::Each(Box::new([span; GROUP_LEN]));
        }
        match known {
            Group::Each(pages) => &mut pages[..],
            Group::One(_) => &mut [],
        }
    }

    /// The span that has this address, of words most of which are no addresses of the heap.
    pub(super) fn at(&self, addr: u64) -> Option<u32> {
        let page = addr / PAGE;
        if page < self.lowest || page >= self.highest {
            return None;
        }
        let span = match self.groups.get(&(page / GROUP))? {
            Group::One(span) => *span,
            Group::Each(pages) => *pages.get(usize::try_from(page % GROUP).ok()?)?,
        };
        (span != NONE).then_some(span)
    }
}

#[cfg(test)]
mod tests {
    use super::{GROUP, Group, Index, PAGE};
    use crate::addr::Addr;

    fn at(page: u64) -> Addr {
        Addr::new(page * PAGE)
    }

    #[test]
    fn every_page_is_its_spans_whether_that_is_small_or_has_whole_groups() {
        let mut index = Index::with_room_for(10 * GROUP);
        let spans = [
            (GROUP - 2, 3, 0),
            (GROUP + 1, 3 * GROUP, 1),
            (4 * GROUP + 9, 1, 2),
        ];
        for (first, pages, span) in spans {
            assert!(index.add(at(first), pages, span));
        }
        for page in 0..6 * GROUP {
            let has =
                |(first, pages, _): &&(u64, u64, u32)| (*first..first + pages).contains(&page);
            let span = spans.iter().find(has).map(|(.., span)| *span);
            assert_eq!(index.at(page * PAGE + 5), span, "page {page}");
        }
        // Those in the middle take no memory for their pages.
        let whole = |group: &&Group| matches!(group, Group::One(1));
        assert_eq!(index.groups.values().filter(whole).count(), 2);
    }

    #[test]
    fn a_page_has_one_span_and_there_is_room_for_so_many() {
        let mut index = Index::with_room_for(8);
        assert!(index.add(at(7), 4, 0));
        assert!(!index.add(at(8), 1, 1));
        assert!(!index.add(at(20), 5, 1));
        assert!(!index.add(at(u64::MAX / PAGE), u64::MAX, 1));
        assert!(index.add(at(20), 4, 1));
        assert_eq!(index.at(0), None);
    }
}
