//! The scheduler, as a whole (`runtime.schedt`).

use super::histogram::{self, Histogram, Parts};
use super::{Room, Source};
use crate::record::Field;

/// The scheduler. What is optional, some releases lack.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Scheduler {
    /// Whether the world is being stopped, or stands.
    pub stopping: bool,
    /// Ps that have yet to stop.
    pub stop_wait: Option<u32>,
    /// Whether sysmon sleeps, as there is nothing to watch.
    pub sysmon_sleeps: Option<bool>,
    /// Goroutines in the queue that all Ps share.
    pub queued: u32,
    /// Ps that have nothing to do.
    pub idle_ps: u32,
    /// Ms that have nothing to do.
    pub idle_ms: u32,
    /// Ms that look for work.
    pub spinning_ms: Option<u32>,
    /// Ms that were ever made.
    pub made_ms: u64,
    /// Those among them that have ended.
    pub freed_ms: u64,
    /// How many there may be (`debug.SetMaxThreads`).
    pub max_ms: u32,
    /// When the network was last polled, in ns of the monotonic clock; 0 while a thread sleeps in the poller.
    pub last_poll: Option<i64>,
    /// How long goroutines that could run have waited for a P.
    pub time_to_run: Option<Histogram>,
}

/// The scheduler of the target.
pub(super) fn read(
    source: &Source<'_>,
    before: Option<Scheduler>,
    room: &mut Room,
) -> Option<Scheduler> {
    let (memory, at) = (source.memory, source.inner.sched?.at);
    let fields = &source.fields.sched;
    let number = |field: Field<u32>| field.read(memory, at).ok();
    let time_to_run = Parts {
        counts: fields.time_to_run,
        underflow: fields.time_to_run_underflow,
        overflow: fields.time_to_run_overflow,
    };
    Some(Scheduler {
        stopping: fields.gc_waiting.read(memory, at).ok()? != 0,
        stop_wait: fields.stop_wait.and_then(number),
        sysmon_sleeps: fields
            .sysmon_wait
            .and_then(|field| field.read(memory, at).ok())
            .map(|waits| waits != 0),
        queued: number(fields.runq_size)?,
        idle_ps: number(fields.idle_p_count)?,
        idle_ms: number(fields.idle_m_count)?,
        spinning_ms: fields.spinning_m_count.and_then(number),
        made_ms: fields.m_next.read(memory, at).ok()?,
        freed_ms: fields.m_freed.read(memory, at).ok()?,
        max_ms: number(fields.max_m)?,
        last_poll: fields
            .last_poll
            .and_then(|field| field.read(memory, at).ok()),
        time_to_run: histogram::read(
            memory,
            at,
            &time_to_run,
            source.rules.time_buckets,
            before.and_then(|before| before.time_to_run),
            room,
        ),
    })
}
