//! How the runtime fares: Ps, the GC, the heap.

use super::Style;
use crate::describe::short;
use crate::report::Report;
use crate::words::{bytes, grouped};
use gopeek_layout::enums::status;
use gopeek_layout::health::{Collector, Health, Heap, Phase};
use std::io::{self, Write};
use std::time::Duration;

/// `_Pidle`, `_Prunning`, `_Psyscall`, `_Pgcstop`.
const STATES: [(u32, &str); 4] = [
    (1, "running"),
    (0, "idle"),
    (2, "in syscall"),
    (3, "stopped"),
];

pub(super) fn write(out: &mut dyn Write, report: &Report, style: Style) -> io::Result<()> {
    let Some(health) = &report.health else {
        return Ok(());
    };
    let runnable = report
        .goroutines
        .iter()
        .filter(|it| it.status == status::RUNNABLE);
    let users = report.user_goroutines().count();
    write!(
        out,
        "{}  goroutines {}   runnable {}",
        style.paint.heading("RUNTIME"),
        grouped(users),
        grouped(runnable.count())
    )?;
    let ps = processors(health);
    if !ps.is_empty() {
        write!(out, "   Ps {ps}")?;
    }
    writeln!(out, "   {}", world(health))?;
    if let Some(heap) = &health.heap {
        writeln!(out, "  {}", of_heap(heap))?;
    }
    if let Some(collector) = &health.collector {
        writeln!(out, "  {}", of_collector(report, collector))?;
    }
    writeln!(out)
}

fn processors(health: &Health) -> String {
    let count = |status: u32| {
        let all = health.processors.iter();
        all.filter(|p| p.status == status).count()
    };
    let states = STATES.iter().map(|(status, name)| (count(*status), name));
    let states = states.filter(|(count, _)| *count > 0);
    let states: Vec<String> = states
        .map(|(count, name)| format!("{count} {name}"))
        .collect();
    states.join(" ")
}

fn world(health: &Health) -> &'static str {
    let stopping = health.scheduler.as_ref().is_some_and(|it| it.stopping);
    let phase = health.collector.as_ref().and_then(|it| it.phase);
    match (stopping, phase) {
        (true, _) => "the world is being stopped",
        (false, Some(Phase::Mark)) => "GC marks",
        (false, Some(Phase::MarkTermination)) => "GC ends marking",
        (false, Some(Phase::Off)) => "no GC or stop of the world in progress",
        (false, None) => "no stop of the world in progress",
    }
}

fn of_heap(heap: &Heap) -> String {
    let goal = match heap.percent {
        Some(percent) => format!("goal {} (GOGC {percent})", bytes(heap.goal)),
        None => "GOGC off".to_owned(),
    };
    let limit = heap.limit.map_or(String::new(), |limit| {
        let percent = heap
            .mapped
            .saturating_mul(100)
            .checked_div(limit)
            .unwrap_or(0);
        format!("   GOMEMLIMIT {} ({percent} % used)", bytes(limit))
    });
    format!(
        "heap live {}   {goal}{limit}   mapped {}",
        bytes(heap.live),
        bytes(heap.mapped)
    )
}

fn of_collector(report: &Report, collector: &Collector) -> String {
    let ago = collector.last_end_monotonic.and_then(|at| {
        // One may have come since the look.
        let ns = u64::try_from(report.now).ok()?.saturating_sub(at);
        Some(Duration::from_nanos(ns))
    });
    let last = match ago {
        Some(ago) => format!("last GC {} ago", short(ago)),
        None => "no GC yet: how long anything has waited is not known".to_owned(),
    };
    let pause = collector.pauses.first().map_or(String::new(), |pause| {
        format!(
            "   its pause {}",
            crate::words::milliseconds(Duration::from_nanos(pause.len))
        )
    });
    let waits = if ago.is_some() {
        "   waits are lower bounds: a GC sees them first"
    } else {
        ""
    };
    format!(
        "{} GCs, {} of them forced   {last}{pause}{waits}",
        grouped(collector.ended as usize),
        grouped(collector.forced as usize)
    )
}
