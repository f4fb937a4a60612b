//! A target that becomes another program, or ends, while it is read.

use anyhow::{Context, Result, bail, ensure};

use super::look::Seen;
use super::moments::amid;
use super::outcome::Outcome;
use super::stage::Stage;
use super::victim::{FREE, Victim};
use crate::condition::until_all;
use crate::dump;

/// It exited or became another program, as docs/exit-codes.md has it.
const CHANGED: i32 = 7;
/// It was gone before it was looked at.
const NO_PROCESS: i32 = 3;

/// It starts itself anew every few milliseconds.
pub(super) fn exec(stage: &Stage) -> Result<Outcome> {
    let mut victim = Victim::mute(stage.program(&["-do", "exec"]))?;
    let (mut whole, mut told) = (0, 0);
    for _ in 0..3 * stage.count {
        let seen = victim.look(&[])?;
        match seen.code {
            0 => {
                is_sound(&seen)?;
                whole += 1;
            }
            CHANGED => told += 1,
            _ => bail!("exit code {}: {}", seen.code, seen.said),
        }
    }
    until_all(victim.pid, FREE)?;
    for _ in 0..3 {
        victim.line().context("it does not go on")?;
    }
    victim.end()?;
    Ok(Outcome::Passed(format!(
        "{whole} dumps, {told} times the error {CHANGED}"
    )))
}

/// A dump of a program that is still beginning has few goroutines, but no wrong ones.
fn is_sound(seen: &Seen) -> Result<()> {
    dump::split(&seen.dump).with_context(|| seen.said.clone())?;
    let wrong = ["nearest table", "not whole", "no goroutine"];
    let wrong = wrong.iter().find(|wrong| seen.said.contains(**wrong));
    ensure!(
        wrong.is_none(),
        "{}\n{}",
        seen.said,
        String::from_utf8_lossy(&seen.dump)
    );
    Ok(())
}

/// It ends at any moment of a look.
pub(super) fn exit(stage: &Stage) -> Result<Outcome> {
    let mut random = stage.random();
    let (mut whole, mut told, mut gone) = (0, 0, 0);
    for _ in 0..stage.count {
        let mut victim = Victim::start(stage, &[])?;
        let pid = victim.pid;
        let seen = amid(&mut random, pid, || {
            victim.hang_up();
            Ok(())
        })?;
        match seen.code {
            0 => {
                victim.is_shown_whole(&seen)?;
                whole += 1;
            }
            CHANGED => told += 1,
            NO_PROCESS => gone += 1,
            _ => bail!("exit code {}: {}", seen.code, seen.said),
        }
        victim.end()?;
    }
    Ok(Outcome::Passed(format!(
        "{whole} dumps, {told} times the error {CHANGED}, {gone} times {NO_PROCESS}"
    )))
}
