//! The runtime: what it does, and whether it is well.

use super::head::phase;
use super::lines::{FIGURES, Latency, Lines, NAME, last, number, size};
use crate::describe::Short;
use crate::sampler::row::waited;
use crate::tui::model::Model;
use crate::tui::pen::{Count, Pen, Rate, Rest, Size};
use gopeek_layout::health::Processor;
use ratatui::layout::Rect;
use std::time::Duration;

/// `_Pidle`, `_Prunning`, `_Psyscall`, `_Pgcstop`.
const STATES: [(u32, &str); 4] = [
    (1, "running"),
    (0, "idle"),
    (2, "in syscall"),
    (3, "stopped"),
];

pub(super) fn draw(pen: &mut Pen<'_>, model: &Model, area: Rect) {
    let mut lines = Lines { area, nth: 0 };
    goroutines(pen, model, &mut lines);
    scheduler(pen, model, &mut lines);
    collector(pen, model, &mut lines);
    memory(pen, model, &mut lines);
    rates(pen, model, &mut lines);
}

fn goroutines(pen: &mut Pen<'_>, model: &Model, lines: &mut Lines) {
    let (tally, history) = (&model.sample.tally, &model.history);
    lines.add(
        pen,
        "goroutines",
        format_args!(
            "{}  ({:+}/s)   the runtime's own {}",
            number(tally.users),
            history.growth.round(),
            number(tally.system)
        ),
        Some(&history.goroutines),
    );
    lines.add(
        pen,
        "",
        format_args!(
            "running {}   runnable {}   in syscalls {}   waiting {}",
            number(tally.runs),
            number(tally.runnable),
            number(tally.syscall),
            number(tally.waits)
        ),
        Some(&history.runnable),
    );
}

fn scheduler(pen: &mut Pen<'_>, model: &Model, lines: &mut Lines) {
    let (health, history) = (&model.sample.health, &model.history);
    let in_state = |status: u32| {
        let ps = health.processors.iter();
        ps.filter(|p| p.status == status).count()
    };
    let [running, idle, syscall, stopped] = STATES.map(|(status, _)| in_state(status));
    lines.add(
        pen,
        "Ps",
        format_args!(
            "{}   running {running}   idle {idle}   in syscalls {syscall}   stopped {stopped}",
            health.processors.len()
        ),
        None,
    );
    let queued = |p: &Processor| p.queued + u32::from(!p.next.is_null());
    let in_ps: u32 = health.processors.iter().map(queued).sum();
    if let Some(scheduler) = &health.scheduler {
        let made = scheduler.made_ms.saturating_sub(scheduler.freed_ms);
        lines.add(
            pen,
            "Ms",
            format_args!(
                "{made}   idle {}   spinning {}   of at most {}",
                scheduler.idle_ms,
                scheduler.spinning_ms.unwrap_or(0),
                Count(scheduler.max_ms.into())
            ),
            None,
        );
        lines.add(
            pen,
            "run queues",
            format_args!(
                "{} shared, {in_ps} of Ps   {}{}",
                scheduler.queued,
                if scheduler.stopping {
                    "the world is being stopped   "
                } else {
                    ""
                },
                if scheduler.sysmon_sleeps == Some(true) {
                    "sysmon sleeps"
                } else {
                    ""
                }
            ),
            None,
        );
    }
    let latencies = history.latencies;
    let time = |time: Option<Duration>| Latency(time);
    lines.add(
        pen,
        "latency",
        format_args!(
            "p50 {}  p99 {}  max {}   ({} waits for a P since the last sample)",
            time(latencies.p50),
            time(latencies.p99),
            time(latencies.max),
            Count(latencies.count)
        ),
        Some(&history.latency),
    );
    lines.add(
        pen,
        "scheduled",
        format_args!("{}/s", Rate(last(&history.switches))),
        Some(&history.switches),
    );
    let timers: u32 = health.processors.iter().filter_map(|p| p.timers).sum();
    let stopped: u32 = health
        .processors
        .iter()
        .filter_map(|p| p.stopped_timers)
        .sum();
    lines.add(
        pen,
        "timers",
        format_args!(
            "{}   stopped {}",
            Count(timers.into()),
            Count(stopped.into())
        ),
        None,
    );
}

fn collector(pen: &mut Pen<'_>, model: &Model, lines: &mut Lines) {
    let (sample, history) = (&model.sample, &model.history);
    let Some(collector) = &sample.health.collector else {
        return;
    };
    lines.add(
        pen,
        "GC",
        format_args!(
            "{}   {} done, {} forced   {}/min   {:.1}% of the CPU so far",
            phase(&sample.health),
            Count(collector.ended.into()),
            Count(collector.forced.into()),
            Rate(last(&history.collections)),
            collector.cpu_fraction * 100.0
        ),
        Some(&history.collections),
    );
    let at = collector.last_end_monotonic;
    let at = at.and_then(|at| i64::try_from(at).ok());
    let ago = at.and_then(|at| waited(at, sample.now));
    match ago {
        Some(ago) => lines.add(pen, "", format_args!("the last {} ago", Short(ago)), None),
        None => lines.add(pen, "", format_args!("none yet"), None),
    }
    let pauses = collector.pauses.iter();
    let longest = pauses.clone().map(|pause| pause.len).max().unwrap_or(0);
    let newest = collector.pauses.first().map_or(0, |pause| pause.len);
    let Some(row) = Rest::row(lines.area, lines.nth) else {
        return;
    };
    lines.add(
        pen,
        "GC pauses",
        format_args!(
            "last {}  max {} of the last {}  total {}",
            Latency(Some(Duration::from_nanos(newest))),
            Latency(Some(Duration::from_nanos(longest))),
            collector.pauses.len(),
            Latency(Some(Duration::from_nanos(collector.pause_total)))
        ),
        None,
    );
    if lines.area.width >= NAME + FIGURES + 12 {
        let (_, rest) = row.split(NAME + 1 + FIGURES);
        #[allow(clippy::cast_precision_loss, reason = "bars have eight levels")]
        let oldest_first = collector.pauses.iter().rev().map(|pause| pause.len as f64);
        let style = pen.theme.good;
        pen.bars(rest, oldest_first, style);
    }
}

fn memory(pen: &mut Pen<'_>, model: &Model, lines: &mut Lines) {
    let (sample, history) = (&model.sample, &model.history);
    if let Some(heap) = &sample.health.heap {
        lines.add(
            pen,
            "heap",
            format_args!(
                "live {}  goal {}{}  in use {}  free {}",
                size(heap.live),
                size(heap.goal),
                if heap.percent.is_none() {
                    " (GOGC off)"
                } else {
                    ""
                },
                size(heap.in_use),
                size(heap.free)
            ),
            Some(&history.heap),
        );
        match heap.limit {
            Some(limit) => lines.add(
                pen,
                "",
                format_args!("mapped {} of GOMEMLIMIT {}", size(heap.mapped), size(limit)),
                None,
            ),
            None => lines.add(
                pen,
                "",
                format_args!(
                    "mapped {}  no GOMEMLIMIT  given back {}",
                    size(heap.mapped),
                    size(heap.released)
                ),
                None,
            ),
        }
    }
    if let Some(usage) = sample.usage {
        match model.title.memory_limit {
            Some(limit) => lines.add(
                pen,
                "RSS",
                format_args!("{} of the cgroup's {}", size(usage.resident), size(limit)),
                Some(&history.resident),
            ),
            None => lines.add(
                pen,
                "RSS",
                format_args!("{}  no limit", size(usage.resident)),
                Some(&history.resident),
            ),
        }
    }
}

fn rates(pen: &mut Pen<'_>, model: &Model, lines: &mut Lines) {
    let history = &model.history;
    lines.add(
        pen,
        "CPU",
        format_args!("{:.0}% of one", 100.0 * last(&history.cpu)),
        Some(&history.cpu),
    );
    lines.add(
        pen,
        "allocation",
        format_args!(
            "{}/s  {} objects/s",
            Size(last(&history.allocated)),
            Rate(last(&history.allocs))
        ),
        Some(&history.allocated),
    );
    lines.add(
        pen,
        "syscalls",
        format_args!("{}/s", Rate(last(&history.syscalls))),
        Some(&history.syscalls),
    );
    lines.add(
        pen,
        "cgo calls",
        format_args!("{}/s", Rate(last(&history.c_calls))),
        Some(&history.c_calls),
    );
}
