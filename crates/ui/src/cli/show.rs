//! Showing a report in the way that was asked for.

use super::view::View;
use crate::ended::Ended;
use crate::error::InspectError;
use crate::format::{Format, Wanted};
use crate::options::Options;
use crate::output::Output;
use crate::report::Report;
use crate::{preamble, render};

/// Shows what `inspect` finds.
pub(super) fn show(
    view: &View,
    inspect: &dyn Fn(&Options) -> Result<Report, InspectError>,
) -> Result<Ended, InspectError> {
    let out = match &view.bundle {
        Some(archive) => archive.create(view.force)?,
        None => Output::open(view.output.as_deref())?,
    };
    let format = view.format();
    format.check(&out)?;
    let table = view.threads || !view.goroutines.is_empty();
    let diagnosis = view.bundle.is_some()
        || (format.is_diagnosis(view.per_goroutine) && !(table && format == Format::Report))
        || view.chosen.needs_diagnosis()
        || view.check;
    if view.deep && !diagnosis {
        return Err(InspectError::NotDeep);
    }
    let wanted = Options {
        strict: view.known.strict,
        threads: table || diagnosis,
        registers: format == Format::Sigquit || view.threads && view.runtime,
        diagnosis,
        deep: view.deep,
        selected: view.goroutines.clone(),
        native: view.native,
        locals: view.locals,
        runtime: view.runtime,
        ..Options::default()
    };
    let mut report = inspect(&wanted)?;
    let lines = view.is_lines();
    if !lines && (format != Format::Report || table || view.bundle.is_some()) {
        preamble::about(&report);
    }
    let runtime = view.runtime || format.has_runtime();
    let mut empty = false;
    if let Some(count) = view.chosen.choose(&mut report, runtime) {
        if !lines {
            preamble::chosen(&count, view.chosen.filter().as_ref());
        }
        // What such a dump has besides goroutines answers nothing.
        empty = count.shown == 0 && !format.has_threads() && !lines && view.bundle.is_none();
    }
    let ended = if view.check {
        Ended::of(&report)
    } else {
        Ended::Done
    };
    if out.is_terminal() {
        report.make_inert();
    }
    let written = if empty {
        out.finish()
    } else {
        write(view, out, &report)
    };
    match written {
        // Whoever read it has seen enough, and yet a script is to know.
        Err(error) if error.is_broken_pipe() => Ok(ended),
        written => written.map(|()| ended),
    }
}

/// Writes a report in the way that was asked for.
fn write(view: &View, mut out: Output, report: &Report) -> Result<(), InspectError> {
    let format = view.format();
    let style = render::report::Style {
        paint: render::report::Paint(view.has_colors()),
        all: view.all,
    };
    if let Some(archive) = &view.bundle {
        let style = render::report::Style {
            paint: render::report::Paint(false),
            ..style
        };
        out.write(|to| archive.write(to, report, style, view.runtime))?;
    } else if view.is_lines() {
        out.write(|to| render::findings::write(to, report))?;
    } else if view.threads && !format.has_threads() {
        out.write(|to| render::threads::write(to, report, view.runtime))?;
    } else {
        let wanted = Wanted {
            selected: &view.goroutines,
            runtime: view.runtime,
            per_goroutine: view.per_goroutine,
            report: style,
        };
        format.write(&mut out, report, wanted)?;
    }
    out.finish()
}
