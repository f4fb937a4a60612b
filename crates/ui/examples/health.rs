//! Prints how the runtime of a process fares, as JSON, for `cargo xtask health`.
//!
//! `cargo run --example health -- PID`: figures and histograms by the names that testdata/programs/health gives them, and
//! how each root was found.

use gopeek_attach::{Pid, Process};
use gopeek_layout::health::{self, Health, Histogram, Source};
use gopeek_layout::roots::{Inner, Root, Search};
use gopeek_layout::{Limits, Memory};
use gopeek_ui::find::find;
use serde::Serialize;
use std::collections::BTreeMap;
use std::error::Error;

#[derive(Serialize, Default)]
struct Said {
    figures: BTreeMap<String, u64>,
    histograms: BTreeMap<&'static str, Vec<u64>>,
    roots: BTreeMap<&'static str, String>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let pid = std::env::args().nth(1).ok_or("usage: health PID")?;
    let process = Process::open(Pid::from_raw(pid.parse()?))?;
    let files = process.code_files()?;
    let memory: &dyn Memory = &process;
    let found = find(memory, &files, true)?;
    let search = Search {
        memory,
        module: found.modules.first().ok_or("no module")?,
        fields: &found.layout.fields,
        rules: found.layout.rules,
        code: &|name| found.code.code_of(name),
    };
    let inner = search.inner();
    let health = health::read(Source {
        memory,
        fields: &found.layout.fields,
        rules: found.layout.rules,
        roots: &found.roots,
        inner: &inner,
        limits: &Limits::default(),
    });
    let mut said = Said {
        roots: roots(&inner),
        ..Said::default()
    };
    if let Some(table) = search.semaphores() {
        said.roots.insert("semtable", table.at.to_string());
    }
    tell(&health, &mut said);
    println!("{}", serde_json::to_string(&said)?);
    Ok(())
}

fn roots(inner: &Inner) -> BTreeMap<&'static str, String> {
    let named = [
        ("sched", inner.sched),
        ("gcController", inner.gc_controller),
        ("gcphase", inner.gc_phase),
        ("work", inner.work),
        ("memstats", inner.mem_stats),
    ];
    let found = |root: Root| format!("{}", root.at);
    let all = named.into_iter();
    all.filter_map(|(name, root)| Some((name, root.map(found)?)))
        .collect()
}

fn tell(health: &Health, said: &mut Said) {
    let mut set = |name: &str, value: u64| said.figures.insert(name.to_owned(), value);
    if let Some(gc) = &health.collector {
        set("forced", gc.forced.into());
        set("ended", gc.ended.into());
        set("pause_total", gc.pause_total);
        set("pause_count", gc.pauses.len() as u64);
        set("cpu_fraction", gc.cpu_fraction.to_bits());
        gc.last_end.map(|at| set("last_end", at));
        for (index, pause) in gc.pauses.iter().enumerate() {
            set(&format!("pause_{index}"), pause.len);
            set(&format!("pause_end_{index}"), pause.end);
        }
    }
    if let Some(heap) = &health.heap {
        heap.percent.map(|percent| set("percent", percent.into()));
        heap.limit.map(|limit| set("limit", limit));
        set("goal", heap.goal);
        set("marked", heap.marked);
        set("free", heap.free);
        set("released", heap.released);
        set("in_use", heap.in_use);
    }
    if let Some(counts) = &health.counts {
        set("allocated", counts.allocated);
        set("allocs", counts.allocs);
        set("freed", counts.freed);
        set("frees", counts.frees);
        set("tiny", counts.tiny);
    }
    if let Some(scheduler) = &health.scheduler {
        set("max_ms", scheduler.max_ms.into());
    }
    set("processors", health.processors.len() as u64);
    let timers = health.processors.iter().filter_map(|p| {
        let stopped = u64::from(p.stopped_timers?);
        u64::from(p.timers?).checked_sub(stopped)
    });
    set("timers", timers.sum());
    set("c_calls", health.threads.iter().map(|m| m.c_calls).sum());
    let pauses = health
        .collector
        .as_ref()
        .and_then(|gc| gc.pause_times.as_ref());
    let latencies = health
        .scheduler
        .as_ref()
        .and_then(|it| it.time_to_run.as_ref());
    for (name, histogram) in [("pauses", pauses), ("latencies", latencies)] {
        if let Some(histogram) = histogram {
            said.histograms.insert(name, counts(histogram));
        }
    }
}

/// Below, buckets, above: as runtime/metrics has them.
fn counts(histogram: &Histogram) -> Vec<u64> {
    let below = std::iter::once(histogram.underflow);
    let buckets = below.chain(histogram.counts.iter().copied());
    buckets.chain(histogram.overflow).collect()
}
