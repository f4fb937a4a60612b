//! The list as JSON.

use super::{Listed, Survey};
use gopeek_attach::denied::hidden_by;
use gopeek_attach::foreign::Foreign;
use serde::Serialize;
use std::io::{self, Write};

/// Name and version of the JSON.
const SCHEMA: &str = "gopeek-ps/1";

/// All of it. A property without a value is absent.
#[derive(Serialize)]
struct Document<'s> {
    schema: &'static str,
    gopeek: &'static str,
    processes: Vec<Process<'s>>,
    skipped: Vec<Skipped<'s>>,
    /// Mount option of /proc that hides processes of other users.
    #[serde(skip_serializing_if = "Option::is_none")]
    hidden_by: Option<String>,
}

/// One Go process.
#[derive(Serialize)]
struct Process<'s> {
    pid: i32,
    name: &'s str,
    command: Vec<&'s str>,
    threads: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    age_seconds: Option<u64>,
    #[serde(flatten)]
    go: Option<Go<'s>>,
    /// Why the rest is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'s str>,
}

#[derive(Serialize)]
struct Go<'s> {
    #[serde(rename = "go_version")]
    version: &'s str,
    arch: &'s str,
    stripped: bool,
    goroutines: usize,
}

/// Processes that may be Go, and could not be read.
#[derive(Serialize)]
struct Skipped<'s> {
    reason: &'s str,
    pids: &'s [i32],
}

impl Survey {
    /// Writes one JSON object.
    ///
    /// # Errors
    /// What `out` answers.
    pub(crate) fn write_json(&self, out: &mut dyn Write) -> io::Result<()> {
        let skipped = self.closed.iter();
        let document = Document {
            schema: SCHEMA,
            gopeek: env!("CARGO_PKG_VERSION"),
            processes: self.listed.iter().map(Process::of).collect(),
            skipped: skipped
                .map(|(reason, pids)| Skipped { reason, pids })
                .collect(),
            hidden_by: hidden_by(),
        };
        serde_json::to_writer_pretty(&mut *out, &document)?;
        writeln!(out)
    }
}

impl<'s> Process<'s> {
    fn of(Listed { facts, go }: &'s Listed) -> Process<'s> {
        Process {
            pid: facts.pid.as_raw(),
            name: facts.name.raw(),
            command: facts.command.iter().map(Foreign::raw).collect(),
            threads: facts.threads,
            age_seconds: facts.age.map(|age| age.as_secs()),
            go: go.as_ref().ok().map(|go| Go {
                version: &go.version,
                arch: go.arch,
                stripped: go.stripped,
                goroutines: go.goroutines,
            }),
            error: go.as_ref().err().map(String::as_str),
        }
    }
}
