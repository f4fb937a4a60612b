//! `gopeek ps`: the Go processes of this machine.

mod json;
mod table;

use crate::census::census;
use crate::error::InspectError;
use crate::find::is_go_program;
use crate::inspect::understand;
use gopeek_attach::files::program_of;
use gopeek_attach::list::processes;
use gopeek_attach::process::Facts;
use gopeek_attach::time_limit::Patience;
use gopeek_attach::{AttachError, Pid, Process};

use std::collections::BTreeMap;
use std::time::Duration;

/// Reason to skip a process whose memory or program takes too long to read.
const NO_ANSWER: &str = "they did not answer in time";

/// What was found on this machine.
#[derive(Debug, Default)]
pub struct Survey {
    listed: Vec<Listed>,
    /// Processes whose program may not be read, by reason.
    closed: BTreeMap<String, Vec<i32>>,
}

/// A Go process: what it is, or why it could not be read.
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

/// Looks at all processes, without stopping any.
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
