//! delve and gdb: bringing each, having it print what a process does, and knowing whether it did.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::toolchain::Toolchain;
use crate::{apt, repo, run};

/// The release of delve that knows the newest Go here.
const DELVE: &str = "1.27.2";

/// Somebody else who shows what a process does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Rival {
    /// The threads' stacks: it knows of no goroutine that is on none.
    Gdb,
    /// Every goroutine's stack, with the arguments left out.
    Delve,
}

impl fmt::Display for Rival {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Gdb => "gdb, `thread apply all bt`: threads only",
            Self::Delve => "delve, `goroutines -t`",
        })
    }
}

impl Rival {
    /// The program, brought when it is not here.
    ///
    /// # Errors
    /// When it can't be had.
    pub(super) fn bring(self, go: &Toolchain) -> Result<PathBuf> {
        match self {
            Self::Delve => delve(go),
            Self::Gdb => {
                if !run::exists("gdb") {
                    apt::install(&["gdb"])?;
                }
                Ok(PathBuf::from("gdb"))
            }
        }
    }

    /// What has it show a process and let it go; it reads `n` when it asks whether to kill the process.
    ///
    /// # Errors
    /// When its commands can't be written down.
    pub(super) fn command(self, exe: &Path, pid: u32) -> Result<Command> {
        let mut command = Command::new(exe);
        let pid = pid.to_string();
        match self {
            Self::Gdb => {
                // Without -nx, a maintainer's own settings would take part.
                command.args(["-nx", "-batch", "-iex", "set debuginfod enabled off"]);
                command.args(["-p", &pid, "-ex", "info threads"]);
                command.args(["-ex", "thread apply all bt", "-ex", "detach"]);
            }
            Self::Delve => {
                let script = repo::target().join("rivals/delve.txt");
                fs::write(&script, "goroutines -t\nexit\n").context("write delve's commands")?;
                command.args(["attach", &pid, "--allow-non-terminal-interactive=true"]);
                command.arg("--init").arg(script);
            }
        }
        Ok(command)
    }

    /// Whether what it printed is what it was asked for, of a process with so many goroutines.
    pub(super) fn is_done(self, printed: &str, goroutines: u32) -> bool {
        match self {
            Self::Gdb => printed.contains("\nThread 1 ") && printed.contains("main.main"),
            Self::Delve => {
                let count = printed.lines().find_map(|line| {
                    let (count, _) = line.strip_prefix('[')?.split_once(" goroutines]")?;
                    count.parse::<u32>().ok()
                });
                count.is_some_and(|count| count >= goroutines)
            }
        }
    }
}

/// Delve, built with this Go from the module proxy.
///
/// # Errors
/// When it can't be had.
pub(crate) fn delve(go: &Toolchain) -> Result<PathBuf> {
    let dir = repo::target().join("rivals");
    let exe = dir.join("dlv");
    let version = run::read(Command::new(&exe).arg("version"));
    if version.is_ok_and(|version| version.contains(&format!("Version: {DELVE}\n"))) {
        return Ok(exe);
    }
    fs::create_dir_all(&dir).with_context(|| format!("create {}", dir.display()))?;
    eprintln!("building delve {DELVE}");
    let mut install = go.command();
    // Go's default is one compiler for each core, each of which takes several cores itself.
    install.args(["install", "-p", "2"]);
    install.arg(format!("github.com/go-delve/delve/cmd/dlv@v{DELVE}"));
    install.env("GOBIN", &dir).env("CGO_ENABLED", "0");
    run::read(&mut install)?;
    Ok(exe)
}

#[cfg(test)]
mod tests {
    use super::Rival;

    #[test]
    fn a_rival_that_printed_too_little_has_not_done_its_work() {
        let delve = "* Goroutine 1 - User: a.go:1\n[10006 goroutines]\nWould you like";
        assert!(Rival::Delve.is_done(delve, 10_000));
        assert!(!Rival::Delve.is_done(delve, 20_000));
        assert!(!Rival::Delve.is_done("could not attach", 0));
        assert!(!Rival::Gdb.is_done("ptrace: Operation not permitted.", 0));
    }
}
