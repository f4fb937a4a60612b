//! The head of the report: what was looked at, and how.

use super::Style;
use crate::describe::short;
use crate::preamble::describe;
use crate::render::taken;
use crate::report::Report;
use crate::words::{milliseconds, plural, printable};
use std::io::{self, Write};

/// So many problems are told one by one.
const PROBLEMS: usize = 5;

pub(super) fn write(out: &mut dyn Write, report: &Report, style: Style) -> io::Result<()> {
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
