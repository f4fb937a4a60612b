//! A pause that is over before anything was copied: all that follows is had without a stop, and is as true.

use std::ffi::OsStr;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use super::look::{Seen, look};
use super::outcome::Outcome;
use super::stage::{Stage, folder, gopeek_in_a_hurry};
use super::victim::Victim;
use crate::repo;

/// No thread stops in so short a time.
const LIMIT: &str = "--pause-limit=1us";

/// Goroutines, their labels, the threads that run them, and a core of it all.
pub(super) fn no_time(stage: &Stage) -> Result<Outcome> {
    let mut command = stage.program(&["-do", "locked", "-n", "20"]);
    command.env("GODEBUG", "tracebacklabels=1");
    let victim = Victim::of(command)?;
    let core = folder("hurried")?.join("hurried.core");
    for _ in 0..stage.count {
        let seen = hurried(victim.pid, &[])?;
        ensure!(
            seen.said.contains("the pause had reached its limit"),
            "the limit does not show: {}",
            seen.said
        );
        victim.is_shown_whole(&seen)?;
        let threads = locked(&victim.look(&["--threads"])?)?;
        let shown = locked(&hurried(victim.pid, &["--threads"])?)?;
        ensure!(shown == threads, "{shown:?} and not {threads:?}");

        let mut save = gopeek(&[OsStr::new("save"), OsStr::new("--force"), OsStr::new(LIMIT)]);
        save.args([&victim.pid.to_string(), "-o"]).arg(&core);
        look(&mut save)?.done()?;
        let open = || gopeek(&[OsStr::new("core"), core.as_os_str()]);
        victim.is_shown_whole(&look(&mut open())?)?;
        let shown = locked(&look(open().arg("--threads"))?)?;
        ensure!(
            shown == threads,
            "a core says {shown:?} and not {threads:?}"
        );
    }
    let steady = victim.steady();
    victim.goes_on()?;
    Ok(Outcome::Passed(format!(
        "{steady} goroutines and their threads without a stop, {} times",
        stage.count
    )))
}

fn hurried(pid: u32, options: &[&str]) -> Result<Seen> {
    look(gopeek_in_a_hurry(pid).args(options).arg(LIMIT))
}

fn gopeek(arguments: &[&OsStr]) -> Command {
    let mut command = Command::new(repo::gopeek());
    command.args(arguments);
    command
}

/// Of the threads that a look shows: GOMAXPROCS, and for each that a goroutine is locked to its number, its M and that.
fn locked(seen: &Seen) -> Result<(String, Vec<String>)> {
    let shown = String::from_utf8_lossy(seen.done()?).into_owned();
    let (_, after) = shown
        .split_once("GOMAXPROCS ")
        .context("no GOMAXPROCS among the threads")?;
    let (processors, _) = after.split_once(':').context("a GOMAXPROCS")?;
    let locked = shown.lines().filter(|line| line.contains(" (locked) "));
    let columns = |line: &str| {
        let columns: Vec<&str> = line.split_whitespace().collect();
        let of = |column: usize| columns.get(column).copied().unwrap_or_default();
        [of(0), of(2), of(4)].join(" ")
    };
    let locked: Vec<String> = locked.map(columns).collect();
    ensure!(!locked.is_empty(), "no thread is locked: {shown}");
    Ok((processors.to_owned(), locked))
}
