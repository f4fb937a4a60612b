//! A target that is not dumpable: root reads it, nobody else does.

use std::os::unix::process::CommandExt;
use std::process::Command;

use anyhow::{Result, ensure};

use super::list::Outcome;
use super::look::look;
use super::stage::Stage;
use super::victim::Victim;
use crate::{apt, repo, run};

/// Not permitted, as docs/exit-codes.md has it.
const NOT_PERMITTED: i32 = 4;
/// Nobody, on every Linux.
const NOBODY: u32 = 65534;

/// It has asked for that itself.
pub(super) fn undumpable(stage: &Stage) -> Result<Outcome> {
    let victim = Victim::start(stage, &["-do", "hidden"])?;
    let mut note = "refused".to_owned();
    if apt::is_root() {
        let seen = victim.look(stage, &[])?;
        victim.is_shown_whole(&seen)?;
        note = "root read it".to_owned();
        if may_run_gopeek() {
            let mut gopeek = stage.gopeek(victim.pid, &[]);
            look(gopeek.uid(NOBODY).gid(NOBODY))?.refused(NOT_PERMITTED)?;
            note += "; another uid was refused";
        } else {
            note += "; skipped for another uid, which may not run gopeek where it is";
        }
    } else {
        let seen = victim.look(stage, &[])?;
        seen.refused(NOT_PERMITTED)?;
        ensure!(seen.said.contains("dumpable"), "{}", seen.said);
    }
    victim.goes_on()?;
    Ok(Outcome::Passed(note))
}

fn may_run_gopeek() -> bool {
    let mut gopeek = Command::new(repo::gopeek());
    run::read(gopeek.arg("--version").uid(NOBODY).gid(NOBODY)).is_ok()
}
