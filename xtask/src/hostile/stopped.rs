//! A target that SIGSTOP has stopped: it is read, and is left stopped.

use anyhow::{Context, Result};
use rustix::process::Signal;

use super::moments::amid;
use super::outcome::Outcome;
use super::stage::Stage;
use super::victim::Victim;
use crate::condition::{signal, until_all};

/// Stopped before gopeek looks.
pub(super) fn before(stage: &Stage) -> Result<Outcome> {
    let victim = Victim::start(stage, &[])?;
    signal(victim.pid, Signal::STOP)?;
    until_all(victim.pid, "T")?;
    for _ in 0..3 {
        let seen = victim.look(&[])?;
        victim.is_shown_whole(&seen)?;
        until_all(victim.pid, "T").context("it does not stay stopped")?;
    }
    let first = victim.look(&["--json"])?.first_finding()?;
    first.is("stopped", "stuck")?;
    first.has_fact("signal", "SIGSTOP")?;
    let unstopped = victim
        .look_without_a_stop(&["--json"])
        .and_then(|seen| seen.first_finding())?;
    unstopped.is("stopped", "stuck")?;
    until_all(victim.pid, "T")?;
    signal(victim.pid, Signal::CONT)?;
    victim.goes_on()?;
    Ok(Outcome::Passed("read, and left stopped".to_owned()))
}

/// Stopped at any moment of a look, and continued at any moment of another.
pub(super) fn meanwhile(stage: &Stage) -> Result<Outcome> {
    let mut random = stage.random();
    let mut victim = Victim::start(stage, &[])?;
    let pid = victim.pid;
    for _ in 0..stage.count {
        let seen = amid(&mut random, pid, || signal(pid, Signal::STOP))?;
        until_all(pid, "T").context("it was stopped meanwhile")?;
        victim.is_shown_whole(&seen)?;
        let seen = amid(&mut random, pid, || signal(pid, Signal::CONT))?;
        victim.is_shown_whole(&seen)?;
        victim
            .is_as_it_was()
            .context("it was continued meanwhile")?;
    }
    victim.goes_on()?;
    Ok(Outcome::Passed(format!("{} times each", stage.count)))
}
