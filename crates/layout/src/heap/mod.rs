//! The heap's objects, as its spans tell them: which one an address lies in, and whether it may hold pointers.
//!
//! Spans are read while the target runs, one after the other. Objects that come about meanwhile are none of these.

mod index;
mod marks;
pub(crate) mod spans;
mod specials;

pub use marks::Marks;
pub use specials::Finalizer;

use crate::addr::{Addr, Span};
use index::Index;
use std::fmt;

/// Bytes of a page of the heap: the same in all releases, whatever the kernel's are (`runtime.pageSize`).
pub(crate) const PAGE: u64 = 8 << 10;

/// An object: by its span, and its place in it.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Object {
    span: u32,
    index: u32,
}

/// A span of objects of one size.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
struct Run {
    start: Addr,
    /// Bytes of an object.
    size: u64,
    count: u32,
    /// Whether its objects may hold pointers.
    scanned: bool,
    /// The number of its first object among all.
    first: u64,
}

/// The objects of a heap.
pub struct Heap {
    runs: Vec<Run>,
    index: Index,
    /// Of each object, by its number: whether it is free.
    free: Vec<u64>,
    finalizers: Vec<Finalizer>,
    objects: u64,
}

impl fmt::Debug for Heap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Heap")
            .field("spans", &self.runs.len())
            .field("objects", &self.objects)
            .finish_non_exhaustive()
    }
}

impl Heap {
    /// The object that `addr` lies in, wherever in it, unless that is free.
    #[must_use]
    pub fn object_at(&self, addr: u64) -> Option<Object> {
        let span = self.index.at(addr)?;
        let run = self.run(span)?;
        let index = addr.checked_sub(run.start.get())?.checked_div(run.size)?;
        let index = u32::try_from(index).ok()?;
        if index >= run.count || bit(&self.free, run.first + u64::from(index)) {
            return None;
        }
        Some(Object { span, index })
    }

    /// Where an object lies.
    #[must_use]
    pub fn bytes(&self, object: Object) -> Option<Span> {
        let run = self.run(object.span)?;
        let offset = run.size.checked_mul(u64::from(object.index))?;
        Some(Span::new(run.start.checked_add(offset)?, run.size))
    }

    /// Whether an object may hold pointers.
    #[must_use]
    pub fn is_scanned(&self, object: Object) -> bool {
        self.run(object.span).is_some_and(|run| run.scanned)
    }

    /// The objects with finalizers, which keep alive what they lead to, and the finalizers themselves.
    #[must_use]
    pub fn finalizers(&self) -> &[Finalizer] {
        &self.finalizers
    }

    /// Bytes of spans whose objects may hold pointers: no more is to be searched.
    #[must_use]
    pub fn scanned_bytes(&self) -> u64 {
        let runs = self.runs.iter().filter(|run| run.scanned);
        runs.map(|run| run.size.saturating_mul(u64::from(run.count)))
            .fold(0, u64::saturating_add)
    }

    fn run(&self, span: u32) -> Option<&Run> {
        self.runs.get(usize::try_from(span).ok()?)
    }

    /// The number of an object among all.
    fn number(&self, object: Object) -> Option<u64> {
        Some(self.run(object.span)?.first + u64::from(object.index))
    }
}

/// The bit of this number; none where there are no more.
fn bit(bits: &[u64], number: u64) -> bool {
    let word = usize::try_from(number / 64)
        .ok()
        .and_then(|at| bits.get(at));
    word.is_some_and(|word| word & (1 << (number % 64)) != 0)
}

/// Sets it, and says whether it was not set before.
fn set(bits: &mut [u64], number: u64) -> bool {
    let word = usize::try_from(number / 64)
        .ok()
        .and_then(|at| bits.get_mut(at));
    let Some(word) = word else {
        return false;
    };
    let mask = 1 << (number % 64);
    let is_new = *word & mask == 0;
    *word |= mask;
    is_new
}

/// So many bits, none of them set; nothing where there is no room for them.
fn bits(count: u64) -> Option<Vec<u64>> {
    let words = usize::try_from(count.div_ceil(64)).ok()?;
    let mut bits = Vec::new();
    bits.try_reserve_exact(words).ok()?;
    bits.resize(words, 0);
    Some(bits)
}
