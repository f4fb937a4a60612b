//! The first line of a goroutine: `runtime.goroutineheader`.

use super::quote::{Invalid, quoted, quoted_if_needed};
use crate::report::{Goroutine, Report};
use gopeek_layout::labels::Label;
use gopeek_layout::rules::{Bubble, Labels, Rules};

use std::io::{self, Write};

/// What a header says besides the goroutine's own state.
#[derive(Copy, Clone)]
pub(super) struct Header<'r> {
    pub(super) report: &'r Report,
    /// Whether the addresses of g and m are in it, on a release that prints them.
    pub(super) addresses: bool,
}

impl Header<'_> {
    /// `goroutine 7 gp=0xc000102000 m=3 mp=0xc000080008`, up to the bracket.
    pub(super) fn name(&self, out: &mut dyn Write, id: u64, g: u64, m: u64) -> io::Result<()> {
        write!(out, "goroutine {id}")?;
        if self.addresses && self.report.rules.names_g_and_m {
            write!(out, " gp={g:#x}")?;
            let machine = self
                .report
                .thread_of(m)
                .and_then(|thread| thread.m.as_ref());
            match machine {
                Some(machine) => write!(out, " m={} mp={m:#x}", machine.id)?,
                None => out.write_all(b" m=nil")?,
            }
        }
        Ok(())
    }

    pub(super) fn write(&self, out: &mut dyn Write, goroutine: &Goroutine) -> io::Result<()> {
        self.name(out, goroutine.id, goroutine.addr, goroutine.m)?;
        let labels = if self.report.prints_labels {
            &goroutine.labels[..]
        } else {
            &[]
        };
        state(out, self.report.rules, goroutine, labels)
    }
}

/// ` [chan receive, 2 minutes, locked to thread]:`
fn state(
    out: &mut dyn Write,
    rules: &Rules,
    goroutine: &Goroutine,
    labels: &[Label],
) -> io::Result<()> {
    write!(out, " [{}", goroutine.state)?;
    marks_and_wait(out, goroutine)?;
    match (goroutine.bubble, rules.bubble) {
        (Some(root), Bubble::Group) => write!(out, ", synctest group {root}")?,
        (Some(id), Bubble::Numbered | Bubble::NumberedWaiting) => {
            write!(out, ", synctest bubble {id}")?;
        }
        _ => {}
    }
    match rules.labels {
        Labels::Inside if !labels.is_empty() => {
            write!(
                out,
                " labels:{{{}}}]",
                list(labels, |text| quoted(text, Invalid::Replaced))
            )?;
        }
        Labels::Behind if !labels.is_empty() => {
            write!(out, "] {{{}}}", list(labels, quoted_if_needed))?;
        }
        _ => out.write_all(b"]")?,
    }
    out.write_all(b":\n")
}

/// What follows the state: its marks, how long it lasts, and whether the goroutine is locked to its thread.
pub(super) fn marks_and_wait(out: &mut dyn Write, goroutine: &Goroutine) -> io::Result<()> {
    out.write_all(marks(goroutine).as_bytes())?;
    let minutes = goroutine.waited.map_or(0, |waited| waited.as_secs() / 60);
    if minutes >= 1 {
        write!(out, ", {minutes} minutes")?;
    }
    if goroutine.locked_m != 0 {
        out.write_all(b", locked to thread")?;
    }
    Ok(())
}

/// What stands right behind the state.
pub(super) fn marks(goroutine: &Goroutine) -> String {
    let marks = [
        (goroutine.leaked, " (leaked)"),
        (goroutine.scanned, " (scan)"),
        (goroutine.durable, " (durable)"),
    ];
    let marks = marks.iter().filter(|(is, _)| *is);
    marks.map(|(_, mark)| *mark).collect()
}

fn list(labels: &[Label], text: fn(&[u8]) -> String) -> String {
    let pairs: Vec<_> = labels
        .iter()
        .map(|label| format!("{}: {}", text(&label.key), text(&label.value)))
        .collect();
    pairs.join(", ")
}
