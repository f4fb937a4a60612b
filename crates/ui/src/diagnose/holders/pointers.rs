//! Words of stacks that point to what others wait at.

use super::Ground;
use super::live::frame_of_live;
use super::targets::Targets;
use crate::diagnose::Bulk;
use crate::diagnose::records::Record;
use crate::find::Found;
use crate::report::{Goroutine, Report, Wait};
use gopeek_attach::workers;
use gopeek_layout::mem::Word;
use gopeek_layout::{Addr, Limits, Span};
use rustc_hash::{FxHashMap, FxHashSet};
use std::cmp::Reverse;
use std::time::Duration;

/// So many stacks are read together.
pub(super) const BLOCK: usize = 1024;

/// Maximum number of goroutines of which the pointers to one object are kept. No more are told of than are named as suspects;
/// all others are only counted as more.
const MAX_POINTERS: usize = super::MAX_SUSPECTS;
/// Maximum number of words of one goroutine's stack that are looked at for one object.
const MAX_SAME: usize = 8;

/// A goroutine whose stack leads to an object, by a word that is in use.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Pointer {
    /// Those that have waited for longest go first.
    waited: Reverse<Option<Duration>>,
    /// An index.
    pub(super) goroutine: u32,
    /// The frame that the word lies in.
    pub(super) frame: u32,
}

/// The pointers to one object.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Pointers {
    /// The first of them in their order.
    pub(super) first: Vec<Pointer>,
    /// Whether there may be more.
    pub(super) more: bool,
}

impl Pointers {
    /// Whether a pointer would be kept.
    fn wants(&self, pointer: &Pointer, most: usize) -> bool {
        // Beyond that they are in their order.
        self.first.len() < most || self.first.get(most - 1).is_some_and(|last| pointer < last)
    }

    fn add(&mut self, pointer: Pointer, most: usize) {
        self.first.push(pointer);
        let len = self.first.len();
        if len == most || len >= most.saturating_mul(2) {
            self.cut(most);
        }
    }

    fn cut(&mut self, most: usize) {
        self.first.sort_unstable();
        self.more |= self.first.len() > most;
        self.first.truncate(most);
    }
}

/// Where pointers are looked for: the stacks of the program's own goroutines.
#[derive(Copy, Clone)]
pub(super) struct Scan<'a> {
    found: &'a Found<'a>,
    bytes: &'a dyn Bulk,
    limits: &'a Limits,
    report: &'a Report,
    records: &'a [Option<Record>],
    targets: &'a Targets,
}

impl<'a> Scan<'a> {
    /// A scan of the program's goroutines for what leads to `targets`.
    pub(super) fn new(
        ground: &'a Ground<'a>,
        report: &'a Report,
        records: &'a [Option<Record>],
        targets: &'a Targets,
    ) -> Scan<'a> {
        Scan {
            found: ground.found,
            bytes: ground.bytes,
            limits: &ground.limits,
            report,
            records,
            targets,
        }
    }

    /// The first pointers to each object. `waits` is whether a goroutine waits at an object: then it points there anyway, and
    /// is left out.
    pub(super) fn all(
        &self,
        waits: &(dyn Fn(u32, u32) -> bool + Sync),
    ) -> FxHashMap<u32, Pointers> {
        self.search(&|_| true, waits, MAX_POINTERS)
    }

    /// The pointers of these pairs of an object and a goroutine.
    pub(super) fn of(&self, pairs: &FxHashSet<(u32, u32)>) -> FxHashMap<u32, Pointers> {
        let goroutines: FxHashSet<u32> = pairs.iter().map(|(_, goroutine)| *goroutine).collect();
        if goroutines.is_empty() {
            return FxHashMap::default();
        }
        let others = |goroutine, object| !pairs.contains(&(object, goroutine));
        self.search(&|index| goroutines.contains(&index), &others, usize::MAX)
    }

    fn search(
        &self,
        among: &dyn Fn(u32) -> bool,
        left_out: &(dyn Fn(u32, u32) -> bool + Sync),
        most: usize,
    ) -> FxHashMap<u32, Pointers> {
        let own = self.report.goroutines.iter().zip(self.records).zip(0u32..);
        let stacks: Vec<(u32, Span)> = own
            .filter(|((goroutine, _), index)| {
                !goroutine.system && goroutine.stack.sp != 0 && among(*index)
            })
            .filter_map(|((goroutine, record), index)| {
                Some((index, stack(self.limits, goroutine, record.as_ref()?)?))
            })
            .collect();
        let blocks = stacks.chunks(BLOCK);
        let count = blocks.len();
        let found = workers::share_out(blocks, count, |blocks| {
            let mut found: FxHashMap<u32, Pointers> = FxHashMap::default();
            for block in blocks {
                let spans = block.iter().map(|(_, span)| *span).collect();
                self.bytes.with(spans, &mut |index, bytes| {
                    if let Some((goroutine, span)) = block.get(index) {
                        let hits = hits(self.targets, span.start, bytes);
                        self.keep(*goroutine, &hits, left_out, most, &mut found);
                    }
                });
            }
            found
        });
        let mut all: FxHashMap<u32, Pointers> = FxHashMap::default();
        for (object, pointers) in found.into_iter().flatten() {
            let of_object = all.entry(object).or_default();
            of_object.first.extend(pointers.first);
            of_object.more |= pointers.more;
        }
        for pointers in all.values_mut() {
            pointers.cut(most);
        }
        all
    }

    /// Keeps the first hit of a goroutine at each object that is in use.
    fn keep(
        &self,
        goroutine: u32,
        hits: &[Hit],
        left_out: &dyn Fn(u32, u32) -> bool,
        most: usize,
        found: &mut FxHashMap<u32, Pointers>,
    ) {
        let waited = Reverse(self.report.waited(goroutine));
        for same in hits.chunk_by(|one, other| one.object == other.object) {
            let Some(object) = same.first().map(|hit| hit.object) else {
                continue;
            };
            if left_out(goroutine, object) {
                continue;
            }
            let pointers = found.entry(object).or_default();
            let mut pointer = Pointer {
                waited,
                goroutine,
                frame: 0,
            };
            if !pointers.wants(&pointer, most) {
                pointers.more = true;
                continue;
            }
            let mut same = same.iter().take(MAX_SAME);
            let frame =
                same.find_map(|hit| frame_of_live(self.found, self.report, goroutine, hit.at));
            if let Some(frame) = frame {
                pointer.frame = frame;
                pointers.add(pointer, most);
            }
        }
    }
}

/// A word of a stack that points to an object.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Hit {
    object: u32,
    /// Where the word lies.
    at: u64,
}

/// The words of a stack that point to objects, in the order of these.
fn hits(targets: &Targets, start: Addr, bytes: &[u8]) -> Vec<Hit> {
    let words = (0u64..).step_by(8).zip(bytes.chunks_exact(8));
    let hits = words.filter_map(|(offset, word)| {
        let object = u64::decode(word).and_then(|word| targets.at(word))?;
        let at = start.get().wrapping_add(offset);
        Some(Hit { object, at })
    });
    let mut hits: Vec<Hit> = hits.collect();
    hits.sort_unstable();
    hits
}

/// The part of a stack that is in use.
pub(super) fn stack(limits: &Limits, goroutine: &Goroutine, record: &Record) -> Option<Span> {
    let span = Span::between(Addr::new(goroutine.stack.sp), record.stack_hi)?;
    (span.len <= limits.stack_bytes).then_some(span)
}

/// Whether a goroutine waits at an object.
pub(super) fn waits_at(report: &Report, goroutine: u32, object: u32) -> bool {
    let wait = report.goroutine(goroutine).and_then(|it| it.wait.as_ref());
    matches!(wait, Some(Wait::On { cases, .. }) if cases.iter().any(|it| it.object == object))
}

#[cfg(test)]
mod tests {
    use super::{Pointer, Pointers};
    use std::cmp::Reverse;
    use std::time::Duration;

    fn pointer(goroutine: u32, seconds: u64) -> Pointer {
        Pointer {
            waited: Reverse(Some(Duration::from_secs(seconds))),
            goroutine,
            frame: 0,
        }
    }

    #[test]
    fn the_first_are_kept_and_nothing_else() {
        for order in [0, 7, 50] {
            let mut pointers = Pointers::default();
            for goroutine in 0..100u32 {
                let goroutine = (goroutine + order) % 100;
                let pointer = pointer(goroutine, u64::from(goroutine / 50));
                if pointers.wants(&pointer, 4) {
                    pointers.add(pointer, 4);
                    assert!(pointers.first.len() < 8);
                } else {
                    pointers.more = true;
                }
            }
            pointers.cut(4);
            let kept: Vec<u32> = pointers.first.iter().map(|it| it.goroutine).collect();
            assert_eq!(kept, [50, 51, 52, 53]);
            assert!(pointers.more);
        }
    }

    #[test]
    fn a_few_are_all_kept() {
        let mut pointers = Pointers::default();
        for goroutine in [3, 1, 2] {
            pointers.add(pointer(goroutine, 1), usize::MAX);
        }
        pointers.cut(usize::MAX);
        let kept: Vec<u32> = pointers.first.iter().map(|it| it.goroutine).collect();
        assert_eq!((kept, pointers.more), (vec![1, 2, 3], false));
    }
}
