//! How the runtime itself fares: the GC, the heap, the scheduler, as it counts them.
//!
//! All of it is read while the target runs, one record after the other: each figure was true at some moment, not all at
//! the same. What a release does not have, or no root leads to, is left out.

mod collector;
mod heap;
mod histogram;
mod pauses;
mod scheduler;
mod workers;

pub use collector::{Collector, Phase};
pub use heap::{Counts, Heap};
pub use histogram::Histogram;
pub use pauses::Pause;
pub use scheduler::Scheduler;
pub use workers::{Processor, Thread};

use crate::addr::Addr;
use crate::fields::Fields;
use crate::limits::Limits;
use crate::mem::Memory;
use crate::roots::{Inner, Roots};
use crate::rules::Rules;

/// How the runtime of a target fares.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Health {
    /// What the GC does, and has done.
    pub collector: Option<Collector>,
    /// What the heap holds.
    pub heap: Option<Heap>,
    /// What was ever allocated and freed.
    pub counts: Option<Counts>,
    /// What the scheduler knows.
    pub scheduler: Option<Scheduler>,
    /// Every P, in the order of their numbers.
    pub processors: Vec<Processor>,
    /// Every M, newest first.
    pub threads: Vec<Thread>,
}

/// Where to read it, and by what.
#[derive(Copy, Clone)]
pub struct Source<'s> {
    /// The target's memory.
    pub memory: &'s dyn Memory,
    /// Offsets.
    pub fields: &'s Fields,
    /// What differs by release besides.
    pub rules: &'s Rules,
    /// The globals that a dump starts from.
    pub roots: &'s Roots,
    /// Those of the runtime's inside.
    pub inner: &'s Inner,
    /// How many Ps and Ms are looked at.
    pub limits: &'s Limits,
}

/// Room for what is read on the way.
#[derive(Debug, Default)]
pub struct Room {
    bytes: Vec<u8>,
    addrs: Vec<Addr>,
}

/// Reads what there is.
#[must_use]
pub fn read(source: Source<'_>) -> Health {
    read_again(source, Health::default(), &mut Room::default())
}

/// Likewise, into the room of what was read `before`: of the same target, it needs no new memory.
#[must_use]
pub fn read_again(source: Source<'_>, before: Health, room: &mut Room) -> Health {
    Health {
        collector: collector::read(&source, before.collector, room),
        heap: heap::read(&source),
        counts: heap::counts(&source, room),
        scheduler: scheduler::read(&source, before.scheduler, room),
        processors: workers::processors(&source, before.processors, room),
        threads: workers::threads(&source, before.threads, room),
    }
}
