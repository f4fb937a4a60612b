//! `--format=compat`: the text of `--format=stack` as far as gostackparse and panicparse both read it.
//!
//! It has all frames, since both know another line for those left out, and no labels, bubbles or ancestors, since
//! both lose the goroutine that has them. `created by` does not name the creator's goroutine: gostackparse drops it, and
//! panicparse takes it for a part of the function's name, and so no two stacks for the same.

use super::names::{display_as, is_shown};
use super::{acceptable, args, header, side_by_side};
use crate::report::{Call, Frame, Goroutine, Report, Role, Site};
use gopeek_layout::rules::{Generics, Rules};
use std::collections::HashMap;
use std::io::{self, Write};

/// panicparse reads numbers of up to 18 digits.
pub(super) const LARGEST_ID: u64 = 999_999_999_999_999_999;

/// `_TraceArgsMaxDepth`, to which panicparse holds as well.
const BRACES: usize = 5;

/// Both parsers must have a frame, and one loses what the runtime prints instead.
pub(super) const NO_STACK: &str = "gopeek.stackUnavailable";

/// Writes the goroutines of the program, without those of the runtime.
///
/// # Errors
/// What `out` answers.
pub fn write(out: &mut dyn Write, report: &Report) -> io::Result<()> {
    let writer = || Writer {
        report,
        texts: HashMap::new(),
    };
    let shown: Vec<&Goroutine> = report.user_goroutines().collect();
    side_by_side::write(out, &shown, writer, |writer, out, index, goroutine| {
        if index > 0 {
            out.write_all(b"\n")?;
        }
        writer.goroutine(out, goroutine)
    })
}

struct Writer<'r> {
    report: &'r Report,
    /// By site: what each of its calls prints.
    texts: HashMap<u32, Vec<Text>>,
}

/// What a call prints, but for its arguments.
pub(super) struct Text {
    pub(super) function: String,
    pub(super) file: String,
    pub(super) line: u32,
    offset: String,
}

/// The calls that are printed, by their frames and their places in them.
pub(super) fn shown<'s>(
    rules: &'s Rules,
    frames: &'s [Frame<'s>],
    everything: bool,
) -> impl Iterator<Item = (&'s Frame<'s>, usize)> {
    let calls = frames.iter().flat_map(|frame| {
        let calls = frame.site.calls.iter().enumerate();
        calls.map(move |(index, call)| (frame, index, call))
    });
    let (mut first, mut callee) = (true, Role::Other);
    calls.filter_map(move |(frame, index, call)| {
        let shown = everything || is_shown(rules, call, first, callee);
        callee = call.role;
        first &= !shown;
        shown.then_some((frame, index))
    })
}

/// The go statement that made a goroutine, where it is printed.
pub(super) fn creator(rules: &Rules, goroutine: &Goroutine) -> Option<Text> {
    let creator = goroutine.created_by.as_ref()?;
    let place = &creator.place;
    let shown = goroutine.id != 1 && is_shown(rules, &place.function, false, Role::Other);
    shown.then(|| text(&place.call, Some(place.offset)))
}

impl Writer<'_> {
    fn goroutine(&mut self, out: &mut dyn Write, goroutine: &Goroutine) -> io::Result<()> {
        let id = goroutine.id.min(LARGEST_ID);
        let state = acceptable::state(&goroutine.state);
        write!(out, "goroutine {id} [{state}")?;
        header::marks_and_wait(out, goroutine)?;
        out.write_all(b"]:\n")?;
        let frames: Vec<Frame<'_>> = self.report.frames(&goroutine.stack).collect();
        // Where all frames are the runtime's, it prints them after all.
        if self.stack(out, &frames, false)? == 0 && self.stack(out, &frames, true)? == 0 {
            write!(out, "{NO_STACK}()\n\t??:0\n")?;
        }
        let Some(text) = creator(self.report.rules, goroutine) else {
            return Ok(());
        };
        write!(
            out,
            "created by {}\n\t{}:{}{}\n",
            text.function, text.file, text.line, text.offset
        )
    }

    /// Prints a stack; returns how many calls it showed.
    fn stack(
        &mut self,
        out: &mut dyn Write,
        frames: &[Frame<'_>],
        everything: bool,
    ) -> io::Result<usize> {
        let mut count = 0;
        for (frame, index) in shown(self.report.rules, frames, everything) {
            let site = frame.site;
            let texts = self.texts.entry(frame.index).or_insert_with(|| texts(site));
            let Some(text) = texts.get(index) else {
                continue;
            };
            count += 1;
            write!(out, "{}(", text.function)?;
            let last = index + 1 == site.calls.len();
            if last && args::nest_within(&site.args, BRACES) {
                args::write(out, &site.args, frame.words)?;
            } else {
                out.write_all(b"...")?;
            }
            write!(out, ")\n\t{}:{}{}\n", text.file, text.line, text.offset)?;
        }
        Ok(count)
    }
}

/// The texts of a site's calls. Inlined ones have no offset.
pub(super) fn texts(site: &Site) -> Vec<Text> {
    let last = site.calls.len().saturating_sub(1);
    let offset = |index| (index == last).then_some(site.offset);
    let calls = site.calls.iter().enumerate();
    calls
        .map(|(index, call)| text(call, offset(index)))
        .collect()
}

fn text(call: &Call, offset: Option<u64>) -> Text {
    // Before 1.27 the runtime left an unpaired parenthesis in names with two lists of type arguments.
    let function = display_as(Generics::ElidedTwice, &call.function);
    let offset = offset
        .filter(|offset| *offset > 0)
        .map_or(String::new(), |offset| format!(" +{offset:#x}"));
    Text {
        function: acceptable::function(&function),
        file: acceptable::file(&call.file).into_owned(),
        line: call.line,
        offset,
    }
}
