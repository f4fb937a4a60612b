//! `gopeek ps`: the Go processes of this machine.

use crate::census::census;
use crate::error::InspectError;
use crate::find::is_go_program;
use crate::inspect::understand;
use crate::select::command;
use crate::words::printable;
use gopeek_attach::denied::hidden_by;
use gopeek_attach::files::program_of;
use gopeek_attach::list::processes;
use gopeek_attach::process::Facts;
use gopeek_attach::time_limit::Patience;
use gopeek_attach::{AttachError, Pid, Process};

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::time::Duration;

/// Why a process is left out whose memory, or program, takes too long to read.
const NO_ANSWER: &str = "they did not answer in time";

/// What was found on this machine.
#[derive(Debug, Default)]
pub struct Survey {
    listed: Vec<Listed>,
    /// Processes of which not even the program may be read, by reason.
    closed: BTreeMap<String, Vec<i32>>,
}

/// A Go process, and what it is, or why that can't be told.
#[derive(Debug)]
struct Listed {
    facts: Facts,
    go: Result<Go, String>,
}

#[derive(Debug)]
struct Go {
    version: String,
    arch: &'static str,
    stripped: bool,
    goroutines: usize,
}

/// Looks at all processes. None is stopped.
#[must_use]
pub fn survey() -> Survey {
    let ourselves = std::process::id().cast_signed();
    let (mut survey, mut patience) = (Survey::default(), Patience::default());
    for facts in processes()
        .into_iter()
        .filter(|facts| facts.pid.as_raw() != ourselves)
    {
        let pid = facts.pid;
        let Some(looked) = patience.ask(move || look(pid)) else {
            survey.close(NO_ANSWER, pid);
            continue;
        };
        match looked {
            Ok(go) => survey.listed.push(Listed { facts, go: Ok(go) }),
            Err(InspectError::Attach(AttachError::Denied { cause, .. })) => {
                let is_go = move || program_of(pid).map(|program| is_go_program(&program));
                match patience.ask(is_go) {
                    Some(Ok(true)) => survey.listed.push(Listed {
                        facts,
                        go: Err(cause.to_string()),
                    }),
                    Some(Ok(false)) => {}
                    Some(Err(_)) => survey.close(&cause.to_string(), pid),
                    None => survey.close(NO_ANSWER, pid),
                }
            }
            // Not Go, or gone.
            Err(
                InspectError::NotGo { .. }
                | InspectError::Malformed { .. }
                | InspectError::Attach(_),
            ) => {}
            Err(InspectError::Unlike { kind, .. }) if !kind.is_go() => {}
            Err(other) => survey.listed.push(Listed {
                facts,
                go: Err(other.to_string()),
            }),
        }
    }
    survey
}

impl Survey {
    fn close(&mut self, why: &str, pid: Pid) {
        let pids = self.closed.entry(why.to_owned()).or_default();
        pids.push(pid.as_raw());
    }
}

fn look(pid: Pid) -> Result<Go, InspectError> {
    let process = Process::open(pid)?;
    let files = process.code_files()?;
    let found = understand(&process, &process, &files, false)?;

    Ok(Go {
        goroutines: census(&process, &found)?.user,
        arch: found.arch.name(),
        stripped: found.stripped,
        version: found.build.go.raw,
    })
}

/// Writes a table: a line for each.
///
/// # Errors
/// What `out` answers.
pub fn write(out: &mut dyn Write, survey: &Survey) -> io::Result<()> {
    if survey.listed.is_empty() {
        writeln!(out, "no Go process can be seen from here")?;
    } else {
        let [pid, version, arch, count] = ["PID", "GO", "ARCH", "GOROUTINES"];
        let [threads, age, symbols] = ["THREADS", "AGE", "SYMBOLS"];
        row(
            out,
            [pid, version, arch, count, threads, age, symbols, "COMMAND"],
        )?;
    }
    for Listed { facts, go } in &survey.listed {
        let (pid, threads) = (facts.pid.to_string(), facts.threads.to_string());
        let age = facts.age.map_or("?".to_owned(), short);
        let command = command(facts);
        match go {
            Ok(go) => {
                let symbols = if go.stripped { "stripped" } else { "yes" };
                let count = go.goroutines.to_string();
                row(
                    out,
                    [
                        &pid,
                        &printable(&go.version),
                        go.arch,
                        &count,
                        &threads,
                        &age,
                        symbols,
                        &command,
                    ],
                )?;
            }
            Err(why) => {
                row(out, [&pid, "?", "?", "?", &threads, &age, "?", &command])?;
                writeln!(out, "         not read: {}", printable(why))?;
            }
        }
    }
    for (why, pids) in &survey.closed {
        let shown: Vec<_> = pids.iter().take(10).map(ToString::to_string).collect();
        let more = if pids.len() > shown.len() {
            ", ..."
        } else {
            ""
        };
        writeln!(
            out,
            "not looked at: {} processes (pid {}{more}): {}",
            pids.len(),
            shown.join(", "),
            printable(why)
        )?;
    }
    if let Some(option) = hidden_by() {
        writeln!(
            out,
            "not seen: what /proc hides of other users (it is mounted with {option}); as root: sudo gopeek ps"
        )?;
    }
    Ok(())
}

fn row(out: &mut dyn Write, cells: [&str; 8]) -> io::Result<()> {
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
    writeln!(
        out,
        "{pid:>7}  {version:<10} {arch:<6} {goroutines:>10} {threads:>8} {age:>7}  {symbols:<8}  {command}"
    )
}

/// `42s`, `17m`, `3h04m`, `9d04h`.
#[must_use]
pub fn short(age: Duration) -> String {
    let seconds = age.as_secs();
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86400);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds}s"),
        (0, 0, _) => format!("{minutes}m"),
        (0, _, _) => format!("{hours}h{:02}m", minutes % 60),
        _ => format!("{days}d{:02}h", hours % 24),
    }
}

#[cfg(test)]
mod tests {
    use super::short;
    use std::time::Duration;

    #[test]
    fn ages_take_two_units_at_most() {
        for (seconds, expected) in [
            (0, "0s"),
            (59, "59s"),
            (60, "1m"),
            (3599, "59m"),
            (11_040, "3h04m"),
            (792_000, "9d04h"),
        ] {
            assert_eq!(short(Duration::from_secs(seconds)), expected);
        }
    }
}
