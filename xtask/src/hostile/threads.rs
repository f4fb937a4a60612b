//! Targets with few, with many, and with short-lived threads.

use std::time::Duration;

use anyhow::{Context, Result, ensure};

use super::outcome::Outcome;
use super::stage::Stage;
use super::victim::Victim;
use crate::cell::{Mode, STATES, build};
use crate::run;

/// A target like any other: what fails here fails everywhere.
pub(super) fn well(stage: &Stage) -> Result<Outcome> {
    let victim = Victim::start(stage, &[])?;
    let seen = victim.look(&[])?;
    victim.is_shown_whole(&seen)?;
    let (steady, megabytes) = (victim.steady(), seen.memory >> 20);
    victim.goes_on()?;
    Ok(Outcome::Passed(format!(
        "{steady} goroutines to the byte, in {:.0?} and {megabytes} MB",
        seen.took
    )))
}

/// Threads that end with their goroutines, a hundred at a time.
pub(super) fn churn(stage: &Stage) -> Result<Outcome> {
    come_and_go(stage, Victim::start(stage, &["-do", "churn", "-n", "100"])?)
}

/// Threads that Go knows nothing of.
pub(super) fn churn_in_c(stage: &Stage) -> Result<Outcome> {
    if !run::exists("cc") {
        return Ok(Outcome::Skipped("no C compiler (cc)".to_owned()));
    }
    let mode = Mode::named("cgo").context("no mode with C")?;
    let mut command = build(&stage.go, mode, &STATES)?.command();
    command.args(["-do", "churn-in-c"]);
    come_and_go(stage, Victim::of(command)?)
}

fn come_and_go(stage: &Stage, mut victim: Victim) -> Result<Outcome> {
    let before = victim.beats()?.rounds;
    let mut longest = Duration::ZERO;
    for _ in 0..stage.count {
        let seen = victim.look(&[])?;
        victim.is_shown_whole(&seen)?;
        longest = longest.max(seen.pause().unwrap_or_default());
        victim.is_as_it_was()?;
    }
    let ended = victim.beats()?.rounds - before;
    ensure!(ended > 0, "no thread came and went");
    victim.goes_on()?;
    Ok(Outcome::Passed(format!(
        "{ended} ended during {} looks; longest pause {longest:.1?}",
        stage.count
    )))
}

/// So many that stopping them takes long.
pub(super) fn many(stage: &Stage) -> Result<Outcome> {
    let victim = Victim::start(stage, &["-do", "locked", "-n", "2000"])?;
    victim.is_shown_whole(&victim.look(&[])?)?;
    let mut pauses = Vec::new();
    for _ in 0..3 {
        // What it does not get in time it says.
        let seen = victim.look_in_a_hurry()?;
        let (shown, all) = (victim.is_shown_in_part(&seen)?, victim.steady());
        ensure!(
            shown == all || seen.said.contains("warning"),
            "{shown} of {all} are shown, and it does not say so: {}",
            seen.said
        );
        let pause = seen.pause().unwrap_or_default();
        pauses.push(format!("{pause:.1?} ({shown} of {all})"));
    }
    victim.goes_on()?;
    Ok(Outcome::Passed(format!("pauses {}", pauses.join(", "))))
}
