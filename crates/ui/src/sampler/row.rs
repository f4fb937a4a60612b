//! A goroutine as a sample has it: numbers alone, so that a hundred thousand of them are copied in a millisecond.

use gopeek_layout::enums::{SCAN, status};
use std::time::Duration;

/// A goroutine. Texts are indexes into what the samples so far have told ([`super::texts::Texts`]).
#[derive(Copy, Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Row {
    /// Its number; 0 where there is none at this place of allgs any more.
    pub(crate) id: u64,
    /// The goroutine that made it; 0 where unknown.
    pub(crate) parent: u64,
    /// When a GC first saw it blocked, in ns of the monotonic clock; 0 when none did.
    pub(crate) since: i64,
    /// The M that it is on: address of the `runtime.m`, 0 for none.
    pub(crate) m: u64,
    /// Its way through the code; 0 where there is no stack of it.
    pub(crate) way: u32,
    /// The `go` statement that made it; 0 where unknown.
    pub(crate) creator: u32,
    /// Its pprof labels; 0 for none.
    pub(crate) labels: u32,
    /// Its status, or its wait reason, in the runtime's words.
    pub(crate) state: u16,
    /// What it does, roughly.
    pub(crate) does: Does,
    /// It belongs to the runtime.
    pub(crate) system: bool,
    /// It is locked to a thread.
    pub(crate) locked: bool,
    /// It did not hold still while it was looked at.
    pub(crate) moved: bool,
}

impl Row {
    /// How long it has been blocked, at least; nothing where no GC has seen it blocked. `now` is the target's monotonic
    /// clock, in ns.
    pub(crate) fn waited(&self, now: i64) -> Option<Duration> {
        waited(self.since, now)
    }
}

/// From a moment of the monotonic clock to another, in ns; nothing where the first is 0.
pub(crate) fn waited(since: i64, now: i64) -> Option<Duration> {
    let passed = now.checked_sub(since).filter(|_| since != 0)?;
    u64::try_from(passed).ok().map(Duration::from_nanos)
}

/// What a goroutine does, roughly.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub(crate) enum Does {
    /// It runs on a CPU.
    Runs,
    /// It could, and waits for a P.
    Runnable,
    /// It is in a system call, or in C.
    Syscall,
    /// It waits.
    Waits,
    /// Something of the runtime's own.
    #[default]
    Other,
}

impl Does {
    /// What a goroutine of this status does; the scan flag does not matter.
    pub(crate) fn of(raw: u32) -> Does {
        match raw & !SCAN {
            status::RUNNING => Does::Runs,
            status::RUNNABLE | status::PREEMPTED => Does::Runnable,
            status::SYSCALL => Does::Syscall,
            status::WAITING | status::LEAKED => Does::Waits,
            _ => Does::Other,
        }
    }

    /// Whether a GC notes since when it has been so.
    pub(crate) fn has_since(self) -> bool {
        [Does::Waits, Does::Syscall].contains(&self)
    }
}

/// How many goroutines do what.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Tally {
    /// The program's own, in all.
    pub(crate) users: usize,
    /// The runtime's own, in all.
    pub(crate) system: usize,
    /// The program's own that run, could run, are in system calls, wait.
    pub(crate) runs: usize,
    pub(crate) runnable: usize,
    pub(crate) syscall: usize,
    pub(crate) waits: usize,
    /// Of all, those that did not hold still.
    pub(crate) moved: usize,
}

impl Tally {
    /// Counts rows.
    pub(crate) fn of(rows: &[Row]) -> Tally {
        let mut tally = Tally::default();
        for row in rows.iter().filter(|row| row.id != 0) {
            tally.moved += usize::from(row.moved);
            if row.system {
                tally.system += 1;
                continue;
            }
            tally.users += 1;
            match row.does {
                Does::Runs => tally.runs += 1,
                Does::Runnable => tally.runnable += 1,
                Does::Syscall => tally.syscall += 1,
                Does::Waits => tally.waits += 1,
                Does::Other => {}
            }
        }
        tally
    }
}
