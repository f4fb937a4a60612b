//! The table of objects: those first for which most wait.

use super::{Style, cut};
use crate::describe;
use crate::report::{Kind, Object, Report};
use crate::words::grouped;
use rustc_hash::FxHashSet;
use std::cmp::Reverse;
use std::io::{self, Write};

/// So many rows are shown.
const ROWS: usize = 10;

pub(super) fn write(out: &mut dyn Write, report: &Report, style: Style) -> io::Result<()> {
    let idle = report.idle().collect();
    let mut objects: Vec<(&Object, usize)> = report
        .objects
        .iter()
        .map(|object| (object, waiters(report, object, &idle)))
        .filter(|(object, count)| *count > 0 && (style.all || is_worth(object)))
        .collect();
    if objects.is_empty() {
        return Ok(());
    }
    objects.sort_by_key(|(object, count)| (Reverse(describe::is_lock(object)), Reverse(*count)));
    let most = if style.all { usize::MAX } else { ROWS };
    writeln!(
        out,
        "{}",
        style.paint.heading(&format!(
            "{:<15} {:<18} {:<34} {:>7}  {:<10} {}",
            "WAITING ON", "OBJECT", "DETAIL", "WAITERS", "OLDEST", "LIKELY HOLDER / PEER"
        ))
    )?;
    for (object, count) in objects.iter().take(most) {
        row(out, report, object, *count)?;
    }
    if objects.len() > most {
        writeln!(out, "  and {} more objects (--all)", objects.len() - most)?;
    }
    writeln!(out)
}

/// Those that wait there and are not known to be idle.
fn waiters(report: &Report, object: &Object, idle: &FxHashSet<u32>) -> usize {
    let system = |index: u32| report.goroutine(index).is_none_or(|it| it.system);
    let waiters = object.waiters.iter().map(|waiter| waiter.goroutine);
    waiters
        .filter(|index| !system(*index) && !idle.contains(index))
        .count()
}

/// Timers come by themselves; and what is but one of several things that are waited for keeps nobody.
fn is_worth(object: &Object) -> bool {
    let timer = matches!(&object.kind, Kind::Channel(channel) if channel.timer.is_some());
    !timer && object.waiters.iter().any(|waiter| waiter.sole)
}

fn row(out: &mut dyn Write, report: &Report, object: &Object, count: usize) -> io::Result<()> {
    let oldest = object.waiters.first();
    let oldest = oldest.and_then(|waiter| report.waited(waiter.goroutine));
    let line = format!(
        "{:<15} {:<18} {:<34} {:>7}  {:<10} {}",
        describe::waits_on(object),
        describe::place(object),
        cut(&describe::detail(report, object), 34),
        grouped(count),
        describe::at_least(oldest).unwrap_or_else(|| "-".to_owned()),
        describe::holder(report, object)
    );
    writeln!(out, "{}", line.trim_end())
}
