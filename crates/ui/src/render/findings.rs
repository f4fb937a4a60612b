//! Findings, a line for each: what a check prints.

use crate::report::{Report, Weight};
use crate::words::printable_lines;
use std::io::{self, Write};

/// Writes them, the worst first.
///
/// # Errors
/// What `out` answers.
pub fn write(out: &mut dyn Write, report: &Report) -> io::Result<()> {
    for finding in &report.findings {
        let weight = match finding.weight {
            Weight::Note => "note",
            Weight::Suspicious => "suspicious",
            Weight::Stuck => "stuck",
        };
        // A name of the target's may have a line break in it; a finding is one line.
        let text = printable_lines(&finding.text).replace('\n', " ");
        writeln!(out, "{weight}: {text}")?;
    }
    Ok(())
}
