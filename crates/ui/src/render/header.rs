//! The first line of a goroutine: `runtime.goroutineheader`.

use super::quote::{Invalid, quoted, quoted_if_needed};
use crate::report::Goroutine;
use gopeek_layout::goroutine::Label;
use gopeek_layout::rules::{Bubble, Labels, Rules};

use std::io::{self, Write};

pub(super) fn write(out: &mut dyn Write, rules: &Rules, goroutine: &Goroutine) -> io::Result<()> {
    write!(out, "goroutine {} [{}", goroutine.id, goroutine.state)?;
    if goroutine.leaked {
        out.write_all(b" (leaked)")?;
    }
    if goroutine.scanned {
        out.write_all(b" (scan)")?;
    }
    if goroutine.durable {
        out.write_all(b" (durable)")?;
    }
    let minutes = goroutine.waited.map_or(0, |waited| waited.as_secs() / 60);
    if minutes >= 1 {
        write!(out, ", {minutes} minutes")?;
    }
    if goroutine.locked {
        out.write_all(b", locked to thread")?;
    }
    match (goroutine.bubble, rules.bubble) {
        (Some(root), Bubble::Group) => write!(out, ", synctest group {root}")?,
        (Some(id), Bubble::Numbered | Bubble::NumberedWaiting) => {
            write!(out, ", synctest bubble {id}")?;
        }
        _ => {}
    }
    let labels = &goroutine.labels;
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

fn list(labels: &[Label], text: fn(&[u8]) -> String) -> String {
    let pairs: Vec<_> = labels
        .iter()
        .map(|label| format!("{}: {}", text(&label.key), text(&label.value)))
        .collect();
    pairs.join(", ")
}
