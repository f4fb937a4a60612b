//! Other people's ways to write a core of a process that lives on.

use std::fmt;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};

use crate::run;

/// Whoever takes longer is cut off.
const CUT: Duration = Duration::from_secs(120);
/// gcore writes all that is reserved, too: gigabytes of nothing. Whoever writes more than this is ended by the kernel.
const LARGEST: &str = "--fsize=6000000000";

/// Who writes it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Dumper {
    /// gdb's.
    Gcore,
    /// Delve's `dump`. It lets the process go on afterwards, whether that was stopped or not.
    Delve,
}

impl fmt::Display for Dumper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Gcore => "gcore",
            Self::Delve => "delve",
        })
    }
}

/// What came of it.
pub(super) enum Wrote {
    /// The core.
    Core(PathBuf),
    /// None, and why.
    Nothing(String),
}

/// The tools that are here.
pub(super) struct Dumpers {
    /// For programs with DWARF: Debian's delve.
    pub(super) delve: Option<PathBuf>,
    /// For all others: a delve that needs none.
    pub(super) newest_delve: Result<PathBuf>,
}

impl Dumpers {
    /// Has one write a core of a process, into a folder.
    ///
    /// # Errors
    /// When its commands cannot be written down.
    pub(super) fn write(
        &self,
        dumper: Dumper,
        pid: u32,
        has_dwarf: bool,
        dir: &Path,
    ) -> Result<Wrote> {
        let core = match dumper {
            Dumper::Gcore => dir.join(format!("gcore.{pid}")),
            Dumper::Delve => dir.join("delve.core"),
        };
        let mut command = limited();
        match dumper {
            Dumper::Gcore => {
                if !run::exists("gcore") {
                    return Ok(Wrote::Nothing("no gcore here".to_owned()));
                }
                command.arg("gcore").arg("-o").arg(dir.join("gcore"));
                command.arg(pid.to_string());
            }
            Dumper::Delve => {
                let tool = match (&self.delve, &self.newest_delve) {
                    (Some(delve), _) if has_dwarf => delve,
                    (_, Ok(delve)) => delve,
                    (_, Err(error)) => {
                        return Ok(Wrote::Nothing(format!("no delve here: {error:#}")));
                    }
                };
                let script = dir.join("dump.txt");
                let words = format!("dump {}\nexit\n", core.display());
                fs::write(&script, words).context("write delve's commands")?;
                command.arg(tool).args(["attach", &pid.to_string()]);
                command.args([
                    "--check-go-version=false",
                    "--allow-non-terminal-interactive=true",
                ]);
                command.arg("--init").arg(script);
            }
        }
        // Delve asks whether to kill the process.
        let answer = dir.join("answer.txt");
        fs::write(&answer, "n\n").context("write an answer")?;
        let Some(ended) = run::cut(CUT, &mut command, File::open(&answer)?.into())? else {
            return Ok(Wrote::Nothing(format!("cut off after {} s", CUT.as_secs())));
        };
        if ended.status.success() && core.exists() {
            return Ok(Wrote::Core(core));
        }
        let printed = String::from_utf8_lossy(&ended.stdout);
        let said = ended.stderr.lines().chain(printed.lines());
        let said = said.map(str::trim).rfind(|line| !line.is_empty());
        Ok(Wrote::Nothing(format!(
            "{}: {}",
            ended.status,
            said.unwrap_or_default()
        )))
    }
}

/// A command that may write no more than a disk has.
fn limited() -> Command {
    if !run::exists("prlimit") {
        return Command::new("env");
    }
    let mut command = Command::new("prlimit");
    command.args([LARGEST, "--"]);
    command
}
