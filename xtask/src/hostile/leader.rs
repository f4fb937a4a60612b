//! A target whose first thread has ended: with others that live it is read, without any it is a zombie.

use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

use super::look::look;
use super::outcome::Outcome;
use super::stage::{Stage, gopeek};
use super::victim::Victim;
use crate::condition::{conditions, until};
use crate::{repo, run};

/// The exit code of what is no process that could be read.
const NO_PROCESS: i32 = 3;

/// The others live.
pub(super) fn ended(stage: &Stage) -> Result<Outcome> {
    let victim = Victim::start(stage, &["-do", "leader"])?;
    let first = conditions(victim.pid).first().map(|first| first.state);
    ensure!(first == Some('Z'), "the first thread is {first:?}");
    let seen = victim.look(&[])?;
    victim.is_shown_whole(&seen)?;
    let told = victim.look(&["--json"])?.findings()?;
    ensure!(
        told.iter()
            .any(|finding| finding.is("stopped", "note").is_ok()),
        "that the first thread has ended is not told: {told:?}"
    );
    for options in [&["--threads"][..], &["--native"], &["-g", "1"]] {
        victim.look(options)?.done()?;
    }
    let pid = victim.pid.to_string();
    let info = run::read(Command::new(repo::gopeek()).args(["info", &pid]))?;
    ensure!(info.contains("go1."), "gopeek info: {info}");
    let list = run::read(Command::new(repo::gopeek()).arg("ps"))?;
    let line = list
        .lines()
        .find(|line| line.trim_start().starts_with(&pid));
    let line = line.with_context(|| format!("gopeek ps does not list it:\n{list}"))?;
    ensure!(
        line.contains("-do leader"),
        "gopeek ps does not know its command: {line}"
    );
    victim.goes_on()?;
    Ok(Outcome::Passed("a dump like any other".to_owned()))
}

/// There are none.
pub(super) fn zombie(_: &Stage) -> Result<Outcome> {
    let mut child = Command::new("true")
        .stdout(Stdio::null())
        .spawn()
        .context("run true")?;
    let pid = child.id();
    until("a zombie", || {
        Ok(conditions(pid).iter().all(|it| it.state == 'Z'))
    })?;
    let seen = look(&mut gopeek(pid, &[]));
    child.wait()?;
    let seen = seen?;
    seen.refused(NO_PROCESS)?;
    ensure!(seen.said.contains("zombie"), "{}", seen.said);
    Ok(Outcome::Passed(format!("exit code {NO_PROCESS}")))
}
