//! A limit on the size of files (`ulimit -f`), below what gopeek writes: an error with a word, and nothing left behind.

use std::fs;
use std::process::Command;

use anyhow::{Result, ensure};

use super::look::look;
use super::outcome::Outcome;
use super::stage::{Stage, folder};
use super::victim::Victim;
use crate::{repo, run};

/// The output could not be written, as docs/exit-codes.md has it.
const NOT_WRITTEN: i32 = 1;

/// A dump, a core and an archive.
pub(super) fn file_size(stage: &Stage) -> Result<Outcome> {
    if !run::exists("prlimit") {
        return Ok(Outcome::Skipped("there is no prlimit".to_owned()));
    }
    let victim = Victim::start(stage, &[])?;
    let folder = folder("file-size")?;
    let pid = victim.pid.to_string();
    let texts: [&[&str]; 4] = [
        &[&pid, "-o", "dump"],
        &["save", &pid, "-o", "core"],
        &["save", &pid, "--full", "-o", "full.zst"],
        &[&pid, "--bundle", "all.tar.gz"],
    ];
    for text in texts {
        let mut command = Command::new("prlimit");
        command.arg("--fsize=512").arg(repo::gopeek()).args(text);
        look(command.current_dir(&folder))?.refused(NOT_WRITTEN)?;
        let left = fs::read_dir(&folder)?.count();
        ensure!(left == 0, "gopeek {text:?} left {left} files behind");
    }
    victim.goes_on()?;
    Ok(Outcome::Passed(format!("{} outputs", texts.len())))
}
