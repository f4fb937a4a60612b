//! `--format=compat`: the text of `--format=stack` as far as gostackparse and panicparse both read it.
//!
//! It has all frames, since both know another line for those left out, and no labels, bubbles or ancestors, since
//! both lose the goroutine that has them. `created by` does not name the creator's goroutine: gostackparse drops it, and
//! panicparse takes it for a part of the function's name, and so no two stacks for the same.

use super::names::{display_as, is_shown};
use super::{acceptable, args, header, side_by_side};
use crate::report::{Call, Frame, Goroutine, Report, Role, Site};
use gopeek_layout::rules::Generics;
use std::collections::HashMap;
use std::io::{self, Write};

/// panicparse reads numbers of up to 18 digits.
const LARGEST_ID: u64 = 999_999_999_999_999_999;

/// `_TraceArgsMaxDepth`, to which panicparse holds as well.
const BRACES: usize = 5;

/// Both parsers must have a frame, and one loses what the runtime prints instead.
const NO_STACK: &[u8] = b"gopeek.stackUnavailable()\n\t??:0\n";

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

struct Text {
    function: String,
    position: String,
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
            out.write_all(NO_STACK)?;
        }
        match &goroutine.created_by {
            Some(creator)
                if goroutine.id != 1
                    && is_shown(
                        self.report.rules,
                        &creator.place.function,
                        false,
                        Role::Other,
                    ) =>
            {
                let text = text(&creator.place.call, Some(creator.place.offset));
                write!(out, "created by {}\n{}", text.function, text.position)
            }
            _ => Ok(()),
        }
    }

    /// Prints a stack; returns how many calls it showed.
    fn stack(
        &mut self,
        out: &mut dyn Write,
        frames: &[Frame<'_>],
        everything: bool,
    ) -> io::Result<usize> {
        let (mut count, mut callee) = (0, Role::Other);
        for frame in frames {
            let site = frame.site;
            let texts = self.texts.entry(frame.index).or_insert_with(|| texts(site));
            let last = site.calls.len().saturating_sub(1);
            for (index, (call, text)) in site.calls.iter().zip(texts).enumerate() {
                let shown = everything || is_shown(self.report.rules, call, count == 0, callee);
                callee = call.role;
                if !shown {
                    continue;
                }
                count += 1;
                write!(out, "{}(", text.function)?;
                if index == last && args::nest_within(&site.args, BRACES) {
                    args::write(out, &site.args, frame.words)?;
                } else {
                    out.write_all(b"...")?;
                }
                write!(out, ")\n{}", text.position)?;
            }
        }
        Ok(count)
    }
}

/// The texts of a site's calls. Inlined ones have no offset.
fn texts(site: &Site) -> Vec<Text> {
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
        position: format!("\t{}:{}{offset}\n", acceptable::file(&call.file), call.line),
    }
}
