//! A target that is not dumpable: root reads it, nobody else does.

use std::os::unix::process::CommandExt;
use std::process::Command;

use anyhow::{Result, ensure};

use super::look::look;
use super::outcome::Outcome;
use super::stage::{Stage, gopeek};
use super::victim::Victim;
use crate::{apt, repo, run};

/// Not permitted, as docs/exit-codes.md has it.
const NOT_PERMITTED: i32 = 4;
/// Nobody, on every Linux.
const NOBODY: u32 = 65534;

/// It has asked for that itself.
pub(super) fn undumpable(stage: &Stage) -> Result<Outcome> {
    let victim = Victim::start(stage, &["-do", "hidden"])?;
    let note = if apt::is_root() {
        let seen = victim.look(&[])?;
        victim.is_shown_whole(&seen)?;
        if may_run_gopeek() {
            let mut gopeek = gopeek(victim.pid, &[]);
            look(gopeek.uid(NOBODY).gid(NOBODY))?.refused(NOT_PERMITTED)?;
            "root read it, another uid was refused"
        } else {
            "root read it; another uid may not run gopeek where it is"
        }
    } else {
        let seen = victim.look(&[])?;
        seen.refused(NOT_PERMITTED)?;
        ensure!(seen.said.contains("dumpable"), "{}", seen.said);
        "its own uid was refused"
    };
    victim.goes_on()?;
    Ok(Outcome::Passed(note.to_owned()))
}

fn may_run_gopeek() -> bool {
    let mut gopeek = Command::new(repo::gopeek());
    run::read(gopeek.arg("--version").uid(NOBODY).gid(NOBODY)).is_ok()
}
