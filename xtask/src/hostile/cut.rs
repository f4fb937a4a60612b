//! Files that are cut off while gopeek has them mapped.

use std::fs;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use anyhow::{Context, Result, anyhow, ensure};

use super::look::{look, look_at_core};
use super::outcome::Outcome;
use super::stage::{Stage, folder};
use super::victim::Victim;
use crate::repo;

/// A malformed file, as docs/exit-codes.md has it.
const MALFORMED: i32 = 8;

/// A library of the target's is, all the time.
pub(super) fn library(stage: &Stage) -> Result<Outcome> {
    let mut victim = Victim::start(stage, &["-do", "cutting"])?;
    let mut whole = 0;
    for _ in 0..stage.count {
        // C frames are looked for in all files that are mapped.
        let seen = victim.look(&["--native"])?;
        if seen.code == MALFORMED {
            seen.refused(MALFORMED)?;
        } else {
            victim.is_shown_whole(&seen)?;
            whole += 1;
        }
    }
    let rounds: u64 = victim.ask("settle")?;
    ensure!(rounds > 0, "nothing was cut off");
    victim.goes_on()?;
    Ok(Outcome::Passed(format!(
        "{whole} of {} looks whole, {rounds} times cut off",
        stage.count
    )))
}

/// A core is, all the time.
pub(super) fn core(stage: &Stage) -> Result<Outcome> {
    let victim = Victim::start(stage, &[])?;
    let path = folder("cut")?.join("core");
    let mut save = Command::new(repo::gopeek());
    save.args(["save", "--force", "-o"]).arg(&path);
    look(save.arg(victim.pid.to_string()))?.done()?;
    victim.goes_on()?;
    let len = fs::metadata(&path)?.len();
    let file = fs::OpenOptions::new().write(true).open(&path)?;
    let done = AtomicBool::new(false);
    let looks = thread::scope(|scope| {
        let cutter = scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                file.set_len(len / 8)?;
                file.set_len(len)?;
            }
            anyhow::Ok(())
        });
        let looks = (0..stage.count).try_for_each(|_| {
            // Whatever is left of it: an end with a code.
            look_at_core(Command::new(repo::gopeek()).arg("core").arg(&path)).map(drop)
        });
        done.store(true, Ordering::Relaxed);
        let cut = cutter.join().map_err(|_| anyhow!("the cutter panicked"))?;
        looks.and(cut)
    });
    looks.context("a core that is cut off")?;
    fs::remove_file(&path)?;
    Ok(Outcome::Passed(format!(
        "{} looks came to an end",
        stage.count
    )))
}
