//! The threads that do something for a goroutine: what for, and since when.

use super::{Style, cut};
use crate::describe;
use crate::report::{Report, Thread};
use crate::words::printable;
use std::io::{self, Write};

/// So many rows are shown.
const ROWS: usize = 6;

pub(super) fn write(out: &mut dyn Write, report: &Report, style: Style) -> io::Result<()> {
    let threads: Vec<&Thread> = report
        .threads
        .iter()
        .filter(|thread| thread.tid.is_some())
        .collect();
    if threads.is_empty() {
        return Ok(());
    }
    let procs = report
        .gomaxprocs
        .map_or("?".to_owned(), |procs| procs.to_string());
    let heading = format!("THREADS {}   GOMAXPROCS {procs}", threads.len());
    writeln!(out, "{}", style.paint.heading(&heading))?;
    let running = report.running();
    let busy = threads.into_iter().filter_map(|thread| {
        let (_, goroutine) = running.get(&thread.m.as_ref()?.running).copied()?;
        (!goroutine.system).then_some((thread, goroutine))
    });
    let busy: Vec<_> = busy.collect();
    let most = if style.all { usize::MAX } else { ROWS };
    for (thread, goroutine) in busy.iter().take(most) {
        let state = thread
            .activity
            .as_ref()
            .map_or('-', |activity| activity.state);
        let m = thread.m.as_ref().map_or(0, |m| m.id);
        let line = format!(
            "{:>8}  {state}  m{m:<4} g{:<8} {}",
            thread.tid.unwrap_or(0),
            goroutine.id,
            cut(&printable(&describe::does(report, goroutine)), 90)
        );
        writeln!(out, "{}", line.trim_end())?;
    }
    if busy.len() > most {
        writeln!(out, "{:>8}  more (--threads)", busy.len() - most)?;
    }
    writeln!(out)
}
