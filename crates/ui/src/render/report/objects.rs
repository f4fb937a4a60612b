//! The table of objects: those first for which most wait.

use super::{Style, cut};
use crate::describe;
use crate::report::{Grade, Kind, Object, Purpose, Report};
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
    objects.sort_by_key(|(object, count)| (Reverse(is_lock(object)), Reverse(*count)));
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

fn is_lock(object: &Object) -> bool {
    !matches!(
        object.kind,
        Kind::Channel(_) | Kind::File(_) | Kind::Bubble | Kind::Coroutine
    )
}

/// Timers come by themselves; and what is but one of several things that are waited for keeps nobody.
fn is_worth(object: &Object) -> bool {
    let timer = matches!(&object.kind, Kind::Channel(channel) if channel.timer.is_some());
    !timer && object.waiters.iter().any(|waiter| !waiter.select)
}

fn row(out: &mut dyn Write, report: &Report, object: &Object, count: usize) -> io::Result<()> {
    let oldest = object.waiters.first();
    let oldest = oldest.and_then(|waiter| report.waited(waiter.goroutine));
    let at = match (&object.kind, object.addr) {
        (Kind::File(file), _) => format!("fd {}", file.fd),
        (_, 0) => "-".to_owned(),
        (_, addr) => format!("{addr:#x}"),
    };
    let state = describe::state(report, object);
    let detail = match &object.name {
        Some(name) => format!("{} {state}", describe::tail(name)),
        None => state,
    };
    let line = format!(
        "{:<15} {at:<18} {:<34} {:>7}  {:<10} {}",
        waits_on(object),
        cut(detail.trim(), 34),
        grouped(count),
        describe::at_least(oldest).unwrap_or_else(|| "-".to_owned()),
        holder(report, object)
    );
    writeln!(out, "{}", line.trim_end())
}

/// The kind, and what most wait for.
pub(crate) fn waits_on(object: &Object) -> String {
    let kind = describe::kind(object);
    let first = object
        .waiters
        .first()
        .map(|waiter| (waiter.purpose, waiter.select));
    let what = match first {
        Some((Purpose::Send, false)) => " send",
        Some((Purpose::Receive, false)) => " recv",
        Some((Purpose::Send | Purpose::Receive, true)) => " select",
        Some((Purpose::RLock | Purpose::Read, _)) => " read",
        Some((Purpose::Write, _)) => " write",
        _ => "",
    };
    let kind = if kind == "channel" { "chan" } else { kind };
    format!("{kind}{what}")
}

/// Who may hold it, or who is at its other end.
pub(crate) fn holder(report: &Report, object: &Object) -> String {
    if let Kind::File(file) = &object.kind {
        let peers = file.peers.iter().map(|peer| describe::peer(report, peer));
        return peers.collect::<Vec<_>>().join(", ");
    }
    let name = |index: u32| describe::name(report, index);
    match &object.suspects[..] {
        [] if object.unreachable && report.deep => "nothing alive leads to it".to_owned(),
        [] if object.unreachable => "no other stack and no global leads to it".to_owned(),
        [] => String::new(),
        [first, rest @ ..] if first.grade > Grade::Possible || rest.is_empty() => {
            format!("{} {}", name(first.goroutine), describe::grade(first.grade))
        }
        many => format!("{} possible", many.len()),
    }
}
