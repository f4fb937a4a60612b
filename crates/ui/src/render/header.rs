//! The first line of a goroutine: `runtime.goroutineheader`.

use super::quote::{needs_quoting, quoted};
use crate::report::Goroutine;
use gopeek_layout::rules::{Bubble, Labels, Rules};
use std::borrow::Cow;
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
        (Some(id), Bubble::Numbered | Bubble::NumberedWaiting) => write!(out, ", synctest bubble {id}")?,
        _ => {}
    }
    let labels = &goroutine.labels;
    match rules.labels {
        Labels::Inside if !labels.is_empty() => {
            write!(out, " labels:{{{}}}]", list(labels, |text| Cow::Owned(quoted(text))))?;
        }
        Labels::Behind if !labels.is_empty() => {
            let bare = |text| if needs_quoting(text) { Cow::Owned(quoted(text)) } else { Cow::Borrowed(text) };
            write!(out, "] {{{}}}", list(labels, bare))?;
        }
        _ => out.write_all(b"]")?,
    }
    out.write_all(b":\n")
}

fn list<'l>(labels: &'l [(String, String)], text: impl Fn(&'l str) -> Cow<'l, str>) -> String {
    let pairs: Vec<_> = labels.iter().map(|(key, value)| format!("{}: {}", text(key), text(value))).collect();
    pairs.join(", ")
}
