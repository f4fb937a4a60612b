//! What the runtime's figures were over the session, and how fast they changed.

use crate::sampler::Sample;
use gopeek_layout::health::{Collector, Counts, Health, Histogram, Thread};
use std::time::Duration;

/// So many samples are remembered.
pub(crate) const LEN: usize = 240;

/// A figure over time.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Series {
    values: [f64; LEN],
    len: usize,
}

impl Default for Series {
    fn default() -> Series {
        Series {
            values: [0.0; LEN],
            len: 0,
        }
    }
}

impl Series {
    fn push(&mut self, value: f64) {
        self.values.rotate_left(1);
        if let Some(last) = self.values.last_mut() {
            *last = value;
        }
        self.len = (self.len + 1).min(LEN);
    }

    /// The values, oldest first.
    pub(crate) fn values(&self) -> &[f64] {
        self.values.get(LEN - self.len..).unwrap_or_default()
    }

    /// The newest; nothing before the first.
    pub(crate) fn last(&self) -> Option<f64> {
        self.values().last().copied()
    }
}

/// Figures over time. Those that are rates are per second, between two samples.
#[derive(Clone, Debug, Default)]
pub(crate) struct History {
    pub(crate) goroutines: Series,
    pub(crate) runnable: Series,
    /// Bytes.
    pub(crate) heap: Series,
    /// Bytes.
    pub(crate) resident: Series,
    /// Of one CPU, 1.0 being all of it.
    pub(crate) cpu: Series,
    /// Bytes allocated per second.
    pub(crate) allocated: Series,
    /// Objects allocated per second.
    pub(crate) allocs: Series,
    /// Collections per minute.
    pub(crate) collections: Series,
    /// System calls per second.
    pub(crate) syscalls: Series,
    /// Calls into C per second.
    pub(crate) c_calls: Series,
    /// Scheduler calls per second.
    pub(crate) switches: Series,
    /// Of the latencies since the last sample, the 99th percentile, in seconds.
    pub(crate) latency: Series,
    /// How long goroutines waited for a P since the last sample.
    pub(crate) latencies: Latencies,
    /// Goroutines more or fewer per second.
    pub(crate) growth: f64,
    before: Option<Before>,
    /// All latencies as of the sample before, and room for those since.
    known: Histogram,
    gap: Histogram,
}

/// Latencies between two samples.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Latencies {
    /// How many there were.
    pub(crate) count: u64,
    pub(crate) p50: Option<Duration>,
    pub(crate) p99: Option<Duration>,
    pub(crate) max: Option<Duration>,
}

/// The sample before.
#[derive(Clone, Debug)]
struct Before {
    now: i64,
    users: usize,
    cpu: Option<Duration>,
    counts: Option<Counts>,
    ended: Option<u32>,
    /// The sums of what Ps have counted, by the number of Ps.
    ticks: Ticks,
    c_calls: u64,
}

#[derive(Copy, Clone, PartialEq, Eq, Debug, Default)]
struct Ticks {
    syscalls: u64,
    switches: u64,
}

impl History {
    /// Adds a sample.
    #[allow(
        clippy::cast_precision_loss,
        reason = "figures for people, who read three digits"
    )]
    pub(crate) fn add(&mut self, sample: &Sample) {
        let health = &sample.health;
        self.goroutines.push(sample.tally.users as f64);
        self.runnable.push(sample.tally.runnable as f64);
        if let Some(heap) = &health.heap {
            self.heap.push(heap.live as f64);
        }
        if let Some(usage) = &sample.usage {
            self.resident.push(usage.resident as f64);
        }
        if let Some(before) = self.before.take() {
            self.rates(sample, &before);
        }
        let scheduler = health.scheduler.as_ref();
        if let Some(latencies) = scheduler.and_then(|it| it.time_to_run.as_ref()) {
            latencies.since_into(&Histogram::default(), &mut self.known);
        }
        self.before = Some(Before {
            now: sample.now,
            users: sample.tally.users,
            cpu: sample.usage.map(|usage| usage.cpu),
            counts: health.counts,
            ended: health.collector.as_ref().map(|it| it.ended),
            ticks: ticks(health),
            c_calls: c_calls(&health.threads),
        });
    }

    #[allow(clippy::cast_precision_loss, reason = "likewise")]
    fn rates(&mut self, sample: &Sample, before: &Before) {
        let Some(passed) = u64::try_from(sample.now.saturating_sub(before.now))
            .ok()
            .filter(|passed| *passed > 0)
        else {
            return;
        };
        let seconds = Duration::from_nanos(passed).as_secs_f64();
        // A counter never goes back, but for a P or an M that is gone.
        let rate = |now: u64, then: u64| now.saturating_sub(then) as f64 / seconds;
        let health = &sample.health;
        self.growth = (sample.tally.users as f64 - before.users as f64) / seconds;
        if let (Some(usage), Some(then)) = (sample.usage, before.cpu) {
            let cpu = usage.cpu.saturating_sub(then).as_secs_f64();
            self.cpu.push(cpu / seconds);
        }
        if let (Some(now), Some(then)) = (health.counts, before.counts) {
            self.allocated.push(rate(now.allocated, then.allocated));
            let objects = |counts: Counts| counts.allocs.saturating_add(counts.tiny);
            self.allocs.push(rate(objects(now), objects(then)));
        }
        let ended = health.collector.as_ref().map(|it: &Collector| it.ended);
        if let (Some(now), Some(then)) = (ended, before.ended) {
            self.collections.push(60.0 * rate(now.into(), then.into()));
        }
        let ticks = ticks(health);
        self.syscalls
            .push(rate(ticks.syscalls, before.ticks.syscalls));
        self.switches
            .push(rate(ticks.switches, before.ticks.switches));
        self.c_calls
            .push(rate(c_calls(&health.threads), before.c_calls));
        let scheduler = health.scheduler.as_ref();
        if let Some(now) = scheduler.and_then(|it| it.time_to_run.as_ref()) {
            now.since_into(&self.known, &mut self.gap);
            let gap = &self.gap;
            let at = |share| gap.quantile(share).map(|(from, to)| to.unwrap_or(from));
            self.latencies = Latencies {
                count: gap.total(),
                p50: at(0.5),
                p99: at(0.99),
                max: at(1.0),
            };
            let p99 = self.latencies.p99;
            self.latency.push(p99.map_or(0.0, |it| it.as_secs_f64()));
        }
    }
}

fn ticks(health: &Health) -> Ticks {
    let ps = health.processors.iter();
    ps.fold(Ticks::default(), |sum, p| Ticks {
        syscalls: sum.syscalls + u64::from(p.syscall_tick),
        switches: sum.switches + u64::from(p.sched_tick),
    })
}

fn c_calls(threads: &[Thread]) -> u64 {
    let calls = threads.iter().map(|thread| thread.c_calls);
    calls.fold(0, u64::saturating_add)
}
