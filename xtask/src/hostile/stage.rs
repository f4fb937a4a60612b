//! What all scenarios share: the programs, built, what this machine can do, and gopeek.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};

use crate::cell::{Built, Mode, STATES, WITHIN, build};
use crate::look::UNHURRIED;
use crate::toolchain::{self, Toolchain};
use crate::{repo, run};

/// How long gopeek promises to hold a target at most, when it is not told otherwise.
pub(super) const PAUSE_LIMIT: Duration = Duration::from_millis(50);

/// The status with which `within` says that the kernel refused.
const REFUSED: i32 = 77;

/// What was made ready.
pub(super) struct Stage {
    /// What builds the programs.
    pub(super) go: Toolchain,
    /// A program for every state.
    pub(super) states: Built,
    /// Runs programs in namespaces and under filters.
    within: Built,
    /// How often what depends on the moment is tried.
    pub(super) count: usize,
    seed: u64,
}

impl Stage {
    /// Builds what is needed.
    pub(super) fn set(seed: u64, count: usize, use_path: bool) -> Result<Self> {
        let go = toolchain::newest(use_path)?;
        // As developed: what damages itself finds out by its own symbols and DWARF where.
        let mode = Mode::named("plain").context("no mode that leaves a program as it is built")?;
        Ok(Self {
            states: build(&go, mode, &STATES)?,
            within: build(&go, mode, &WITHIN)?,
            go,
            count,
            seed,
        })
    }

    /// Random numbers, the same for the same seed and scenario.
    pub(super) fn random(&self) -> fastrand::Rng {
        fastrand::Rng::with_seed(self.seed)
    }

    /// The program in a state.
    pub(super) fn program(&self, arguments: &[&str]) -> Command {
        let mut command = self.states.command();
        command.args(arguments);
        command
    }

    /// A command, by way of `within` with these options.
    pub(super) fn within(&self, options: &[&str], what: &Command) -> Command {
        let mut command = self.within.command();
        command
            .args(options)
            .arg(what.get_program())
            .args(what.get_args());
        command
    }

    /// Why `within` can't do that here; nothing where it can.
    pub(super) fn refusal(&self, options: &[&str]) -> Result<Option<String>> {
        let mut probe = self.within(options, &Command::new("/bin/true"));
        let ended = run::within(Duration::from_secs(20), &mut probe)?;
        let refused = ended.status.code() == Some(REFUSED);
        Ok(refused.then(|| format!("the kernel refuses it here ({})", ended.stderr)))
    }
}

/// gopeek, on a process. However slow the machine is, it may hold the target until it has everything.
pub(super) fn gopeek(pid: u32, options: &[&str]) -> Command {
    let mut command = gopeek_in_a_hurry(pid);
    command.args(options).arg(UNHURRIED);
    command
}

/// Likewise, with the limit that people have: of a slow machine's target it may not get everything.
pub(super) fn gopeek_in_a_hurry(pid: u32) -> Command {
    let mut command = Command::new(repo::gopeek());
    command.arg(pid.to_string());
    command
}

/// A folder for a scenario's files.
pub(super) fn folder(name: &str) -> Result<PathBuf> {
    let dir = repo::target().join("hostile").join(name);
    fs::create_dir_all(&dir).with_context(|| format!("create {}", dir.display()))?;
    Ok(dir)
}
