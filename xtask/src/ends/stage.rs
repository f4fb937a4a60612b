//! What every run needs: a target, gopeek's command line, and how long both take undisturbed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use super::setting::{full_file_system, has, limited, no_more_threads, obedient};
use super::target::{LIMIT, beats, reset};
use super::way::Kind;
use crate::cell::Built;
use crate::target::Target;
use crate::{dump, repo, run};

/// How often gopeek runs undisturbed at first.
const REHEARSALS: usize = 5;
/// The finest step in which a limit of memory is sought.
const MEMORY_STEP: u64 = 1 << 20;

/// A running target, and what is known of looking at it.
pub(super) struct Stage {
    command: Vec<String>,
    exe: PathBuf,
    pub(super) target: Target,
    pub(super) usual: Usual,
    /// The least address space that gopeek can do with, once it was sought.
    least_memory: Option<u64>,
}

/// An undisturbed run.
#[derive(Clone, Copy, Debug)]
pub(super) struct Usual {
    /// From gopeek's start to its end.
    pub(super) wall: Duration,
    /// The heartbeat's longest gap meanwhile.
    pub(super) gap: Duration,
    /// The size of the dump.
    pub(super) bytes: usize,
    /// The goroutines in it.
    pub(super) goroutines: usize,
}

impl Stage {
    /// Starts the target, and looks at it a few times.
    pub(super) fn set(built: &Built, n: u32) -> Result<Self> {
        let command = vec!["-n".to_owned(), n.to_string()];
        let mut target = start(&built.exe, &command)?;
        let usual = rehearse(&mut target)?;
        Ok(Self {
            command,
            exe: built.exe.clone(),
            target,
            usual,
            least_memory: None,
        })
    }

    /// Another target in the place of one that was harmed.
    pub(super) fn replace_target(&mut self) -> Result<()> {
        self.target = start(&self.exe, &self.command)?;
        Ok(())
    }

    /// Sees the target end in peace.
    pub(super) fn close(self) -> Result<()> {
        self.target.end(LIMIT).context("the target")
    }

    /// Whether a way can be gone here; the error says why not.
    pub(super) fn can(&mut self, kind: Kind) -> Result<()> {
        match kind {
            Kind::Terminal => {
                has("setsid")?;
                obedient().map(drop)
            }
            Kind::Signal(_) | Kind::Stopped(_) => obedient().map(drop),
            Kind::FileFull => {
                let mut empty = full_file_system("true", &folder()?);
                run::read(&mut empty).map(drop)
            }
            Kind::FileLimit | Kind::Files => has("prlimit"),
            Kind::Memory => {
                has("prlimit")?;
                self.least_memory().map(drop)
            }
            Kind::Threads => {
                let mut without = no_more_threads("true");
                run::read(&mut without).map(drop)
            }
            Kind::StdoutUnread
            | Kind::StdoutCut
            | Kind::StderrUnread
            | Kind::StderrClosed
            | Kind::StdoutFull => Ok(()),
        }
    }

    /// The least address space in which gopeek succeeds, sought by halves.
    pub(super) fn least_memory(&mut self) -> Result<u64> {
        if let Some(least) = self.least_memory {
            return Ok(least);
        }
        let (mut too_little, mut enough) = (0, 16 << 30);
        while enough - too_little > MEMORY_STEP {
            let middle = u64::midpoint(too_little, enough);
            let mut gopeek = limited("as", middle);
            gopeek.args(self.arguments(Path::new("/dev/null")));
            if run::within(LIMIT, &mut gopeek)?.status.success() {
                enough = middle;
            } else {
                too_little = middle;
            }
        }
        ensure!(
            enough < 16 << 30,
            "gopeek fails under any limit of its memory"
        );
        self.least_memory = Some(enough);
        Ok(enough)
    }

    /// What gopeek is given to write its dump to `path`.
    pub(super) fn arguments(&self, path: &Path) -> Vec<String> {
        let mut arguments = vec!["-o".to_owned(), path.display().to_string()];
        arguments.push(self.target.pid().to_string());
        arguments
    }
}

/// Where the files of this verb are.
pub(super) fn folder() -> Result<PathBuf> {
    let folder = repo::target().join("ends");
    fs::create_dir_all(&folder).with_context(|| format!("create {}", folder.display()))?;
    Ok(folder)
}

fn start(exe: &Path, arguments: &[String]) -> Result<Target> {
    let mut command = Command::new(exe);
    command.args(arguments);
    let mut target = Target::start(command, &folder()?.join("stderr.txt"))?;
    target.wait_until_ready(LIMIT).context("the target")?;
    Ok(target)
}

fn rehearse(target: &mut Target) -> Result<Usual> {
    let mut runs = Vec::new();
    for _ in 0..REHEARSALS {
        reset(target)?;
        let mut gopeek = Command::new(repo::gopeek());
        let ended = run::gopeek(LIMIT, gopeek.arg(target.pid().to_string()))?;
        runs.push(Usual {
            wall: ended.took,
            gap: beats(target)?,
            bytes: ended.stdout.len(),
            goroutines: dump::split(&ended.stdout)?.len(),
        });
    }
    runs.sort_unstable_by_key(|run| run.wall);
    runs.get(REHEARSALS / 2).copied().context("no run")
}
