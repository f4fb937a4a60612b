//! Which span a page of the heap belongs to.

use super::PAGE;
use crate::addr::Addr;
use rustc_hash::FxHashMap;

/// Pages that are told of together: 64 MiB, as the runtime's own arenas are.
const GROUP: u64 = 8192;
/// More groups than a machine has memory for: who claims so many lies.
const MAX_GROUPS: usize = 1 << 14;
/// No span.
const NONE: u32 = u32::MAX;

/// The spans by page.
#[derive(Default)]
pub(super) struct Index {
    groups: FxHashMap<u64, Box<[u32]>>,
    lowest: u64,
    highest: u64,
}

impl Index {
    /// Says that so many pages from `start` on belong to a span. It says no where they are another's, or too many.
    pub(super) fn add(&mut self, start: Addr, pages: u64, span: u32) -> bool {
        let first = start.get() / PAGE;
        let groups = usize::try_from(pages / GROUP).unwrap_or(usize::MAX);
        if self.at(start.get()).is_some() || self.groups.len().saturating_add(groups) >= MAX_GROUPS
        {
            return false;
        }
        if self.groups.is_empty() {
            self.lowest = first;
        }
        self.lowest = self.lowest.min(first);
        self.highest = self.highest.max(first.saturating_add(pages));
        for page in first..first.saturating_add(pages) {
            let group = self.groups.entry(page / GROUP).or_insert_with(|| {
                let len = usize::try_from(GROUP).unwrap_or(0);
                vec![NONE; len].into_boxed_slice()
            });
            let at = usize::try_from(page % GROUP).unwrap_or(usize::MAX);
            if let Some(at) = group.get_mut(at) {
                *at = span;
            }
        }
        true
    }

    /// The span that has this address, of words most of which are no addresses of the heap.
    pub(super) fn at(&self, addr: u64) -> Option<u32> {
        let page = addr / PAGE;
        if page < self.lowest || page >= self.highest {
            return None;
        }
        let group = self.groups.get(&(page / GROUP))?;
        let span = group.get(usize::try_from(page % GROUP).ok()?)?;
        (*span != NONE).then_some(*span)
    }
}
