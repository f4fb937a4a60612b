//! A program in its outage, from its start until it is old enough to be looked at.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use super::truth::Truth;
use crate::cell::Built;
use crate::target::Target;

/// Maximum time for a program to come into its outage, or to end.
const LIMIT: Duration = Duration::from_secs(120);

/// A program in its outage.
pub(super) struct Started {
    target: Target,
    pub(super) truth: Truth,
    /// When it counts.
    pub(super) due: Instant,
    /// Where its truth and gopeek's report are kept.
    pub(super) folder: PathBuf,
}

impl Started {
    /// Starts the program, and waits until it is in its outage.
    pub(super) fn start(built: &Built, outage: &str, folder: &Path) -> Result<Self> {
        fs::create_dir_all(folder).with_context(|| format!("create {}", folder.display()))?;
        let file = folder.join("truth.json");
        let mut command = built.command();
        command.arg("-truth").arg(&file);
        command.arg("-stacks").arg(folder.join("stacks.txt"));
        command.arg(outage);
        let mut target = Target::start(command, &folder.join("stderr.txt"))?;
        target.wait_until_ready(LIMIT).context("the program")?;
        let text = fs::read(&file).with_context(|| format!("read {}", file.display()))?;
        let truth: Truth = serde_json::from_slice(&text).context("the program's truth")?;
        let due = Instant::now() + Duration::from_secs(truth.age);
        Ok(Self {
            target,
            truth,
            due,
            folder: folder.to_path_buf(),
        })
    }

    /// Waits until the outage is old enough to count.
    pub(super) fn wait(&self) {
        thread::sleep(self.due.saturating_duration_since(Instant::now()));
    }

    /// Process to look at.
    pub(super) fn pid(&self) -> u32 {
        self.truth.pid.unwrap_or_else(|| self.target.pid())
    }

    /// Ends the program.
    pub(super) fn end(self) -> Result<()> {
        self.target.end(LIMIT).context("the program")
    }
}
