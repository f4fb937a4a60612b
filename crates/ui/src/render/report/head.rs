//! The head of the report: what was looked at, and how.

use super::Style;
use crate::describe::short;
use crate::preamble::describe;
use crate::render::taken;
use crate::report::{Report, TextDump};
use crate::text_words;
use crate::words::{milliseconds, plural, printable};
use std::io::{self, Write};

/// So many problems are told one by one.
const PROBLEMS: usize = 5;

pub(super) fn write(out: &mut dyn Write, report: &Report, style: Style) -> io::Result<()> {
    if let Some(text) = report.text() {
        of_text(out, report, text, style)?;
        return problems(out, report, style);
    }
    let target = &report.target;
    let stripped = if target.stripped { " (stripped)" } else { "" };
    let age = target
        .age
        .map_or(String::new(), |age| format!("  up {}", short(age)));
    writeln!(
        out,
        "{}  pid {}  {} linux/{}{stripped}{age}",
        style.paint.heading(&printable(&target.name)),
        target.pid,
        printable(&target.go_version),
        target.arch
    )?;
    let all = report.goroutines.len();
    let users = report.user_goroutines().count();
    writeln!(
        out,
        "read {} ({} of the runtime) in {}; {}",
        plural(users, "goroutine"),
        all - users,
        milliseconds(report.taken.took),
        taken::text(&report.taken)
    )?;
    problems(out, report, style)
}

/// What a text dump is, and what no text says.
fn of_text(out: &mut dyn Write, report: &Report, text: &TextDump, style: Style) -> io::Result<()> {
    let mut lines = text_words::lines(report, text).into_iter();
    let first = lines.next().unwrap_or_default();
    writeln!(out, "{}", style.paint.heading(&first))?;
    lines.try_for_each(|line| writeln!(out, "{line}"))
}

fn problems(out: &mut dyn Write, report: &Report, style: Style) -> io::Result<()> {
    let most = if style.all { usize::MAX } else { PROBLEMS };
    for problem in report.problems.iter().take(most) {
        writeln!(
            out,
            "{}: {}",
            style.paint.warning("warning"),
            printable(&describe(problem))
        )?;
    }
    if report.problems.len() > most {
        writeln!(
            out,
            "warning: and {} more (--all)",
            report.problems.len() - most
        )?;
    }
    writeln!(out)
}
