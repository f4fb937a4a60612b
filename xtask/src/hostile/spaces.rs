//! A target in namespaces of its own: its numbers, files and clock are others than ours.

use std::fs;

use anyhow::{Context, Result, ensure};

use super::look::Seen;
use super::outcome::Outcome;
use super::stage::{Stage, folder};
use super::victim::Victim;
use crate::condition::{tids, uptime};

/// A pid namespace, in which it has the number 1.
pub(super) fn pid(stage: &Stage) -> Result<Outcome> {
    within(stage, &["-pid"])
}

/// A mount namespace: where its program lies for it, there is nothing for us.
pub(super) fn mount(stage: &Stage) -> Result<Outcome> {
    let dir = folder("unseen")?;
    within(stage, &["-mount", &dir.to_string_lossy()])
}

/// A user namespace.
pub(super) fn user(stage: &Stage) -> Result<Outcome> {
    within(stage, &["-user"])
}

/// Time namespaces: one that has been up for longer than we, and one that has not.
pub(super) fn time(stage: &Stage) -> Result<Outcome> {
    let half = uptime()?.as_secs() / 2;
    for shift in [1_000_000.to_string(), format!("-{half}")] {
        let outcome = within(stage, &[&format!("-time={shift}")])?;
        if matches!(outcome, Outcome::Skipped(_)) {
            return Ok(outcome);
        }
    }
    Ok(Outcome::Passed(
        "the wait of five minutes is one".to_owned(),
    ))
}

/// All at once, as in a container.
pub(super) fn all(stage: &Stage) -> Result<Outcome> {
    let dir = folder("unseen")?;
    let dir = dir.to_string_lossy();
    within(stage, &["-pid", "-user", "-time=1000", "-mount", &dir])
}

fn within(stage: &Stage, options: &[&str]) -> Result<Outcome> {
    if let Some(reason) = stage.refusal(options)? {
        return Ok(Outcome::Skipped(reason));
    }
    // It says of a goroutine that it has been waiting for five minutes, by the clock that it sees.
    let program = stage.program(&["-do", "damaged", "-what", "waited"]);
    let mut victim = Victim::of(stage.within(options, &program))?;
    let _: Vec<u64> = victim.ask("begin")?;
    victim.tell()?;
    let seen = victim.look(&[])?;
    victim.is_shown_whole(&seen)?;
    let dump = String::from_utf8_lossy(seen.done()?);
    ensure!(
        dump.contains(", 5 minutes"),
        "no wait of five minutes:\n{dump}"
    );
    threads_are_its_own(&victim, &victim.look(&["--threads"])?)?;
    victim.goes_on()?;
    Ok(Outcome::Passed(
        "whole, with its waits and its threads".to_owned(),
    ))
}

/// Its threads have our numbers, and are joined with the Ms that know them by others: m0 is the first thread.
fn threads_are_its_own(victim: &Victim, seen: &Seen) -> Result<()> {
    let table = String::from_utf8_lossy(seen.done()?).into_owned();
    let tids = tids(victim.pid);
    let rows = table.lines().skip(3).map(|line| line.split_whitespace());
    let mut first = None;
    for mut row in rows {
        let (tid, m) = (row.next(), row.nth(1));
        let tid: i32 = tid
            .and_then(|tid| tid.parse().ok())
            .with_context(|| table.clone())?;
        ensure!(tids.contains(&tid), "{tid} is no thread of it:\n{table}");
        if m == Some("m0") {
            first = Some(tid);
        }
    }
    ensure!(
        first == Some(victim.pid.cast_signed()),
        "m0 is not on its first thread:\n{table}"
    );
    Ok(())
}

/// The program is gone from where it was.
pub(super) fn deleted(stage: &Stage) -> Result<Outcome> {
    let copy = folder("deleted")?.join("program");
    fs::copy(&stage.states.exe, &copy).with_context(|| format!("write {}", copy.display()))?;
    let victim = Victim::of(std::process::Command::new(&copy))?;
    fs::remove_file(&copy)?;
    let seen = victim.look(&[])?;
    victim.is_shown_whole(&seen)?;
    victim.goes_on()?;
    Ok(Outcome::Passed("whole".to_owned()))
}
