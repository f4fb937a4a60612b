//! Seccomp filters, on the target and on gopeek.

use anyhow::{Result, ensure};

use super::look::look;
use super::outcome::Outcome;
use super::stage::{Stage, gopeek};
use super::victim::Victim;

/// What a container's default profile refuses of these.
const OF_CONTAINERS: &str = "ptrace,process_vm_readv,process_vm_writev,kcmp";

/// The target may do none of what is done to it.
pub(super) fn target(stage: &Stage) -> Result<Outcome> {
    let options = ["-deny", OF_CONTAINERS];
    if let Some(reason) = stage.refusal(&options)? {
        return Ok(Outcome::Skipped(reason));
    }
    let victim = Victim::of(stage.within(&options, &stage.program(&[])))?;
    let seen = victim.look(&[])?;
    victim.is_shown_whole(&seen)?;
    victim.goes_on()?;
    Ok(Outcome::Passed("whole".to_owned()))
}

/// Memory is read from its file.
pub(super) fn no_vm_readv(stage: &Stage) -> Result<Outcome> {
    denied(stage, "process_vm_readv", "whole, through /proc/PID/mem")
}

/// The target can't be stopped.
pub(super) fn no_ptrace(stage: &Stage) -> Result<Outcome> {
    denied(stage, "ptrace", "read without a stop")
}

fn denied(stage: &Stage, call: &str, note: &str) -> Result<Outcome> {
    let options = ["-deny", call];
    if let Some(reason) = stage.refusal(&options)? {
        return Ok(Outcome::Skipped(reason));
    }
    let victim = Victim::start(stage, &[])?;
    let seen = look(&mut stage.within(&options, &gopeek(victim.pid, &[])))?;
    victim.is_shown_whole(&seen)?;
    let stopped = seen.pause().is_some();
    ensure!(stopped == (call != "ptrace"), "{}", seen.said);
    victim.goes_on()?;
    Ok(Outcome::Passed(note.to_owned()))
}
