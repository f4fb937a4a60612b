//! A target that keeps a page of its memory from ever being read: gopeek ends in time, and says so.

use std::process::Command;

use anyhow::{Context, Result, ensure};

use super::look::{TOO_LONG, look};
use super::outcome::Outcome;
use super::stage::{Stage, folder, gopeek_in_a_hurry};
use super::victim::Victim;
use crate::condition::until;
use crate::{apt, repo};

/// A limit that no other look here comes near.
const LIMIT: &str = "--time-limit=2s";

/// The record of a goroutine is in such a page.
pub(super) fn withheld(stage: &Stage) -> Result<Outcome> {
    if !apt::is_root() {
        return Ok(Outcome::Skipped(
            "only root may keep pages from the kernel".to_owned(),
        ));
    }
    let mut victim = Victim::start(stage, &["-do", "damaged", "-what", "g-withheld"])?;
    let _: Vec<u64> = victim.ask("begin")?;
    let core = folder("withheld")?.join("core");
    let mut save = Command::new(repo::gopeek());
    save.args(["save", "--force", LIMIT, "-o"]).arg(&core);
    save.arg(victim.pid.to_string());
    let mut whole = gopeek_in_a_hurry(victim.pid);
    let mut unstopped = gopeek_in_a_hurry(victim.pid);
    for command in [
        whole.arg(LIMIT),
        unstopped.args([LIMIT, "--no-stop"]),
        &mut save,
    ] {
        look(command)?.refused(TOO_LONG)?;
        until("gone", || Ok(is_untraced(victim.pid)))?;
    }
    ensure!(!core.exists(), "a core is there");
    // One that does not answer does not hide the others.
    let mut other = Victim::start(stage, &[])?;
    let list = look(Command::new(repo::gopeek()).arg("ps"))?;
    let list = String::from_utf8_lossy(list.done()?).into_owned();
    let row = list
        .lines()
        .find(|line| line.trim_start().starts_with(&format!("{} ", other.pid)));
    row.with_context(|| format!("another process is missing:\n{list}"))?;
    other.is_as_it_was()?;
    other.end()?;
    victim.goes_on()?;
    Ok(Outcome::Passed(
        "given up in time, and not hidden others".to_owned(),
    ))
}

fn is_untraced(pid: u32) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"));
    status.is_ok_and(|status| status.lines().any(|line| line == "TracerPid:\t0"))
}
