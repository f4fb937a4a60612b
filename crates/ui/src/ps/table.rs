//! The list as a table.

use super::{Listed, Survey, short};
use crate::select::command;
use crate::words::printable;
use gopeek_attach::denied::hidden_by;
use std::io::{self, Write};

/// Maximum number of skipped pids named for one reason.
const NAMED: usize = 10;
/// Least number of columns that a command gets, however narrow the screen is.
const NARROWEST: usize = 20;

const HEADER: [&str; 8] = [
    "PID",
    "GO",
    "ARCH",
    "GOROUTINES",
    "THREADS",
    "AGE",
    "SYMBOLS",
    "COMMAND",
];

impl Survey {
    /// Writes one line per process. On a terminal with `columns`, cuts commands so that each stays on its line.
    ///
    /// # Errors
    /// What `out` answers.
    pub(crate) fn write(&self, out: &mut dyn Write, columns: Option<usize>) -> io::Result<()> {
        if self.listed.is_empty() {
            writeln!(out, "no Go process can be seen from here")?;
        } else {
            line(out, HEADER, columns)?;
        }
        for listed in &self.listed {
            process(out, listed, columns)?;
        }
        for (why, pids) in &self.closed {
            let shown: Vec<_> = pids.iter().take(NAMED).map(ToString::to_string).collect();
            let more = if pids.len() > shown.len() {
                ", ..."
            } else {
                ""
            };
            let count = match pids.len() {
                1 => "1 process".to_owned(),
                count => format!("{count} processes"),
            };
            writeln!(
                out,
                "skipped {count} (pid {}{more}): {}",
                shown.join(", "),
                printable(why)
            )?;
        }
        if let Some(option) = hidden_by() {
            writeln!(
                out,
                "/proc hides other users' processes (it is mounted with {option}); to see them: sudo gopeek ps"
            )?;
        }
        Ok(())
    }
}

fn process(
    out: &mut dyn Write,
    Listed { facts, go }: &Listed,
    columns: Option<usize>,
) -> io::Result<()> {
    let (pid, threads) = (facts.pid.to_string(), facts.threads.to_string());
    let age = facts.age.map_or("?".to_owned(), short);
    let command = command(facts);
    match go {
        Ok(go) => {
            let symbols = if go.stripped { "stripped" } else { "yes" };
            let (version, count) = (printable(&go.version), go.goroutines.to_string());
            let cells = [
                &pid, &version, go.arch, &count, &threads, &age, symbols, &command,
            ];
            line(out, cells, columns)
        }
        Err(why) => {
            line(
                out,
                [&pid, "?", "?", "?", &threads, &age, "?", &command],
                columns,
            )?;
            writeln!(out, "         cannot be read: {}", printable(why))
        }
    }
}

fn line(out: &mut dyn Write, cells: [&str; 8], columns: Option<usize>) -> io::Result<()> {
    let [
        pid,
        version,
        arch,
        goroutines,
        threads,
        age,
        symbols,
        command,
    ] = cells;
    let front = format!(
        "{pid:>7}  {version:<10} {arch:<6} {goroutines:>10} {threads:>8} {age:>7}  {symbols:<8}  "
    );
    let left = columns.map(|columns| columns.saturating_sub(front.chars().count()).max(NARROWEST));
    writeln!(out, "{front}{}", cut(command, left))
}

/// Cuts a text to so many characters, with a mark where something is missing.
fn cut(text: &str, columns: Option<usize>) -> String {
    match columns {
        Some(columns) if text.chars().count() > columns => {
            let kept: String = text.chars().take(columns.saturating_sub(3)).collect();
            format!("{kept}...")
        }
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::cut;

    #[test]
    fn a_command_is_cut_to_the_screen() {
        assert_eq!(cut("/usr/bin/api --port 8080", Some(12)), "/usr/bin/...");
        assert_eq!(cut("api", Some(3)), "api");
        assert_eq!(cut("/usr/bin/api", None), "/usr/bin/api");
    }
}
