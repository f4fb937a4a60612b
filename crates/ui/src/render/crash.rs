//! `--format=sigquit` of a crash: what Go printed of it under GOTRACEBACK=crash, up to where it began to ask its other
//! threads for their stacks.

use super::runtime_stack::{Writer, write_all};
use super::sigquit::{G0_STATE, STYLE, registers};
use crate::report::{Cause, Crash, Frame, Goroutine, Machine, Report};
use crate::words::printable_lines;
use std::io::{self, Write};

/// Writes it.
///
/// # Errors
/// What `out` answers.
pub(super) fn write(out: &mut dyn Write, report: &Report, crash: &Crash) -> io::Result<()> {
    write!(out, "{}\n\n", printable_lines(&crash.head))?;
    if crash.system.is_some() {
        own_stack(out, report, crash)?;
        if !report.goroutines.is_empty() {
            out.write_all(b"\n")?;
        }
    }
    let first = report.goroutines.first();
    let first = first.filter(|goroutine| goroutine.addr == crash.goroutine);
    // A goroutine whose thread has left it for its own stack is printed as any other.
    let printed = crash.printed.clone().filter(|_| crash.system.is_none());
    let shown = first.zip(printed).map(|(first, stack)| Goroutine {
        stack,
        wait: None,
        detail: None,
        ..first.clone()
    });
    let others = report.goroutines.iter().skip(usize::from(shown.is_some()));
    let all: Vec<&Goroutine> = shown.iter().chain(others).collect();
    write_all(out, report, STYLE, &all)?;
    match (&crash.cause, &crash.registers) {
        (Cause::Signal(_), Some(found)) => {
            out.write_all(b"\n")?;
            registers(out, found)
        }
        _ => Ok(()),
    }
}

/// The stack of the thread itself, under the name that Go gives it.
fn own_stack(out: &mut dyn Write, report: &Report, crash: &Crash) -> io::Result<()> {
    let mut writer = Writer::new(report, STYLE);
    let machine = report.thread_of(crash.m);
    let machine = machine.and_then(|thread| thread.m.as_ref());
    match (&crash.cause, machine.and_then(with_g0)) {
        (Cause::Signal(_), Some((machine, g0))) => {
            writer.header().name(out, 0, g0, machine.addr)?;
            writeln!(out, " [{G0_STATE}]:")?;
        }
        _ => out.write_all(b"runtime stack:\n")?,
    }
    let stack = crash.printed.as_ref();
    let frames: Vec<Frame<'_>> = stack.into_iter().flat_map(|it| report.frames(it)).collect();
    let gap = stack.and_then(|it| it.gap.as_deref());
    writer.stack(out, (&frames, gap), true)?;
    Ok(())
}

fn with_g0(machine: &Machine) -> Option<(&Machine, u64)> {
    Some((machine, machine.g0.as_ref()?.g))
}
