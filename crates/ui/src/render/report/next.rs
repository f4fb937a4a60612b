//! What to do next: commands that work as they stand.

use super::Style;
use crate::report::{Finding, Report};
use crate::words::printable;
use std::io::{self, Write};

pub(super) fn write(out: &mut dyn Write, report: &Report, style: Style) -> io::Result<()> {
    let target = match &report.taken.from {
        Some(saved) => printable(&quoted(&saved.path.display().to_string())),
        None => report.target.pid.to_string(),
    };
    let mut commands: Vec<(String, String)> = Vec::new();
    let mut add = |command: String, what: &str| commands.push((command, what.to_owned()));
    let finding: Option<&Finding> = report.findings.first();
    let culprit = finding.and_then(|finding| finding.culprits.first());
    if let Some(goroutine) = culprit.and_then(|index| report.goroutine(*index)) {
        add(
            format!("gopeek {target} -g {}", goroutine.id),
            "its full stack, deferred calls, labels, thread",
        );
    }
    let object = finding.and_then(|finding| finding.objects.first());
    let object = object.and_then(|index| report.object(*index));
    if let Some(object) = object.filter(|object| object.addr != 0) {
        add(
            format!("gopeek {target} --on {:#x}", object.addr),
            "everything that touches it",
        );
    }
    add(
        format!("gopeek {target} --format=stack"),
        "every stack, as the program itself prints it",
    );
    if report.taken.from.is_none() {
        add(
            format!("gopeek {target} --bundle hang.tar.zst"),
            "this report, the dump, JSON, a profile, the threads in one file",
        );
        add(
            format!("gopeek save {target} -o hang.core"),
            "keep the evidence, then restart",
        );
    }
    let width = commands
        .iter()
        .map(|(command, _)| command.len())
        .max()
        .unwrap_or(0);
    for (index, (command, what)) in commands.iter().enumerate() {
        let heading = if index == 0 { "NEXT" } else { "    " };
        let heading = style.paint.heading(heading);
        writeln!(
            out,
            "{heading}  {command:<width$}  {}",
            style.paint.faint(&format!("# {what}"))
        )?;
    }
    Ok(())
}

/// A file's name as a shell takes it.
fn quoted(name: &str) -> String {
    let plain = |char: char| char.is_ascii_alphanumeric() || "/._-+=:@%,".contains(char);
    if name.chars().all(plain) && !name.is_empty() {
        return name.to_owned();
    }
    format!("'{}'", name.replace('\'', r"'\''"))
}
