//! The rows of the tables: goroutines filtered, grouped and sorted when a sample comes, not while it is drawn.

use super::baseline::{Baseline, Change};
use super::group::GroupRow;
use super::names::Names;
use super::order::{By, Sort};
use crate::filter::{RowMatcher, Subject};
use crate::sampler::{Row, Sample, Texts};
use rustc_hash::FxHashMap;
use std::cmp::Reverse;

/// What is shown.
#[derive(Debug, Default)]
pub(crate) struct Table {
    pub(crate) groups: Vec<GroupRow>,
    /// Places in the sample.
    pub(crate) list: Vec<u32>,
    pub(crate) changes: Vec<Change>,
    /// How many goroutines are shown, of how many there are.
    pub(crate) shown: usize,
    pub(crate) all: usize,
    known: FxHashMap<u64, u32>,
    /// Each goroutine as the number of its group, since when it waits, and its place.
    members: Vec<(u32, i64, u32)>,
    names: Names,
}

/// What tables are made of besides the sample.
pub(crate) struct Wanted<'w> {
    pub(crate) by: &'w By,
    pub(crate) sort: Sort,
    pub(crate) matcher: Option<&'w mut RowMatcher>,
    /// The runtime's own goroutines, too.
    pub(crate) system: bool,
    pub(crate) baseline: Option<&'w Baseline>,
    /// By a group's key, how many there were at the sample before.
    pub(crate) before: &'w dyn Fn(u64) -> Option<u32>,
    pub(crate) is_idle: &'w dyn Fn(u64) -> bool,
}

impl Table {
    /// Forgets names: their numbers mean other things from now on.
    pub(crate) fn clear(&mut self) {
        *self = Table::default();
    }

    /// Has room for so many groups.
    pub(crate) fn make_room(&mut self, groups: usize) {
        self.groups
            .reserve(groups.saturating_sub(self.groups.len()));
        self.known.reserve(groups.saturating_sub(self.known.len()));
    }

    /// The row of the list at an index.
    pub(crate) fn list_row<'s>(&self, index: usize, sample: &'s Sample) -> Option<&'s Row> {
        let place = self.list.get(index)?;
        sample.rows.get(usize::try_from(*place).ok()?)
    }

    /// The place of a group's goroutine, counted from the one that has waited for longest.
    pub(crate) fn member(&self, group: &GroupRow, nth: usize) -> Option<usize> {
        let last = usize::try_from(group.count).ok()?.checked_sub(1)?;
        let (_, _, place) = self.members.get(group.first + nth.min(last))?;
        usize::try_from(*place).ok()
    }

    /// The key of the group that a goroutine is in.
    pub(crate) fn key_of(&self, row: &Row, by: &By) -> u64 {
        self.names.key(row, by)
    }

    /// Makes all tables of a sample.
    pub(crate) fn make(&mut self, sample: &Sample, texts: &Texts, mut wanted: Wanted<'_>) {
        self.names.learn(texts, wanted.by);
        self.known.clear();
        self.groups.clear();
        self.members.clear();
        self.list.clear();
        // As many as there are places may live at a time.
        self.list.reserve(sample.rows.len());
        self.members.reserve(sample.rows.len());
        self.all = 0;
        for (row, place) in sample.rows.iter().zip(0u32..) {
            if row.id == 0 || row.system && !wanted.system {
                continue;
            }
            self.all += 1;
            let subject = Subject {
                row,
                texts,
                now: sample.now,
                threads: &sample.health.threads,
            };
            let matcher = wanted.matcher.as_deref_mut();
            if !matcher.is_none_or(|matcher| matcher.matches(&subject)) {
                continue;
            }
            self.list.push(place);
            let key = self.names.key(row, wanted.by);
            let next = u32::try_from(self.groups.len()).unwrap_or(u32::MAX);
            let group = *self.known.entry(key).or_insert(next);
            if group == next {
                self.groups.push(GroupRow {
                    key,
                    count: 0,
                    first: 0,
                    oldest: place,
                    since: 0,
                    middle: 0,
                    growth: 0,
                    idle: true,
                });
            }
            // What is not known comes last.
            let since = if row.since == 0 { i64::MAX } else { row.since };
            self.members.push((group, since, place));
        }
        self.shown = self.list.len();
        self.measure(sample, &wanted);
        self.sort(sample, texts, wanted.sort);
        self.changes.clear();
        if let Some(baseline) = wanted.baseline {
            baseline.compare(&self.groups, sample, &mut self.changes);
        }
    }

    /// Groups by their members.
    fn measure(&mut self, sample: &Sample, wanted: &Wanted<'_>) {
        self.members.sort_unstable();
        let mut rest = &self.members[..];
        let mut first = 0;
        while let Some((number, since, place)) = rest.first().copied() {
            let len = rest.partition_point(|(other, ..)| *other == number);
            let (members, others) = rest.split_at(len);
            rest = others;
            let begins = first;
            first += len;
            let Some(group) = usize::try_from(number)
                .ok()
                .and_then(|at| self.groups.get_mut(at))
            else {
                continue;
            };
            let known = members.partition_point(|(_, since, _)| *since < i64::MAX);
            let middle = members.get(known / 2).filter(|_| known > 0);
            group.count = u32::try_from(len).unwrap_or(u32::MAX);
            group.first = begins;
            group.oldest = place;
            group.since = if known > 0 { since } else { 0 };
            group.middle = middle.map_or(0, |(_, since, _)| *since);
            let before = (wanted.before)(group.key);
            group.growth = before.map_or(0, |before| i64::from(group.count) - i64::from(before));
            let id = |place: u32| {
                let row = usize::try_from(place)
                    .ok()
                    .and_then(|at| sample.rows.get(at));
                row.map_or(0, |row| row.id)
            };
            group.idle = members
                .iter()
                .all(|(_, _, place)| (wanted.is_idle)(id(*place)));
        }
    }

    fn sort(&mut self, sample: &Sample, texts: &Texts, sort: Sort) {
        let row = |place: u32| {
            let at = usize::try_from(place).unwrap_or(usize::MAX);
            sample.rows.get(at).copied().unwrap_or_default()
        };
        let waits = |since: i64| if since == 0 { i64::MAX } else { since };
        let name = |place: u32| {
            let way = texts.way(row(place).way);
            way.and_then(|way| way.top())
                .map_or("", |call| &*call.function)
        };
        match sort {
            Sort::Count => {
                self.groups
                    .sort_unstable_by_key(|it| (Reverse(it.count), it.key));
                self.list
                    .sort_unstable_by_key(|at| (waits(row(*at).since), row(*at).id));
            }
            Sort::Wait => {
                self.groups
                    .sort_unstable_by_key(|it| (waits(it.since), Reverse(it.count), it.key));
                self.list
                    .sort_unstable_by_key(|at| (waits(row(*at).since), row(*at).id));
            }
            Sort::Growth => {
                self.groups
                    .sort_unstable_by_key(|it| (Reverse(it.growth), Reverse(it.count), it.key));
                self.list.sort_unstable_by_key(|at| Reverse(row(*at).id));
            }
            Sort::State => {
                let state = |at: u32| (row(at).does, row(at).state);
                self.groups
                    .sort_unstable_by_key(|it| (state(it.oldest), Reverse(it.count), it.key));
                self.list
                    .sort_unstable_by_key(|at| (state(*at), row(*at).id));
            }
            Sort::Name => {
                self.groups.sort_unstable_by(|one, other| {
                    let names = name(one.oldest).cmp(name(other.oldest));
                    names.then(one.key.cmp(&other.key))
                });
                self.list.sort_unstable_by(|one, other| {
                    let names = name(*one).cmp(name(*other));
                    names.then(row(*one).id.cmp(&row(*other).id))
                });
            }
        }
    }
}
