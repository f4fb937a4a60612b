//! The target: whether something holds it, and that its heart beats.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use procfs::process::{Process, Stat};
use serde::Deserialize;

use crate::target::Target;

/// Longer than anything here takes, on a machine that is busy with other things.
pub(super) const LIMIT: Duration = Duration::from_secs(60);
/// How long what held a target may take to be gone from /proc.
const RELEASE: Duration = Duration::from_secs(2);

/// The answer to `gap`.
#[derive(Deserialize, Debug)]
struct Heart {
    max_gap_ns: u64,
    samples: u64,
}

/// Whether somebody traces the process's first thread.
pub(super) fn is_held(pid: u32) -> bool {
    let status = Process::new(pid.cast_signed()).and_then(|process| process.status());
    status.is_ok_and(|status| status.tracerpid != 0)
}

/// The kernel's letter for the state of a process's first thread; nothing once it is gone.
pub(super) fn state(pid: u32) -> Option<char> {
    stat(pid).map(|stat| stat.state)
}

/// The kernel's name for a process; nothing once it is gone.
pub(super) fn name(pid: u32) -> Option<String> {
    stat(pid).map(|stat| stat.comm)
}

fn stat(pid: u32) -> Option<Stat> {
    let stat = Process::new(pid.cast_signed()).and_then(|process| process.stat());
    stat.ok()
}

/// A thread that is traced, or stands still, and by what; nothing where none is.
pub(super) fn hold(pid: u32) -> Result<Option<String>> {
    let process = Process::new(pid.cast_signed()).context("the target is gone")?;
    for task in process.tasks()?.flatten() {
        // One that is ending tells nothing any more, and nobody holds it.
        let Ok(status) = task.status() else { continue };
        let stands = status.state.to_ascii_lowercase().starts_with('t');
        if stands || status.tracerpid != 0 {
            return Ok(Some(format!(
                "thread {}: state {}, tracer {}",
                task.tid, status.state, status.tracerpid
            )));
        }
    }
    Ok(None)
}

/// Waits until nothing holds it; tells whether that was so at the first look.
///
/// # Errors
/// With who holds it still.
pub(super) fn wait_until_free(pid: u32) -> Result<bool> {
    let since = Instant::now();
    let mut at_once = true;
    while let Some(held) = hold(pid)? {
        ensure!(since.elapsed() < RELEASE, "still held: {held}");
        at_once = false;
    }
    Ok(at_once)
}

/// Forgets the longest gap so far.
pub(super) fn reset(target: &mut Target) -> Result<()> {
    target.ask("reset", LIMIT).map(drop)
}

/// Sees its heart beat on, and gives the longest gap since [`reset`].
pub(super) fn beats(target: &mut Target) -> Result<Duration> {
    let (since, before) = (Instant::now(), heart(target)?.samples);
    loop {
        let now = heart(target)?;
        if now.samples > before {
            return Ok(Duration::from_nanos(now.max_gap_ns));
        }
        ensure!(since.elapsed() < LIMIT, "its heart has stopped");
    }
}

fn heart(target: &mut Target) -> Result<Heart> {
    let answer = target.ask("gap", LIMIT)?;
    serde_json::from_str(&answer).with_context(|| format!("read {answer:?}"))
}
