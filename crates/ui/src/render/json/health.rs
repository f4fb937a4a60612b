//! How the runtime fares, in JSON.

use crate::report::Report;
use gopeek_layout::health::{self, Phase};
use serde::Serialize;

/// `runtime`.
#[derive(Serialize)]
pub(super) struct Health {
    #[serde(skip_serializing_if = "Option::is_none")]
    gc: Option<Collector>,
    #[serde(skip_serializing_if = "Option::is_none")]
    heap: Option<Heap>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scheduler: Option<Scheduler>,
    processors: Vec<Processor>,
}

#[derive(Serialize)]
struct Collector {
    #[serde(skip_serializing_if = "Option::is_none")]
    phase: Option<&'static str>,
    ended: u32,
    forced: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_end_ago_ns: Option<u64>,
    pause_total_ns: u64,
}

#[derive(Serialize)]
struct Heap {
    #[serde(skip_serializing_if = "Option::is_none")]
    gogc: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    limit_bytes: Option<u64>,
    live_bytes: u64,
    goal_bytes: u64,
    in_use_bytes: u64,
    free_bytes: u64,
    released_bytes: u64,
    mapped_bytes: u64,
}

#[derive(Serialize)]
struct Scheduler {
    stopping_the_world: bool,
    queued: u32,
    idle_ps: u32,
    idle_ms: u32,
    made_ms: u64,
}

#[derive(Serialize)]
struct Processor {
    id: u32,
    status: u32,
    queued: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    timers: Option<u32>,
}

impl Health {
    pub(super) fn of(report: &Report) -> Option<Health> {
        let health = report.health.as_ref()?;
        Some(Health {
            gc: health
                .collector
                .as_ref()
                .map(|it| Collector::of(report, it)),
            heap: health.heap.as_ref().map(Heap::of),
            scheduler: health.scheduler.as_ref().map(Scheduler::of),
            processors: health.processors.iter().map(Processor::of).collect(),
        })
    }
}

impl Collector {
    fn of(report: &Report, collector: &health::Collector) -> Collector {
        let now = u64::try_from(report.now).ok();
        let last = collector.last_end_monotonic;
        Collector {
            phase: collector.phase.map(|phase| match phase {
                Phase::Off => "off",
                Phase::Mark => "mark",
                Phase::MarkTermination => "mark_termination",
            }),
            ended: collector.ended,
            forced: collector.forced,
            last_end_ago_ns: now.zip(last).and_then(|(now, last)| now.checked_sub(last)),
            pause_total_ns: collector.pause_total,
        }
    }
}

impl Heap {
    fn of(heap: &health::Heap) -> Heap {
        Heap {
            gogc: heap.percent,
            limit_bytes: heap.limit,
            live_bytes: heap.live,
            goal_bytes: heap.goal,
            in_use_bytes: heap.in_use,
            free_bytes: heap.free,
            released_bytes: heap.released,
            mapped_bytes: heap.mapped,
        }
    }
}

impl Scheduler {
    fn of(scheduler: &health::Scheduler) -> Scheduler {
        Scheduler {
            stopping_the_world: scheduler.stopping,
            queued: scheduler.queued,
            idle_ps: scheduler.idle_ps,
            idle_ms: scheduler.idle_ms,
            made_ms: scheduler.made_ms,
        }
    }
}

impl Processor {
    fn of(processor: &health::Processor) -> Processor {
        Processor {
            id: processor.id,
            status: processor.status,
            queued: processor.queued,
            timers: processor.timers,
        }
    }
}
