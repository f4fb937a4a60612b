//! The formats of a dump: the name of each, what it needs, and which renderer writes it.

use crate::error::InspectError;
use crate::inert::Inert;
use crate::output::Output;
use crate::render::pprof::Samples;
use crate::render::runtime_stack::Style;
use crate::render::{self, details};
use crate::report::{Goroutine, Report};
use clap::ValueEnum;
use std::io;

/// A format of a dump.
#[derive(ValueEnum, Copy, Clone, PartialEq, Eq, Debug)]
pub(crate) enum Format {
    /// Explains what is wrong: who waits on what, who holds it, what to do next. The default on a terminal.
    Report,
    /// The exact text of the target's own runtime.Stack(buf, true). The default into a file or a pipe.
    Stack,
    /// The text that the target would print on SIGQUIT, with the runtime's goroutines, all frames, addresses and registers.
    Sigquit,
    /// The text of `stack` for tools that parse it (gostackparse, panicparse): no frame elided, no labels, no ancestors.
    Compat,
    /// Everything that gopeek knows, as one JSON object (docs/json.md).
    Json,
    /// The content of `json` with one object per line: the process, then each finding, object, goroutine and thread.
    Ndjson,
    /// The JSON that gostackparse makes of `compat`.
    GostackparseJson,
    /// A goroutine profile for go tool pprof, gzip-compressed.
    Pprof,
    /// One line per distinct stack with its number of goroutines, for flame graphs.
    Folded,
}

/// Which goroutines are wanted, and how.
#[derive(Copy, Clone)]
pub(crate) struct Wanted<'v> {
    /// Only these; all where there are none.
    pub(crate) selected: &'v [u64],
    /// The runtime's own, too.
    pub(crate) runtime: bool,
    /// A sample for each.
    pub(crate) per_goroutine: bool,
    /// How the report looks.
    pub(crate) report: render::report::Style,
}

impl Format {
    /// Whether it tells what threads do.
    pub(crate) fn has_threads(self) -> bool {
        matches!(self, Format::Json | Format::Ndjson)
    }

    /// Whether it shows the runtime's own goroutines, too.
    pub(crate) fn has_runtime(self) -> bool {
        matches!(self, Format::Sigquit | Format::Json | Format::Ndjson)
    }

    /// Whether it tells what goroutines wait for.
    pub(crate) fn is_diagnosis(self, per_goroutine: bool) -> bool {
        match self {
            Format::Report | Format::Json | Format::Ndjson => true,
            Format::Pprof => per_goroutine,
            _ => false,
        }
    }

    /// Whether it shows goroutines that were asked for by number in its own way.
    fn is_for_programs(self) -> bool {
        !matches!(
            self,
            Format::Report | Format::Stack | Format::Sigquit | Format::Compat
        )
    }

    /// Refuses to write to where it would do harm: a profile is no text.
    ///
    /// # Errors
    /// [`InspectError::Terminal`].
    pub(crate) fn check(self, out: &Output) -> Result<(), InspectError> {
        if self == Format::Pprof && out.is_terminal() {
            return Err(InspectError::Terminal);
        }
        Ok(())
    }

    /// Writes the report.
    ///
    /// # Errors
    /// [`InspectError::Output`], or [`InspectError::NoGoroutine`] of one that was asked for.
    pub(crate) fn write(
        self,
        out: &mut Output,
        report: &Report,
        wanted: Wanted<'_>,
    ) -> Result<(), InspectError> {
        let style = Style {
            runtime: wanted.runtime || self == Format::Sigquit,
            addresses: self == Format::Sigquit,
        };
        let chosen = details::select(report, wanted.selected)?;
        let on_terminal = out.is_terminal();
        if !chosen.is_empty() && !self.is_for_programs() {
            return out.write(|to| {
                inert(to, on_terminal, |to| {
                    details::write(to, report, style, &chosen)
                })
            });
        }
        let some = |everything| some(report, &chosen, everything);
        let samples = if wanted.per_goroutine {
            Samples::PerGoroutine
        } else {
            Samples::Aggregated
        };
        out.write(|to: &mut dyn io::Write| match self {
            Format::Report => render::report::write(to, report, wanted.report),
            Format::Stack => inert(to, on_terminal, |to| {
                render::runtime_stack::write(to, report, style)
            }),
            Format::Compat => inert(to, on_terminal, |to| render::compat::write(to, report)),
            Format::Sigquit => inert(to, on_terminal, |to| render::sigquit::write(to, report)),
            Format::Json => render::json::write(to, report, &some(true)),
            Format::Ndjson => render::json::write_lines(to, report, &some(true)),
            Format::GostackparseJson => render::gostackparse::write(to, report, &some(false)),
            Format::Pprof => render::pprof::write(to, report, &some(wanted.runtime), samples),
            Format::Folded => inert(to, on_terminal, |to| {
                render::folded::write(to, report, &some(wanted.runtime))
            }),
        })
    }
}

/// Writes through an escaping writer where a terminal would obey what is written; a file gets Go's own bytes.
fn inert(
    to: &mut dyn io::Write,
    on_terminal: bool,
    write: impl FnOnce(&mut dyn io::Write) -> io::Result<()>,
) -> io::Result<()> {
    if !on_terminal {
        return write(to);
    }
    let mut inert = Inert::new(to);
    write(&mut inert)?;
    inert.end()
}

/// The chosen ones, or else all; without `everything`, all that are the program's.
fn some<'r>(report: &'r Report, chosen: &[&'r Goroutine], everything: bool) -> Vec<&'r Goroutine> {
    if !chosen.is_empty() {
        return chosen.to_vec();
    }
    let all = report.goroutines.iter();
    all.filter(|goroutine| everything || report.is_users(goroutine))
        .collect()
}
