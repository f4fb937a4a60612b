//! `--format=gostackparse-json`: what gostackparse makes of `--format=compat`, as its own JSON, without the way through text.

use super::compat::{LARGEST_ID, NO_STACK, Text, creator, shown, texts};
use super::{acceptable, header, side_by_side};
use crate::report::{self, Frame, Report};
use serde::Serialize;
use std::collections::HashMap;
use std::io::{self, Write};

const MINUTE_NS: u64 = 60_000_000_000;

/// `gostackparse.Goroutine`; it leaves out an ancestor that there is none of.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Goroutine<'t> {
    #[serde(rename = "ID")]
    id: u64,
    state: String,
    /// In ns; a dump has minutes.
    wait: u64,
    locked_to_thread: bool,
    stack: Vec<Call<'t>>,
    frames_elided: bool,
    created_by: Option<Call<'t>>,
}

/// `gostackparse.Frame`.
#[derive(Copy, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Call<'t> {
    func: &'t str,
    file: &'t str,
    line: u32,
}

const UNAVAILABLE: Call<'static> = Call {
    func: NO_STACK,
    file: "??",
    line: 0,
};

impl<'t> Call<'t> {
    fn of(text: &'t Text) -> Call<'t> {
        Call {
            func: &text.function,
            file: &text.file,
            line: text.line,
        }
    }
}

/// Writes an array of the goroutines that are shown; each has a line of its own.
///
/// # Errors
/// What `out` answers.
pub fn write(out: &mut dyn Write, report: &Report, shown: &[&report::Goroutine]) -> io::Result<()> {
    out.write_all(b"[")?;
    let writer = HashMap::new;
    side_by_side::write(out, shown, writer, |texts, out, index, goroutine| {
        out.write_all(if index > 0 { b",\n" } else { b"\n" })?;
        one(out, report, texts, goroutine)
    })?;
    out.write_all(b"]\n")
}

fn one(
    out: &mut dyn Write,
    report: &Report,
    known: &mut HashMap<u32, Vec<Text>>,
    goroutine: &report::Goroutine,
) -> io::Result<()> {
    let frames: Vec<Frame<'_>> = report.frames(&goroutine.stack).collect();
    for frame in &frames {
        known
            .entry(frame.index)
            .or_insert_with(|| texts(frame.site));
    }
    let stack = |everything| {
        let calls = shown(report.rules, &frames, everything);
        let texts = calls.filter_map(|(frame, index)| known.get(&frame.index)?.get(index));
        texts.map(Call::of).collect::<Vec<_>>()
    };
    // Where all frames are the runtime's, it prints them after all.
    let tries = [stack(false), stack(true), vec![UNAVAILABLE]];
    let stack = tries.into_iter().find(|stack| !stack.is_empty());
    let creator = creator(report.rules, goroutine);
    let minutes = goroutine.waited.map_or(0, |waited| waited.as_secs() / 60);
    let goroutine = Goroutine {
        id: goroutine.id.min(LARGEST_ID),
        state: acceptable::state(&goroutine.state).into_owned() + &header::marks(goroutine),
        wait: minutes.saturating_mul(MINUTE_NS),
        locked_to_thread: goroutine.locked_m != 0,
        stack: stack.unwrap_or_default(),
        frames_elided: false,
        created_by: creator.as_ref().map(Call::of),
    };
    serde_json::to_writer(out, &goroutine).map_err(io::Error::from)
}
