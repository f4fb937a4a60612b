//! What a report's addresses and indexes are called in JSON: goroutines by their numbers, frames by their places in a list
//! in which inlined calls count, too.

use super::words::Hex;
use crate::report::{Goroutine, Purpose, Report, Stack, Wait};
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

/// A report, and what is looked up in it more than once.
pub(super) struct Index<'r> {
    pub(super) report: &'r Report,
    /// By an M's address.
    tids: HashMap<u64, i32>,
    /// By a g's address, of those that Ms name.
    numbers: HashMap<u64, u64>,
    /// What goroutines in system calls wait for, by their numbers, as the object of the call has it.
    purposes: HashMap<u64, Purpose>,
    /// By the index of a path: for each of its frames, how many calls there are up to it.
    calls: Mutex<HashMap<u32, Arc<[usize]>>>,
}

impl<'r> Index<'r> {
    pub(super) fn of(report: &'r Report) -> Index<'r> {
        let machines = || {
            let threads = report.threads.iter();
            threads.filter_map(|thread| Some((thread.tid, thread.m.as_ref()?)))
        };
        let tids = machines().filter_map(|(tid, machine)| Some((machine.addr, tid?)));
        let named = machines().flat_map(|(_, machine)| [machine.running, machine.locked]);
        let crashed = report.crash.as_ref().map(|crash| crash.goroutine);
        let named: HashSet<u64> = named.chain(crashed).collect();
        let goroutines = report.goroutines.iter();
        let named = goroutines.filter(|goroutine| named.contains(&goroutine.addr));
        Index {
            report,
            tids: tids.collect(),
            numbers: named.map(|it| (it.addr, it.id)).collect(),
            purposes: purposes(report),
            calls: Mutex::default(),
        }
    }

    /// The goroutine at an index of the report's.
    pub(super) fn goroutine(&self, at: u32) -> Option<&'r Goroutine> {
        self.report.goroutine(at)
    }

    /// The numbers of the goroutines at these indexes.
    pub(super) fn numbers(&self, at: &[u32]) -> Vec<u64> {
        let goroutines = at.iter().filter_map(|at| self.goroutine(*at));
        goroutines.map(|goroutine| goroutine.id).collect()
    }

    /// The number of the goroutine whose g has this address, which an M or the crash names.
    pub(super) fn number_at(&self, g: u64) -> Option<u64> {
        self.numbers.get(&g).copied().filter(|_| g != 0)
    }

    /// What a goroutine in a system call waits for.
    pub(super) fn purpose(&self, goroutine: &Goroutine) -> Option<Purpose> {
        self.purposes.get(&goroutine.id).copied()
    }

    /// The thread of the M at this address.
    pub(super) fn tid(&self, m: u64) -> Option<i32> {
        self.tids.get(&m).copied().filter(|_| m != 0)
    }

    /// Where in the list of a stack's calls its physical frame is: the function itself, behind what was inlined into it.
    pub(super) fn call_of(&self, stack: &Stack, frame: usize) -> Option<usize> {
        let calls = {
            let mut known = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
            let calls = known.entry(stack.path).or_insert_with(|| {
                let mut count = 0;
                let calls = self.report.frames(stack).map(|frame| {
                    count += frame.site.calls.len();
                    count
                });
                calls.collect()
            });
            calls.clone()
        };
        calls.get(frame)?.checked_sub(1)
    }

    /// Likewise, of the goroutine at an index of the report's.
    pub(super) fn call_in(&self, goroutine: u32, frame: u32) -> Option<usize> {
        let stack = &self.goroutine(goroutine)?.stack;
        self.call_of(stack, usize::try_from(frame).ok()?)
    }
}

fn purposes(report: &Report) -> HashMap<u64, Purpose> {
    let objects = (0u32..).zip(&report.objects);
    let waiters = objects.flat_map(|(at, object)| object.waiters.iter().map(move |it| (at, it)));
    let purposes = waiters.filter_map(|(at, waiter)| {
        let goroutine = report.goroutine(waiter.goroutine)?;
        let is_call =
            matches!(goroutine.wait, Some(Wait::Syscall { object, .. }) if object == Some(at));
        is_call.then_some((goroutine.id, waiter.purpose))
    });
    purposes.collect()
}

/// An address, where there is one.
pub(super) fn address(addr: u64) -> Option<Hex> {
    (addr != 0).then_some(Hex(addr))
}
