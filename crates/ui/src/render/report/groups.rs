//! The groups: what most of the goroutines do, and those that are odd.

use super::{Style, cut};
use crate::describe::base;
use crate::describe::{self, tail};
use crate::report::{Call, Group, Report};
use crate::words::{grouped, printable};
use std::collections::BTreeMap;
use std::io::{self, Write};

/// So many rows are shown, and so many of those that are of one goroutine.
const ROWS: usize = 12;
const ODD: usize = 6;

pub(super) fn write(out: &mut dyn Write, report: &Report, style: Style) -> io::Result<()> {
    let most = |rows| if style.all { usize::MAX } else { rows };
    let (idle, busy): (Vec<&Group>, Vec<&Group>) =
        report.groups.iter().partition(|group| group.idle.is_some());
    let (odd, many): (Vec<&Group>, Vec<&Group>) = busy
        .into_iter()
        .partition(|group| group.goroutines.len() == 1);
    let heading = format!("GROUPS  ({} distinct stacks)", report.groups.len());
    writeln!(out, "{}", style.paint.heading(&heading))?;
    if !many.is_empty() {
        writeln!(
            out,
            "{:>8}  {:<20} {:<10} WHERE",
            "COUNT", "STATE", "OLDEST"
        )?;
    }
    rows(out, report, &many, most(ROWS))?;
    if !odd.is_empty() {
        writeln!(
            out,
            "  {}",
            style.paint.faint("odd ones out (groups of one, not idle)")
        )?;
        rows(out, report, &odd, most(ODD))?;
    }
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for group in idle {
        *counts.entry(group.idle.unwrap_or_default()).or_default() += group.goroutines.len();
    }
    if !counts.is_empty() {
        let counts: Vec<String> = counts
            .iter()
            .map(|(what, count)| format!("{what} {}", grouped(*count)))
            .collect();
        writeln!(out, "  idle as usual: {}", counts.join(", "))?;
    }
    writeln!(out)
}

fn rows(out: &mut dyn Write, report: &Report, groups: &[&Group], most: usize) -> io::Result<()> {
    for group in groups.iter().take(most) {
        row(out, report, group)?;
    }
    if groups.len() > most {
        writeln!(out, "{:>8}  more (--all)", groups.len() - most)?;
    }
    Ok(())
}

fn row(out: &mut dyn Write, report: &Report, group: &Group) -> io::Result<()> {
    let first = group.goroutines.first();
    let goroutine = first.and_then(|index| report.goroutine(*index));
    let oldest = goroutine.and_then(|goroutine| report.blocked_for(goroutine));
    let name = match (&group.goroutines[..], goroutine) {
        ([_], Some(goroutine)) => format!("g{}  ", goroutine.id),
        _ => String::new(),
    };
    let spread = describe::spread(report, group.goroutines.iter().copied());
    let spread = spread.map_or(String::new(), |spread| format!("  ({spread})"));
    let line = format!(
        "{:>8}  {:<20} {:<10} {name}{}{spread}",
        grouped(group.goroutines.len()),
        cut(&printable(&group.state), 20),
        describe::at_least(oldest).unwrap_or_else(|| "-".to_owned()),
        place(report, group)
    );
    writeln!(out, "{}", line.trim_end())
}

/// The first call that is the program's own, and what it called.
fn place(report: &Report, group: &Group) -> String {
    let first = group.goroutines.first();
    let Some(goroutine) = first.and_then(|index| report.goroutine(*index)) else {
        return String::new();
    };
    let frames = (0u32..).zip(report.frames(&goroutine.stack));
    let calls: Vec<((u32, u32), &Call)> = frames
        .flat_map(|(frame, it)| {
            (0u32..)
                .zip(&it.site.calls)
                .map(move |(call, it)| ((frame, call), it))
        })
        .collect();
    let at = group
        .users
        .and_then(|users| calls.iter().position(|(at, _)| *at == users));
    let Some((_, call)) = at.map_or(calls.first(), |at| calls.get(at)) else {
        return String::new();
    };
    let callee = at
        .and_then(|at| at.checked_sub(1))
        .and_then(|at| calls.get(at));
    let callee = callee.map_or(String::new(), |(_, call)| {
        format!(" -> {}", tail(&call.function))
    });
    format!(
        "{}  {}:{}{callee}",
        tail(&call.function),
        printable(base(&call.file)),
        call.line
    )
}
