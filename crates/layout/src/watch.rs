//! Whether a goroutine has run since it was looked at: what makes a copy of one that may run at any time a whole one.
//!
//! A parked goroutine can't run, change its stack, and be parked as before without its record showing that. So whoever
//! reads the record, then the stack, then the record again, and finds it unchanged, has a stack of one moment, though
//! the target ran all the time.

use crate::addr::{Addr, Span};
use crate::enums::{Enums, SCAN, status};
use crate::fields::G;
use crate::stacks;
use rustc_hash::FxHasher;
use std::hash::Hasher;

/// Records that may change while they are read, and what is to be read with each.
///
/// Whoever reads them knows nothing more of them.
pub trait Records: Sync {
    /// Bytes of a record.
    fn size(&self) -> usize;

    /// A number made of all that changes whenever the record's owner does anything.
    fn key(&self, record: &[u8]) -> u64;

    /// Whether, for as long as the key is the same, what the record leads to is the same, too.
    fn is_still(&self, record: &[u8]) -> bool;

    /// What is to be read with it.
    fn leads_to(&self, record: &[u8]) -> Option<Span>;
}

/// The records of goroutines (`runtime.g`), which lead to their stacks.
#[derive(Clone, Debug)]
pub struct Watch<'a> {
    g: &'a G,
    size: usize,
    /// The wait reason of a goroutine that waits for another of its coroutine.
    coroutine: Option<u8>,
    selected: &'a [u64],
    of_threads: bool,
    stack_bytes: u64,
}

impl<'a> Watch<'a> {
    /// Goroutines as this Go release has them. Those numbered in `selected` are never still: of them everything is
    /// wanted, not their stacks alone. `stack_bytes` is the longest stack that is one.
    #[must_use]
    pub fn new(g: &'a G, enums: &Enums, selected: &'a [u64], stack_bytes: u64) -> Watch<'a> {
        let coroutine = enums
            .wait_reasons
            .iter()
            .position(|reason| reason == "coroutine");
        Watch {
            g,
            size: usize::try_from(g.size).unwrap_or(0),
            coroutine: coroutine.and_then(|index| u8::try_from(index).ok()),
            selected,
            of_threads: false,
            stack_bytes,
        }
    }

    /// Likewise, but those that are locked to a thread are not still either: more than a stack is wanted of them.
    #[must_use]
    pub fn with_threads(self, wanted: bool) -> Watch<'a> {
        Watch {
            of_threads: wanted,
            ..self
        }
    }
}

impl Records for Watch<'_> {
    fn size(&self) -> usize {
        self.size
    }

    /// Where it is, why, and `trackingSeq`, which the runtime counts up whenever a goroutine leaves running (but for
    /// coroutines and system calls). Not `waitsince`: a GC writes it, to all of them.
    fn key(&self, record: &[u8]) -> u64 {
        let g = self.g;
        let mut key = FxHasher::default();
        let addrs = [
            g.sched_sp,
            g.sched_pc,
            g.sched_bp,
            g.stack_lo,
            g.stack_hi,
            g.syscall_sp,
            g.syscall_pc,
            g.m,
            g.waiting,
            g.labels,
        ];
        for field in addrs {
            key.write_u64(field.of(record).unwrap_or(Addr::NULL).get());
        }
        key.write_u64(g.goid.of(record).unwrap_or(0));
        key.write_u32(g.status.of(record).unwrap_or(0));
        key.write_u8(g.wait_reason.of(record).unwrap_or(0));
        key.write_u8(g.tracking_seq.of(record).unwrap_or(0));
        key.finish()
    }

    fn is_still(&self, record: &[u8]) -> bool {
        let g = self.g;
        let Some(raw) = g.status.of(record) else {
            return false;
        };
        let state = raw & !SCAN;
        if status::has_no_stack(state) {
            return true;
        }
        let parked = [status::WAITING, status::RUNNABLE, status::LEAKED].contains(&state);
        let on_thread = g.m.of(record).is_none_or(|m| !m.is_null());
        // A switch between coroutines is counted nowhere (`coroswitch_m`).
        let switches = self.coroutine.is_some() && g.wait_reason.of(record) == self.coroutine;
        let locked = self.of_threads && g.locked_m.of(record).is_none_or(|m| !m.is_null());
        let goid = g.goid.of(record).unwrap_or(0);
        parked
            && !(on_thread || switches || locked || self.selected.contains(&goid))
            && self.leads_to(record).is_some()
    }

    fn leads_to(&self, record: &[u8]) -> Option<Span> {
        stacks::parked(self.g, record, self.stack_bytes)
            .ok()
            .flatten()
    }
}
