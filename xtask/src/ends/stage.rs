//! What every run needs: a target, gopeek's command line, and how long both take undisturbed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use procfs::process::Process;
use rustix::process::Signal;

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
                self.obedient().map(drop)
            }
            Kind::Signal(_) | Kind::Stopped(_) => self.obedient().map(drop),
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

    /// The words before gopeek's name by which signals do to it what they do by default: a shell's `&` and nohup have
    /// some ignored, by all that they start.
    pub(super) fn obedient(&self) -> Result<&'static [&'static str]> {
        const DEFAULT: &[&str] = &["env", "--default-signal=HUP,INT,TERM,TSTP,CONT"];
        let ignored = Process::myself()?.status()?.sigign;
        let sent = [Signal::HUP, Signal::INT, Signal::TERM, Signal::TSTP];
        if sent
            .iter()
            .all(|signal| ignored >> (signal.as_raw() - 1) & 1 == 0)
        {
            return Ok(&[]);
        }
        let mut env = Command::new(DEFAULT[0]);
        run::read(env.args(&DEFAULT[1..]).arg("true"))
            .context("signals are ignored here, and this env can't change that")?;
        Ok(DEFAULT)
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

/// gopeek, under a limit that prlimit calls `name`.
pub(super) fn limited(name: &str, value: u64) -> Command {
    let mut command = Command::new("prlimit");
    command.arg(format!("--{name}={value}"));
    command.arg(repo::gopeek());
    command
}

/// A program that can't start a thread. Root has no limit of threads, so as another user, who may trace all the same.
pub(super) fn no_more_threads(program: &str) -> Command {
    const CAPABILITIES: &str = "+sys_ptrace,+dac_override";
    let mut command = Command::new("prlimit");
    command.args(["--nproc=1", "setpriv", "--reuid=65534", "--clear-groups"]);
    command.args([
        format!("--inh-caps={CAPABILITIES}"),
        format!("--ambient-caps={CAPABILITIES}"),
    ]);
    command.arg(program);
    command
}

/// A program whose `$FULL` is a folder with room for little, in a mount namespace of its own. What is left there at its
/// end is said on standard output.
pub(super) fn full_file_system(program: &str, folder: &Path) -> Command {
    let mut command = Command::new("unshare");
    command.args(["--mount", "--propagation", "private", "sh", "-c"]);
    command.arg(
        "mount -t tmpfs -o size=64k tmpfs \"$FULL\" && { \"$@\"; code=$?; ls -A \"$FULL\"; exit $code; }",
    );
    command.arg("sh").arg(program);
    command.env("FULL", folder);
    command
}

fn has(tool: &str) -> Result<()> {
    if !run::exists(tool) {
        bail!("there is no {tool}");
    }
    Ok(())
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
