//! Threads that sleep in a system call, and so stand still by themselves.
//!
//! A stop interrupts the call that a thread sleeps in, and its program may notice: `EINTR`, a short read, a timeout that begins
//! anew. A thread that has slept since the look began is left alone, and asked afterwards whether it slept on. That also keeps
//! the pause short where there are thousands of threads: most of them sleep.

use crate::process::Process;
use crate::threads::Blocked;
use nix::unistd::Pid;
use std::collections::HashMap;
use std::io::Read;

/// A line of schedstat is three numbers of 64 bits.
const LINE: usize = 64;

/// How often each thread had been given a CPU when it was asked.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Turns(HashMap<Pid, u64>);

/// A thread that sleeps, and where.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct Asleep {
    /// Which.
    pub tid: Pid,
    /// The system call, and where in the program it was made.
    pub blocked: Blocked,
    turns: u64,
}

impl Process {
    /// How often each thread has been given a CPU.
    #[must_use]
    pub fn turns(&self) -> Turns {
        let threads = self.threads().unwrap_or_default();
        let each = threads.into_iter().map(|tid| (tid, self.turns_of(tid)));
        Turns(
            each.filter_map(|(tid, turns)| Some((tid, turns?)))
                .collect(),
        )
    }

    /// The threads that sleep in a system call, and have not run since `then`. There are none in a process that is stopped: who
    /// stopped it is found out by stopping it.
    #[must_use]
    pub fn asleep_since(&self, then: &Turns) -> Vec<Asleep> {
        let state = self.proc().stat().ok().map(|stat| stat.state);
        if !state.is_some_and(|state| "SRD".contains(state)) {
            return Vec::new();
        }
        let each = then.0.iter().filter_map(|(tid, turns)| {
            let asleep = Asleep {
                tid: *tid,
                blocked: self.blocked_in(*tid)?,
                turns: *turns,
            };
            asleep.blocked.call?;
            // Asked last, so that it has not run since the call was read.
            (self.turns_of(*tid) == Some(*turns)).then_some(asleep)
        });
        each.collect()
    }

    /// Which of these have run since, or are gone.
    #[must_use]
    pub fn woken(&self, asleep: &[Asleep]) -> Vec<Pid> {
        let woken = asleep
            .iter()
            .filter(|it| self.turns_of(it.tid) != Some(it.turns));
        woken.map(|it| it.tid).collect()
    }

    /// The third number of schedstat; nothing where the kernel does not count, or the thread is gone.
    fn turns_of(&self, tid: Pid) -> Option<u64> {
        let mut file = self
            .proc()
            .open_relative(format!("task/{tid}/schedstat"))
            .ok()?;
        let mut line = [0; LINE];
        let len = file.read(&mut line).ok()?;
        let line = std::str::from_utf8(line.get(..len)?).ok()?;
        let turns = line.split_ascii_whitespace().nth(2)?.parse().ok()?;
        // It has had one, or could not have made a call.
        Some(turns).filter(|turns| *turns > 0)
    }
}
