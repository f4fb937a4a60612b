//! What gopeek is run under: limits, a full file system, signals that do what they do by default.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};
use procfs::process::Process;
use rustix::process::{Signal, geteuid};

use crate::{repo, run};

/// The words before gopeek's name by which signals do to it what they do by default: a shell's `&` and nohup have
/// some ignored, by all that they start.
pub(super) fn obedient() -> Result<&'static [&'static str]> {
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

/// gopeek, under a limit that prlimit calls `name`.
pub(super) fn limited(name: &str, value: u64) -> Command {
    let mut command = Command::new("prlimit");
    command.arg(format!("--{name}={value}"));
    command.arg(repo::gopeek());
    command
}

/// A program that can't start a thread. Root has no limit of threads: in its place another user, who may trace all the
/// same.
pub(super) fn no_more_threads(program: &str) -> Command {
    const CAPABILITIES: &str = "+sys_ptrace,+dac_override";
    let mut command = Command::new("prlimit");
    command.arg("--nproc=1");
    if geteuid().is_root() {
        command.args(["setpriv", "--reuid=65534", "--clear-groups"]);
        command.arg(format!("--inh-caps={CAPABILITIES}"));
        command.arg(format!("--ambient-caps={CAPABILITIES}"));
    }
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

/// Checks that there is a tool.
pub(super) fn has(tool: &str) -> Result<()> {
    if !run::exists(tool) {
        bail!("there is no {tool}");
    }
    Ok(())
}
