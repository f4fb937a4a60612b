//! One run of gopeek, under a deadline, and what must hold of any.

use std::collections::BTreeMap;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;

use crate::run::{self, Ended};

/// Nothing takes so long, on any machine: a gopeek that does hangs.
const DEADLINE: Duration = Duration::from_secs(30);
/// Exit codes, as docs/exit-codes.md has them: the last of those by which a live process is refused, and that of a look
/// that took too long.
const MALFORMED: i32 = 8;
pub(super) const TOO_LONG: i32 = 12;
/// The program of a core was not found, or is another.
const NO_PROGRAM: i32 = 9;
/// More than any of these targets can be worth.
const MEMORY: u64 = 128 << 20;

/// What gopeek said.
pub(super) struct Seen {
    /// Its exit code.
    pub(super) code: i32,
    /// The dump.
    pub(super) dump: Vec<u8>,
    /// What it said of it.
    pub(super) said: String,
    /// From its start to its end.
    pub(super) took: Duration,
    /// Its peak resident memory in bytes.
    pub(super) memory: u64,
}

/// Runs gopeek.
///
/// # Errors
/// When it hangs, panics, is killed, or takes too much memory.
pub(super) fn look(command: &mut Command) -> Result<Seen> {
    let seen = end(command)?;
    ensure!(
        seen.code <= MALFORMED || seen.code == TOO_LONG,
        "gopeek ended with {}\n{}",
        seen.code,
        seen.said
    );
    Ok(seen)
}

/// Likewise, of a core, whose program may be missing.
///
/// # Errors
/// Likewise.
pub(super) fn look_at_core(command: &mut Command) -> Result<Seen> {
    let seen = end(command)?;
    ensure!(
        seen.code <= NO_PROGRAM,
        "gopeek ended with {}\n{}",
        seen.code,
        seen.said
    );
    Ok(seen)
}

fn end(command: &mut Command) -> Result<Seen> {
    let Ended {
        status,
        stdout,
        stderr,
        took,
        memory,
        cpu: _,
    } = run::within(DEADLINE, command)?;
    let code = status
        .code()
        .with_context(|| format!("gopeek: {status}\n{stderr}"))?;
    if stderr.contains("panicked") {
        bail!("gopeek ended with {code}\n{stderr}");
    }
    if memory > MEMORY {
        bail!("gopeek took {} MB of memory\n{stderr}", memory >> 20);
    }
    Ok(Seen {
        code,
        dump: stdout,
        said: stderr,
        took,
        memory,
    })
}

/// A finding in JSON.
#[derive(Deserialize, Debug)]
pub(super) struct Finding {
    what: String,
    weight: String,
    text: String,
    #[serde(default)]
    resource: Resource,
}

#[derive(Deserialize, Default, Debug)]
struct Resource {
    #[serde(default)]
    facts: BTreeMap<String, serde_json::Value>,
}

impl Finding {
    /// Checks its kind and its weight.
    ///
    /// # Errors
    /// When they are others.
    pub(super) fn is(&self, what: &str, weight: &str) -> Result<()> {
        ensure!(
            (&*self.what, &*self.weight) == (what, weight),
            "no finding {what}, {weight}: {self:?}"
        );
        Ok(())
    }

    /// Checks one of its facts.
    ///
    /// # Errors
    /// When it has another.
    pub(super) fn has_fact(&self, name: &str, value: &str) -> Result<()> {
        let fact = self.resource.facts.get(name);
        ensure!(
            fact.is_some_and(|fact| fact == value),
            "no {name} {value}: {}",
            self.text
        );
        Ok(())
    }
}

/// What is needed of JSON.
#[derive(Deserialize)]
struct Document {
    findings: Vec<Finding>,
}

impl Seen {
    /// The findings of a dump in JSON, the worst first.
    ///
    /// # Errors
    /// When it is none.
    pub(super) fn findings(&self) -> Result<Vec<Finding>> {
        let document: Document = serde_json::from_slice(self.done()?).context("JSON")?;
        Ok(document.findings)
    }

    /// The worst of them.
    ///
    /// # Errors
    /// When there is none.
    pub(super) fn first_finding(&self) -> Result<Finding> {
        let mut findings = self.findings()?.into_iter();
        findings.next().context("nothing is told")
    }

    /// The text of a dump.
    ///
    /// # Errors
    /// When there is none, with what was said instead.
    pub(super) fn done(&self) -> Result<&[u8]> {
        if self.code != 0 {
            bail!("gopeek ended with {}: {}", self.code, self.said);
        }
        Ok(&self.dump)
    }

    /// Checks that it is the error of this code, with a message and without a dump.
    ///
    /// # Errors
    /// When it is not.
    pub(super) fn refused(&self, code: i32) -> Result<()> {
        if self.code != code || self.said.is_empty() || !self.dump.is_empty() {
            let (got, bytes) = (self.code, self.dump.len());
            bail!(
                "exit code {got} and not {code}, {bytes} bytes of a dump: {}",
                self.said
            );
        }
        Ok(())
    }

    /// How long the target stood still, as gopeek says; nothing where it was not stopped.
    pub(super) fn pause(&self) -> Option<Duration> {
        pause(&self.said)
    }
}

fn pause(said: &str) -> Option<Duration> {
    let (_, rest) = said.split_once("stopped for ")?;
    let (milliseconds, _) = rest.split_once(" ms")?;
    let milliseconds: f64 = milliseconds.parse().ok()?;
    Some(Duration::from_secs_f64(milliseconds / 1000.0))
}

#[cfg(test)]
mod tests {
    use super::pause;
    use std::time::Duration;

    #[test]
    fn the_pause_is_read_from_what_is_said() {
        let said = "gopeek: 52 goroutines; target stopped for 0.78 ms (5 threads)";
        assert_eq!(pause(said), Some(Duration::from_micros(780)));
        assert_eq!(pause("gopeek: target not stopped"), None);
    }
}
