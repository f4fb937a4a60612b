//! What a process died of, in a few lines: what happened, why, and where.

use crate::report::{Cause, Crash, Fault, Report};
use crate::signals;
use crate::words::{plural, printable, printable_lines};
use gopeek_layout::siginfo::SignalInfo;

/// How many lines of what happened are shown, and how many characters of each.
const LINES: usize = 10;
const CHARACTERS: usize = 500;

/// The lines.
pub(crate) fn lines(report: &Report, crash: &Crash) -> Vec<String> {
    let what = printable_lines(&what(report, crash));
    let shown = what.lines().take(LINES).enumerate();
    let mut lines: Vec<String> = shown
        .map(|(index, line)| {
            let begin = if index == 0 { "it crashed: " } else { "  " };
            let shown: String = line.chars().take(CHARACTERS).collect();
            let more = if shown.len() < line.len() { "..." } else { "" };
            format!("{begin}{shown}{more}")
        })
        .collect();
    let more = what.lines().count().saturating_sub(LINES);
    lines.extend((more > 0).then(|| format!("  ({} more)", plural(more, "line"))));
    let fault = crash.fault.as_ref().map(fault);
    lines.extend(fault.map(|fault| printable(&fault)));
    lines.push(whereabouts(report, crash));
    lines
}

/// What Go printed says all of a panic; of a signal, words say more.
fn what(report: &Report, crash: &Crash) -> String {
    match &crash.cause {
        Cause::Panic(text) => text.clone(),
        Cause::Fatal { .. } => {
            let fault = crash.head.find("\n[signal ");
            let (text, _) = crash.head.split_at(fault.unwrap_or(crash.head.len()));
            text.to_owned()
        }
        Cause::Signal(signal) => {
            let origin = signals::origin(signal, report.target.pid);
            format!("{}: {origin}", signals::name(signal.number))
        }
        Cause::Killed {
            number,
            code,
            address,
        } => {
            let word = address.unwrap_or(0);
            let (number, code) = (*number, *code);
            let told = SignalInfo { number, code, word };
            let why = signals::why(number, code).map(|why| format!(": {why}"));
            let at = told.address().filter(|_| address.is_some());
            let at = at.map(|address| format!(", address {address}"));
            let parts = [Some(signals::name(number)), why, at];
            parts.into_iter().flatten().collect()
        }
    }
}

fn fault(fault: &Fault) -> String {
    let place = fault.place.as_ref().map_or(String::new(), |place| {
        let call = &place.call;
        format!(", at {} {}:{}", call.function, call.file, call.line)
    });
    let code = i32::try_from(fault.code).unwrap_or(0);
    let why = signals::why(fault.signal, code);
    let why = why.map_or(String::new(), |why| format!("{why}, "));
    let (name, address) = (signals::name(fault.signal), fault.address);
    format!("by {name}: {why}address {address:#x}{place}")
}

/// The thread and the goroutine.
fn whereabouts(report: &Report, crash: &Crash) -> String {
    let machine = report.thread_of(crash.m);
    let machine = machine.and_then(|thread| thread.m.as_ref());
    let thread = match machine {
        Some(machine) => format!("thread {} (m{})", crash.tid, machine.id),
        None => format!("thread {}, which is not Go's", crash.tid),
    };
    let goroutine = report.goroutine_at(crash.goroutine);
    match goroutine.filter(|_| crash.goroutine != 0) {
        Some(goroutine) if crash.in_c => {
            format!("in C, called by goroutine {}, on {thread}", goroutine.id)
        }
        Some(goroutine) if crash.system.is_some() => {
            let id = goroutine.id;
            format!("on {thread}, on its own stack; it had goroutine {id}")
        }
        Some(goroutine) => format!("in goroutine {}, on {thread}", goroutine.id),
        None => format!("on {thread}"),
    }
}
