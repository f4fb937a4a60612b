//! A target with a thread that nothing can stop: it is not waited for.

use std::time::Duration;

use anyhow::{Context, Result, ensure};

use super::outcome::Outcome;
use super::stage::{PAUSE_LIMIT, Stage};
use super::victim::Victim;

/// What a busy machine may add to a pause.
const SLACK: Duration = Duration::from_secs(1);

/// os/exec starts a program whose file is out of reach: until it comes, the thread sleeps in a vfork, in state D.
pub(super) fn vfork(stage: &Stage) -> Result<Outcome> {
    let mut victim = Victim::start(stage, &["-do", "vfork"])?;
    let begun: String = victim.ask("begin")?;
    if begun != "begun" {
        victim.end()?;
        return Ok(Outcome::Skipped(begun));
    }
    let seen = victim.look_in_a_hurry()?;
    victim.is_shown_whole(&seen)?;
    let dump = String::from_utf8_lossy(seen.done()?);
    ensure!(
        dump.contains("rawVforkSyscall") && dump.contains("forkAndExecInChild"),
        "the goroutine in a vfork is not shown:\n{dump}"
    );
    let pause = seen.pause().context("no pause is told")?;
    ensure!(
        pause < PAUSE_LIMIT + SLACK,
        "held for {pause:?}, where {PAUSE_LIMIT:?} is the limit"
    );
    victim.is_as_it_was()?;
    let started: String = victim.ask("settle")?;
    ensure!(started == "started", "{started}");
    victim.goes_on()?;
    Ok(Outcome::Passed(format!(
        "held for {pause:.1?} of {PAUSE_LIMIT:?}"
    )))
}
