//! Locks that nobody can hold: whoever locked them has ended, and has not unlocked them.
//!
//! That is said only where everything was looked at that a goroutine could hold them by: all stacks are known, no frame is past
//! a call that takes one, no call is deferred that lets one go, and no stack but those of the goroutines that wait there leads
//! to the lock, or to the object of the heap that it is a part of.

use super::Ground;
use super::grade::is_held;
use super::pointers::{self, Scan, stack};
use super::targets::Targets;
use super::unlocated::{self, Unlocated};
use crate::diagnose::records::Record;
use crate::pages::Pages;
use crate::report::{Evidence, Kind, Object, Report, Suspect, Wait};
use gopeek_layout::enums::status;
use gopeek_layout::{Addr, Limits, Span};
use rustc_hash::FxHashSet;

/// Maximum number of locks that are looked at more closely.
const MAX_LOCKS: usize = 256;
/// Maximum number of the heap's spans that are read for that.
const MAX_SPANS: u64 = 1 << 17;

/// The locks that no goroutine can hold, by index.
pub(super) fn all(
    ground: &Ground<'_>,
    report: &Report,
    records: &[Option<Record>],
    (objects, suspects): (&[Object], &[Vec<Suspect>]),
    unlocated: &[(u32, Unlocated)],
) -> FxHashSet<u32> {
    let none = FxHashSet::default();
    let objects_suspects = objects.iter().zip(suspects).zip(0u32..);
    let lonely = objects_suspects.filter(|((object, suspects), _)| {
        let is_lock = matches!(object.kind, Kind::Mutex(_) | Kind::RwMutex(_));
        is_lock
            && !object.waiters.is_empty()
            && is_held(object)
            && suspects.iter().all(is_next_writer)
            && !unlocated::may_be(unlocated, &object.kind)
    });
    let lonely: Vec<(u32, &Object)> = lonely.map(|((object, _), index)| (index, object)).collect();
    if lonely.is_empty() || lonely.len() > MAX_LOCKS || !is_all_known(ground, report, records) {
        return none;
    }
    let whole = wholes(ground, lonely);
    let mut spans: Vec<Span> = whole.iter().map(|(span, _)| *span).collect();
    spans.sort_unstable_by_key(|span| span.start);
    spans.dedup();
    let targets = Targets::of_spans(&spans);
    let scan = Scan::new(ground, report, records, &targets);
    let waits = |goroutine: u32, at: u32| {
        let target = usize::try_from(at).ok().and_then(|at| spans.get(at));
        let mut locks = whole.iter().filter(|(whole, _)| Some(whole) == target);
        locks.any(|(_, object)| pointers::waits_at(report, goroutine, *object))
    };
    let led_to: FxHashSet<Span> = scan
        .all(&waits)
        .into_iter()
        .filter(|(_, pointers)| !pointers.first.is_empty())
        .filter_map(|(at, _)| spans.get(usize::try_from(at).ok()?).copied())
        .collect();
    let alone = whole.into_iter().filter(|(span, _)| !led_to.contains(span));
    alone.map(|(_, index)| index).collect()
}

/// The writer that goes next waits itself.
fn is_next_writer(suspect: &Suspect) -> bool {
    suspect.evidence.contains(&Evidence::NextWriter)
}

/// Whether the stacks of all of the program's own goroutines are known, and none is in C, which may lock what it likes.
fn is_all_known(ground: &Ground<'_>, report: &Report, records: &[Option<Record>]) -> bool {
    let all = report.goroutines.iter().zip(records);
    let mut own = all.filter(|(goroutine, _)| report.is_users(goroutine));
    own.all(|(goroutine, record)| {
        let on_cpu = goroutine.status == status::RUNNING && goroutine.stack.sp == 0;
        let in_c = goroutine.wait == Some(Wait::C);
        let has_stack = record
            .as_ref()
            .is_some_and(|record| stack(&ground.limits, goroutine, record).is_some());
        !goroutine.moved && !on_cpu && !in_c && has_stack
    })
}

/// The memory that each of these is a part of: an object of the heap, or just the lock, of a global. Those of which that is not
/// known are left out.
fn wholes(ground: &Ground<'_>, locks: Vec<(u32, &Object)>) -> Vec<(Span, u32)> {
    let (mut wholes, mut in_heap) = (Vec::new(), Vec::new());
    for (index, object) in locks {
        let at = Addr::new(object.addr);
        if ground.found.is_global(at) {
            wholes.push((Span::new(at, 1), index));
        } else {
            in_heap.push((at, index));
        }
    }
    if in_heap.is_empty() {
        return wholes;
    }
    let pages = Pages::new(ground.fresh);
    let limits = Limits {
        heap_spans: MAX_SPANS,
        ..ground.limits
    };
    if let Some(heap) = ground.found.heap(&pages, &limits) {
        wholes.extend(in_heap.into_iter().filter_map(|(at, index)| {
            let object = heap.object_at(at.get())?;
            Some((heap.bytes(object)?, index))
        }));
    }
    wholes
}
