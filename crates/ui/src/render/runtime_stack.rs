//! `--format=stack`: byte for byte what the target's own `runtime.Stack(buf, true)` would print.
//!
//! With a fuller [`Style`], what a traceback of level 2 prints.

use super::args;
use super::header::Header;
use super::names::{display, is_shown};
use super::native;
use super::side_by_side;
use crate::report::{
    Ancestor, Call, Frame, Gap, Goroutine, NativeSegment, Place, Report, Role, Site, Stack,
};
use gopeek_layout::enums::status;
use gopeek_layout::rules::{Elision, Rules};
use gopeek_unwind::End;
use std::collections::HashMap;
use std::io::{self, Write};

/// How much a dump shows of the runtime.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Default)]
pub struct Style {
    /// Its goroutines and its frames, too: a traceback of level 2.
    pub runtime: bool,
    /// The addresses of each goroutine and each frame, as a crash prints them.
    pub addresses: bool,
}

/// Writes the goroutines of the program; those of the runtime, too, where the style has it so.
///
/// # Errors
/// What `out` answers.
pub fn write(out: &mut dyn Write, report: &Report, style: Style) -> io::Result<()> {
    let goroutines = report.goroutines.iter();
    let shown = goroutines.filter(|goroutine| style.runtime || report.is_users(goroutine));
    let shown: Vec<&Goroutine> = shown.collect();
    write_all(out, report, style, &shown)
}

/// Writes these goroutines, with an empty line between each two.
pub(super) fn write_all(
    out: &mut dyn Write,
    report: &Report,
    style: Style,
    goroutines: &[&Goroutine],
) -> io::Result<()> {
    let writer = || Writer::new(report, style);
    side_by_side::write(out, goroutines, writer, |writer, out, index, goroutine| {
        if index > 0 {
            out.write_all(b"\n")?;
        }
        writer.goroutine(out, goroutine)
    })
}

/// Writes goroutines, one after the other.
pub(super) struct Writer<'r> {
    report: &'r Report,
    rules: &'r Rules,
    style: Style,
    /// By site: each call's text before and after its arguments.
    lines: HashMap<u32, Vec<Lines>>,
}

struct Lines {
    before_args: Box<[u8]>,
    after_args: Box<[u8]>,
}

/// Where a pass over a stack is: a frame, and the call that it made last, as the rules see it.
#[derive(Copy, Clone)]
struct Position {
    frame: usize,
    callee: Role,
}

/// What a pass over a stack came to.
struct Passed {
    /// Where it stopped; nothing when it reached the end.
    stopped_at: Option<Position>,
    /// Where another pass would go on.
    reached: Position,
    /// Calls skipped and printed.
    counted: usize,
    /// Likewise, of the frame that it stopped in.
    counted_in_frame: usize,
}

impl<'r> Writer<'r> {
    pub(super) fn new(report: &'r Report, style: Style) -> Writer<'r> {
        Writer {
            report,
            rules: report.rules,
            style,
            lines: HashMap::new(),
        }
    }

    pub(super) fn header(&self) -> Header<'r> {
        Header {
            report: self.report,
            addresses: self.style.addresses,
        }
    }

    pub(super) fn goroutine(
        &mut self,
        out: &mut dyn Write,
        goroutine: &Goroutine,
    ) -> io::Result<()> {
        self.header().write(out, goroutine)?;
        if goroutine.moved {
            out.write_all(b"\tgoroutine moved while it was looked at; stack unavailable\n")?;
        } else if goroutine.stack.end == End::NoStart {
            let why: &[u8] = if goroutine.status == status::RUNNING {
                b"running on other thread"
            } else {
                b"goes on outside of its own stack"
            };
            out.write_all(&[b"\tgoroutine ", why, b"; stack unavailable\n"].concat())?;
        }
        self.frames(out, &goroutine.stack)?;
        if let Some(creator) = &goroutine.created_by
            && goroutine.id != 1
        {
            let parent = if self.rules.names_parent {
                creator.goroutine
            } else {
                0
            };
            self.created_by(out, &creator.place, parent)?;
        }
        goroutine
            .ancestors
            .iter()
            .try_for_each(|ancestor| self.ancestor(out, ancestor))
    }

    fn frames(&mut self, out: &mut dyn Write, stack: &Stack) -> io::Result<()> {
        let runtime = self.style.runtime;
        let frames: Vec<Frame<'_>> = self.report.frames(stack).collect();
        if !stack.native.is_empty() {
            return self.with_c(out, &frames, &stack.native);
        }
        // When all frames are the runtime's, it prints them after all.
        let gap = stack.gap.as_deref();
        if self.stack(out, (&frames, gap), runtime)? == 0 && !runtime {
            self.stack(out, (&frames, gap), true)?;
        }
        Ok(())
    }

    /// Prints a stack with its C frames where they belong. The runtime prints none such, so nothing is cut.
    fn with_c(
        &mut self,
        out: &mut dyn Write,
        all: &[Frame<'_>],
        native: &[NativeSegment],
    ) -> io::Result<()> {
        let mut from = Position {
            frame: 0,
            callee: Role::Other,
        };
        for segment in native {
            let frames = all.get(..segment.before).unwrap_or(all);
            let runtime = self.style.runtime;
            from = self
                .pass(out, frames, runtime, from, 0, usize::MAX)?
                .reached;
            native::write(out, segment)?;
        }
        let runtime = self.style.runtime;
        self.pass(out, all, runtime, from, 0, usize::MAX)?;
        Ok(())
    }

    /// Prints a stack, cut as this minor cuts it; returns how many calls it showed. The frames in its gap are counted.
    pub(super) fn stack(
        &mut self,
        out: &mut dyn Write,
        (frames, gap): (&[Frame<'_>], Option<&Gap>),
        everything: bool,
    ) -> io::Result<usize> {
        let begin = Position {
            frame: 0,
            callee: Role::Other,
        };
        match self.rules.elision {
            Elision::After(limit) => {
                let frames = &frames[..frames.len().min(limit)];
                let shown = self
                    .pass(out, frames, everything, begin, 0, usize::MAX)?
                    .counted;
                if shown == limit {
                    out.write_all(b"...additional frames elided...\n")?;
                }
                Ok(shown)
            }
            Elision::Middle(limit) => {
                let inner = self.pass(out, frames, everything, begin, 0, limit)?;
                let Some(stopped_at) = inner.stopped_at else {
                    return Ok(inner.counted);
                };
                // As the runtime does: count the rest from the frame that the first pass stopped in, then print
                // from that frame again, skipping what is printed already or elided.
                let remaining = self
                    .pass(
                        &mut io::sink(),
                        frames,
                        everything,
                        stopped_at,
                        usize::MAX,
                        0,
                    )?
                    .counted;
                let left_out = gap.map_or(0, |gap| self.shown_in(gap, everything));
                let remaining = remaining.saturating_add(left_out);
                let kept = inner.counted_in_frame + limit;
                let elided = remaining.saturating_sub(kept);
                if elided > 0 {
                    writeln!(out, "...{elided} frames elided...")?;
                }
                self.pass(
                    out,
                    frames,
                    everything,
                    stopped_at,
                    inner.counted_in_frame + elided.saturating_sub(left_out),
                    limit,
                )?;
                Ok(inner.counted)
            }
        }
    }

    /// How many calls of the frames in a gap would be shown.
    fn shown_in(&self, gap: &Gap, everything: bool) -> usize {
        let site = |index: u32| self.report.sites.get(usize::try_from(index).ok()?);
        let shown = gap.kinds.iter().map(|kind| {
            let last = site(kind.callee).and_then(|site| site.calls.last());
            let mut callee = last.map_or(Role::Other, |call| call.role);
            let calls = site(kind.site).map(|site| &site.calls[..]);
            let shown = calls.unwrap_or_default().iter().filter(|call| {
                let before = std::mem::replace(&mut callee, call.role);
                everything || is_shown(self.rules, call, false, before)
            });
            let count = usize::try_from(kind.count).unwrap_or(usize::MAX);
            shown.count().saturating_mul(count)
        });
        shown.fold(0, usize::saturating_add)
    }

    /// `runtime.traceback2`: skips `skip` shown calls, then prints at most `max`.
    fn pass(
        &mut self,
        out: &mut dyn Write,
        frames: &[Frame<'_>],
        everything: bool,
        from: Position,
        mut skip: usize,
        mut max: usize,
    ) -> io::Result<Passed> {
        let (mut counted, mut callee) = (0, from.callee);
        for (index, frame) in frames.iter().enumerate().skip(from.frame) {
            let mut counted_in_frame = 0;
            for (call_index, call) in frame.site.calls.iter().enumerate() {
                let shown = everything || is_shown(self.rules, call, counted == 0, callee);
                callee = call.role;
                if !shown {
                    continue;
                }
                if skip == 0 && max == 0 {
                    let reached = Position {
                        frame: index,
                        callee,
                    };
                    return Ok(Passed {
                        stopped_at: Some(reached),
                        reached,
                        counted,
                        counted_in_frame,
                    });
                }
                counted += 1;
                counted_in_frame += 1;
                if skip > 0 {
                    skip -= 1;
                    continue;
                }
                max -= 1;
                self.call(out, frame, call_index)?;
            }
        }
        Ok(Passed {
            stopped_at: None,
            reached: Position {
                frame: frames.len(),
                callee,
            },
            counted,
            counted_in_frame: 0,
        })
    }

    fn call(&mut self, out: &mut dyn Write, frame: &Frame<'_>, index: usize) -> io::Result<()> {
        let (rules, site) = (self.rules, frame.site);
        let lines = self
            .lines
            .entry(frame.index)
            .or_insert_with(|| lines(rules, site));
        let Some(line) = lines.get(index) else {
            return Ok(());
        };
        out.write_all(&line.before_args)?;
        if index + 1 == site.calls.len() {
            args::write(out, &site.args, frame.words)?;
        }
        out.write_all(&line.after_args)?;
        if self.style.addresses && index + 1 == site.calls.len() {
            let (sp, pc) = (frame.sp, site.pc);
            let fp = sp.saturating_add(site.frame_size);
            write!(out, " fp={fp:#x} sp={sp:#x} pc={pc:#x}")?;
        }
        out.write_all(b"\n")
    }

    fn created_by(&self, out: &mut dyn Write, place: &Place, parent: u64) -> io::Result<()> {
        let shown = self.style.runtime || is_shown(self.rules, &place.function, false, Role::Other);
        if !shown {
            return Ok(());
        }
        write!(
            out,
            "created by {}",
            display(self.rules, &place.call.function)
        )?;
        if parent != 0 {
            write!(out, " in goroutine {parent}")?;
        }
        out.write_all(b"\n")?;
        write_position(out, &place.call, Some(place.offset))?;
        out.write_all(b"\n")
    }

    /// `runtime.printAncestorTraceback`.
    fn ancestor(&self, out: &mut dyn Write, ancestor: &Ancestor) -> io::Result<()> {
        writeln!(out, "[originating from goroutine {}]:", ancestor.id)?;
        for (index, place) in ancestor.places.iter().enumerate() {
            let first = index == 0;
            if self.style.runtime || is_shown(self.rules, &place.function, first, Role::Other) {
                writeln!(out, "{}(...)", display(self.rules, &place.call.function))?;
                write_position(out, &place.call, Some(place.offset))?;
                out.write_all(b"\n")?;
            }
        }
        let (Elision::After(limit) | Elision::Middle(limit)) = self.rules.elision;
        if ancestor.places.len() == limit {
            out.write_all(b"...additional frames elided...\n")?;
        }
        match &ancestor.created_by {
            Some(place) if ancestor.id != 1 => self.created_by(out, place, 0),
            _ => Ok(()),
        }
    }
}

/// The texts of a site's calls. Inlined ones have no arguments and no offset.
fn lines(rules: &Rules, site: &Site) -> Vec<Lines> {
    let last = site.calls.len().saturating_sub(1);
    let line = |(index, call): (usize, &Call)| {
        let mut before = format!("{}(", display(rules, &call.function)).into_bytes();
        let mut after = b")\n".to_vec();
        let offset = (index == last).then_some(site.offset);
        if offset.is_none() {
            before.extend(b"...");
        }
        // Writing to a Vec does not fail.
        let _ = write_position(&mut after, call, offset);
        Lines {
            before_args: before.into(),
            after_args: after.into(),
        }
    };
    site.calls.iter().enumerate().map(line).collect()
}

fn write_position(out: &mut dyn Write, call: &Call, offset: Option<u64>) -> io::Result<()> {
    write!(out, "\t{}:{}", call.file, call.line)?;
    if let Some(offset) = offset.filter(|offset| *offset > 0) {
        write!(out, " +{offset:#x}")?;
    }
    Ok(())
}
