//! One gopeek: started, ended in a way, and what became of its target.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, ExitStatus};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use rustix::process::{Pid, Signal, kill_process};

use super::gopeek::start;
use super::moment::Moment;
use super::stage::{Stage, folder};
use super::target::{LIMIT, beats, hold, reset, state, wait_until_free};
use super::way::{Kind, Way};

/// What came of one run.
#[derive(Debug)]
pub(super) struct Ended {
    pub(super) status: ExitStatus,
    /// gopeek held the target when it happened: when something was done to it, else when it was last seen alive.
    pub(super) held: bool,
    /// gopeek was seen to stand still, with its target running.
    pub(super) stood: bool,
    /// Nothing held the target at the first look after gopeek's end.
    pub(super) free_at_once: bool,
    /// The longest gap of the heartbeat meanwhile.
    pub(super) gap: Duration,
    /// A file that gopeek left behind beside the one that was asked for.
    pub(super) leftover: bool,
    /// What the target has kept of it.
    pub(super) harm: Option<String>,
    /// How else gopeek ended than it should.
    pub(super) surprise: Option<String>,
}

/// Starts gopeek, ends it, and looks at its target.
pub(super) fn end_once(
    stage: &mut Stage,
    way: &Way,
    number: usize,
    random: &mut fastrand::Rng,
) -> Result<Ended> {
    let out = folder()?.join("dump.txt");
    reset(&mut stage.target)?;
    let usual = stage.usual;
    let mut running = start(stage, way.kind, number, &out, random)?;
    let pid = stage.target.pid();

    let mut held = false;
    if way.kind.has_moment() {
        let moment = Moment::draw(number, usual.wall, usual.gap, random);
        let child = &mut running.child;
        let is_over = || Ok(child.try_wait()?.is_some());
        held = moment.wait(running.started, pid, is_over)?;
    }
    let mut stood = Ok(false);
    match way.kind {
        Kind::Signal(signal) => send(&mut running.child, signal)?,
        Kind::Stopped(then) => {
            send(&mut running.child, Signal::TSTP)?;
            stood = stand_still(&mut running.child, stage);
            send(&mut running.child, then)?;
        }
        Kind::Terminal => drop(running.terminal.take()),
        _ => {}
    }
    let (left, held_last) = running.end(way.kind, usual.bytes, pid, random)?;
    held |= held_last;
    let freed = wait_until_free(pid);
    let beating = beats(&mut stage.target);
    let harms = [
        stood.as_ref().err(),
        freed.as_ref().err(),
        beating.as_ref().err(),
    ];
    let harm = harms.into_iter().flatten().next();
    let harm = harm.map(|error| format!("{error:#}"));
    Ok(Ended {
        status: left.status,
        held,
        harm,
        stood: stood.unwrap_or(false),
        free_at_once: freed.unwrap_or(false),
        gap: beating.unwrap_or_default(),
        leftover: sweep(&out)?,
        surprise: way.expected.surprise(&left, usual.goroutines),
    })
}

/// Sends a signal, unless it has ended; its number is its own until it is waited for.
fn send(child: &mut Child, signal: Signal) -> Result<()> {
    if child.try_wait()?.is_none() {
        let pid = Pid::from_raw(child.id().cast_signed()).context("no process")?;
        kill_process(pid, signal)?;
    }
    Ok(())
}

/// Waits until gopeek stands still, and sees its target run meanwhile. Not so where gopeek ends first.
fn stand_still(gopeek: &mut Child, stage: &mut Stage) -> Result<bool> {
    let since = Instant::now();
    while state(gopeek.id()) != Some('T') {
        if gopeek.try_wait()?.is_some() {
            return Ok(false);
        }
        ensure!(since.elapsed() < LIMIT, "gopeek does not stop");
    }
    if let Some(held) = hold(stage.target.pid())? {
        bail!("gopeek stands still and holds its target: {held}");
    }
    beats(&mut stage.target).context("while gopeek stood still")?;
    Ok(true)
}

/// Removes what gopeek wrote; tells whether there was a half file among it.
fn sweep(out: &Path) -> Result<bool> {
    let mut half = false;
    for entry in fs::read_dir(folder()?)? {
        let path: PathBuf = entry?.path();
        let is_half = path.extension().is_some_and(|kind| kind == "partial");
        half |= is_half;
        if is_half || path == out {
            fs::remove_file(&path)?;
        }
    }
    Ok(half)
}
