//! The GC: what it does just now, and what it has done (`runtime/mgc.go`, `runtime/mstats.go`).

use super::histogram::{self, Histogram, Parts};
use super::pauses::{self, Pause};
use super::{Room, Source};
use crate::addr::Addr;
use crate::mem::read_word;

/// What the GC does.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Phase {
    /// Nothing, or it sweeps (`_GCoff`).
    Off,
    /// It marks, while the program runs (`_GCmark`).
    Mark,
    /// It ends marking, with the world stopped (`_GCmarktermination`).
    MarkTermination,
}

/// The GC.
#[derive(Clone, PartialEq, Debug)]
pub struct Collector {
    /// What it does just now.
    pub phase: Option<Phase>,
    /// Collections that were begun.
    pub begun: Option<u32>,
    /// Collections that are over.
    pub ended: u32,
    /// Those among them that the program called for.
    pub forced: u32,
    /// Whether there is a GC yet: the runtime turns it on when it has begun.
    pub enabled: bool,
    /// When the last collection was over, in ns since 1970.
    pub last_end: Option<u64>,
    /// Likewise, in ns of the monotonic clock.
    pub last_end_monotonic: Option<u64>,
    /// When the one that runs began, or the last one, in ns of the monotonic clock.
    pub last_start_monotonic: Option<i64>,
    /// How long the world has stood for collections, in ns.
    pub pause_total: u64,
    /// How long it stood for the last ones, newest first.
    pub pauses: Vec<Pause>,
    /// All stops for the GC, by how long they took.
    pub pause_times: Option<Histogram>,
    /// The GC's share of the CPU time that the program could have had since it was started.
    pub cpu_fraction: f64,
}

/// The GC of the target.
pub(super) fn read(
    source: &Source<'_>,
    before: Option<Collector>,
    room: &mut Room,
) -> Option<Collector> {
    let (memory, inner) = (source.memory, source.inner);
    let (fields, stats) = (source.fields.mem_stats?, inner.mem_stats?.at);
    let work = source.fields.work.zip(inner.work);
    let phase = inner
        .gc_phase
        .and_then(|root| read_word::<u32>(memory, root.at).ok());
    let ever = |at: u64| Some(at).filter(|at| *at != 0);
    let before = before.map(|before| (before.pauses, before.pause_times));
    let (pauses, times) = before.unwrap_or_default();
    Some(Collector {
        phase: phase.and_then(|phase| match phase {
            0 => Some(Phase::Off),
            1 => Some(Phase::Mark),
            2 => Some(Phase::MarkTermination),
            _ => None,
        }),
        begun: work.and_then(|(work, root)| work.cycles.read(memory, root.at).ok()),
        ended: fields.num_gc.read(memory, stats).ok()?,
        forced: fields.num_forced_gc.read(memory, stats).ok()?,
        enabled: fields.enable_gc.read(memory, stats).ok()? != 0,
        last_end: ever(fields.last_gc_unix.read(memory, stats).ok()?),
        last_end_monotonic: ever(fields.last_gc_nanotime.read(memory, stats).ok()?),
        last_start_monotonic: work
            .and_then(|(work, root)| work.tstart.read(memory, root.at).ok())
            .filter(|at| *at != 0),
        pause_total: fields.pause_total.read(memory, stats).ok()?,
        pauses: pauses::read(source, &fields, stats, pauses, room)?,
        pause_times: pause_times(source, stats, times, room),
        cpu_fraction: f64::from_bits(fields.gc_cpu_fraction.read(memory, stats).ok()?),
    })
}

/// The histogram of pauses: the statistics had it, until the scheduler got it.
fn pause_times(
    source: &Source<'_>,
    stats: Addr,
    before: Option<Histogram>,
    room: &mut Room,
) -> Option<Histogram> {
    let (sched, mem) = (&source.fields.sched, source.fields.mem_stats?);
    let of_sched = Parts {
        counts: sched.gc_pauses,
        underflow: sched.gc_pauses_underflow,
        overflow: sched.gc_pauses_overflow,
    };
    let of_stats = Parts {
        counts: mem.gc_pauses,
        underflow: mem.gc_pauses_underflow,
        overflow: mem.gc_pauses_overflow,
    };
    let buckets = source.rules.time_buckets;
    let sched = source.inner.sched.map(|root| root.at);
    let (at, parts) = match sched.filter(|_| of_sched.counts.is_some()) {
        Some(sched) => (sched, of_sched),
        None => (stats, of_stats),
    };
    histogram::read(source.memory, at, &parts, buckets, before, room)
}
