//! Looking at records again and again: each that is not as it was the last time is read with what it leads to.
//!
//! The target runs meanwhile. Every record is of a moment of its own, with what it leads to. Once everything has been seen,
//! a sweep allocates nothing, however much changes.

use crate::bulk::{Bulk, Room};
use crate::copy::remote;
use crate::process::Process;
use gopeek_layout::mem::Run;
use gopeek_layout::watch::Records;
use gopeek_layout::{Addr, Span};
use nix::sys::uio::RemoteIoVec;

/// A call takes two spans for each record that has changed, of the kernel's 1024 (`UIO_MAXIOV`).
const MAX_CHANGED: usize = 512;
/// So many bytes come in one call at most, if no single target is larger.
const MAX_BYTES: usize = 1 << 20;

/// What a sweep shows of a record.
#[derive(Debug)]
pub enum Seen<'s> {
    /// It is as it was the last time.
    Same(&'s [u8]),
    /// It is another. What it leads to, where it leads to anything, was read while it held still.
    Changed {
        /// The record.
        record: &'s [u8],
        /// What it leads to.
        target: Option<Run<'s>>,
    },
    /// It does not hold still.
    Moving(&'s [u8]),
    /// It can't be read.
    Unreadable,
}

/// Records, as they were when looked at last.
#[derive(Debug)]
pub struct Sweep {
    bulk: Bulk,
    addrs: Vec<Addr>,
    keys: Vec<Option<u64>>,
    room: Room,
    changed: Vec<Changed>,
    targets: Vec<u8>,
    spans: Vec<RemoteIoVec>,
}

/// A record that has changed.
#[derive(Copy, Clone, Debug)]
struct Changed {
    index: usize,
    /// Where it lies in the room.
    at: usize,
    key: u64,
    target: Option<Span>,
}

impl Default for Sweep {
    /// One of nothing, with room for as much as may change at a time.
    fn default() -> Sweep {
        Sweep {
            bulk: Bulk::default(),
            addrs: Vec::new(),
            keys: Vec::new(),
            room: Room::default(),
            changed: Vec::with_capacity(4 * MAX_CHANGED),
            targets: vec![0; MAX_BYTES],
            spans: Vec::with_capacity(2 * MAX_CHANGED),
        }
    }
}

impl Sweep {
    /// From now on, these are the records: those of before, and others behind them.
    pub fn watch(&mut self, records: &dyn Records, addrs: &[Addr]) {
        if self.addrs == addrs {
            return;
        }
        self.bulk = Bulk::new(records.size(), addrs);
        self.addrs.clear();
        self.addrs.extend_from_slice(addrs);
        self.keys.resize(addrs.len(), None);
    }

    /// What was seen is forgotten: everything counts as changed.
    pub fn forget(&mut self) {
        self.keys.fill(None);
    }

    /// What was seen of one record is forgotten.
    pub fn forget_one(&mut self, index: usize) {
        if let Some(key) = self.keys.get_mut(index) {
            *key = None;
        }
    }

    /// Looks at all of them, in no order. `each` is given every record's index and what was seen.
    pub fn look(
        &mut self,
        process: &Process,
        records: &dyn Records,
        each: &mut dyn FnMut(usize, Seen<'_>),
    ) {
        let size = records.size();
        for chunk in 0..self.bulk.chunks() {
            self.bulk.read(process, chunk, &mut self.room);
            self.changed.clear();
            for (index, at) in self.room.places() {
                let record = at.and_then(|at| Some((at, self.room.bytes(at, size)?)));
                let Some((at, record)) = record else {
                    each(*index, Seen::Unreadable);
                    continue;
                };
                let key = records.key(record);
                let known = self.keys.get_mut(*index);
                if known.as_deref() == Some(&Some(key)) {
                    each(*index, Seen::Same(record));
                    continue;
                }
                if let Some(known) = known {
                    *known = None;
                }
                if records.is_still(record) {
                    self.changed.push(Changed {
                        index: *index,
                        at,
                        key,
                        target: records.leads_to(record),
                    });
                } else {
                    each(*index, Seen::Moving(record));
                }
            }
            self.complete(process, records, each);
        }
    }

    /// Reads what the changed records of a chunk lead to, each record once more behind it.
    fn complete(
        &mut self,
        process: &Process,
        records: &dyn Records,
        each: &mut dyn FnMut(usize, Seen<'_>),
    ) {
        let size = records.size();
        let mut from = 0;
        while from < self.changed.len() {
            let (to, len) = self.next_call(from, size);
            if self.targets.len() < len {
                self.targets.resize(len, 0);
            }
            let got = process.read_vectored(&self.spans, &mut self.targets[..len]);
            let mut left = got
                .ok()
                .and_then(|got| self.targets.get(..got))
                .unwrap_or_default();
            let mut broken = false;
            for (changed, nth) in self.changed[from..to].iter().zip(1..) {
                let Some(record) = self.room.bytes(changed.at, size) else {
                    continue;
                };
                let len = changed.target.map_or(0, |target| target.len);
                let parts = usize::try_from(len)
                    .ok()
                    .and_then(|len| left.split_at_checked(len))
                    .and_then(|(target, rest)| Some((target, rest.split_at_checked(size)?)));
                let Some((target, (again, rest))) = parts else {
                    // The kernel stops at the first byte that it can't read: what was behind it is asked for anew.
                    each(changed.index, Seen::Moving(record));
                    from += nth;
                    broken = true;
                    break;
                };
                left = rest;
                if records.key(again) != changed.key {
                    each(changed.index, Seen::Moving(again));
                    continue;
                }
                if let Some(key) = self.keys.get_mut(changed.index) {
                    *key = Some(changed.key);
                }
                let target = changed.target.map(|span| Run {
                    start: span.start,
                    bytes: target,
                });
                each(changed.index, Seen::Changed { record, target });
            }
            if !broken {
                from = to;
            }
        }
    }

    /// Makes the spans of the next call ready; says up to which changed record they go, and how many bytes they are.
    fn next_call(&mut self, from: usize, size: usize) -> (usize, usize) {
        self.spans.clear();
        let (mut to, mut len) = (from, 0);
        for changed in self.changed[from..].iter().take(MAX_CHANGED) {
            let target = changed.target.as_ref().and_then(remote);
            let more = target.as_ref().map_or(0, |target| target.len) + size;
            if to > from && len + more > MAX_BYTES {
                break;
            }
            let addr = self.addrs.get(changed.index).copied();
            let record = Span::new(addr.unwrap_or(Addr::NULL), size as u64);
            self.spans.extend(target);
            self.spans.extend(remote(&record));
            (to, len) = (to + 1, len + more);
        }
        (to, len)
    }
}
