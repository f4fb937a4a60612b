//! What has changed between the looks: who has moved, is new or gone, and which `go` statements have more goroutines.

use super::Style;
use crate::describe::base;
use crate::describe::tail;
use crate::report::{Changes, Creators, Report};
use crate::words::{grouped, plural, printable};
use std::io::{self, Write};

/// So many numbers are named.
const NAMED: usize = 5;
/// So many `go` statements.
const ROWS: usize = 8;

pub(super) fn write(out: &mut dyn Write, report: &Report, style: Style) -> io::Result<()> {
    match &report.changes {
        Some(changes) => {
            text(out, changes, style)?;
            writeln!(out)
        }
        None => Ok(()),
    }
}

/// Writes them by themselves.
///
/// # Errors
/// What `out` answers.
pub(crate) fn text(out: &mut dyn Write, changes: &Changes, style: Style) -> io::Result<()> {
    let apart = changes.apart.map_or(String::new(), |apart| {
        format!(" {:.1} s apart", apart.as_secs_f64())
    });
    let looks = format!("CHANGES  {}{apart}", plural(changes.looks, "sample"));
    writeln!(
        out,
        "{}: {}, {} before",
        style.paint.heading(&looks),
        plural(changes.after, "goroutine"),
        grouped(changes.before)
    )?;
    match &changes.fates {
        Some(fates) => {
            let both = fates.stayed + fates.moved.len();
            writeln!(
                out,
                "  {} of {} moved{}; {} new{}; {} gone{}",
                grouped(fates.moved.len()),
                plural(both, "goroutine"),
                names(&fates.moved),
                grouped(fates.new.len()),
                names(&fates.new),
                grouped(fates.gone.len()),
                names(&fates.gone)
            )?;
        }
        None => writeln!(
            out,
            "  of different processes: goroutines can't be told to be the same"
        )?,
    }
    if let Some(threads) = &changes.threads {
        let all = threads.still + threads.moved.len();
        writeln!(
            out,
            "  {} of {} had no context switch in between{}",
            grouped(threads.still),
            plural(all, "thread"),
            moved(&threads.moved)
        )?;
    }
    for busy in &changes.busy {
        let function = printable(&tail(&busy.function));
        let all = changes.looks;
        writeln!(
            out,
            "  g{} on a CPU at all {all}, in {function}",
            busy.goroutine
        )?;
    }
    let most = if style.all { usize::MAX } else { ROWS };
    for creators in changes.creators.iter().take(most) {
        row(out, creators)?;
    }
    match changes.creators.len().checked_sub(most) {
        Some(more) if more > 0 => writeln!(out, "  and {} more (--all)", grouped(more)),
        _ => Ok(()),
    }
}

fn row(out: &mut dyn Write, creators: &Creators) -> io::Result<()> {
    let (before, after) = creators.ends();
    let sign = if after > before { '+' } else { '-' };
    let from = creators.at.as_ref().map_or_else(
        || "made by the runtime".to_owned(),
        |at| {
            let file = printable(base(&at.file));
            let function = printable(&tail(&at.function));
            format!("from {file}:{} in {function}", at.line)
        },
    );
    writeln!(
        out,
        "  {sign}{} {from} ({}, {} before)",
        grouped(before.abs_diff(after)),
        grouped(after),
        grouped(before)
    )
}

/// `; 4711, 4712, … had`.
fn moved(tids: &[i32]) -> String {
    if tids.is_empty() {
        return String::new();
    }
    let named: Vec<String> = tids.iter().take(NAMED).map(i32::to_string).collect();
    let more = if tids.len() > NAMED { ", …" } else { "" };
    format!("; {}{more} had", named.join(", "))
}

/// ` (g1, g2, …)`.
fn names(ids: &[u64]) -> String {
    if ids.is_empty() {
        return String::new();
    }
    let named: Vec<String> = ids.iter().take(NAMED).map(|id| format!("g{id}")).collect();
    let more = if ids.len() > NAMED { ", …" } else { "" };
    format!(" ({}{more})", named.join(", "))
}
