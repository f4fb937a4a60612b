//! The screen for hours, on a process with ten thousand short-lived goroutines a second: what it costs both.

use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

use super::mux::Mux;
use super::{folder, start};
use crate::cell::Built;
use crate::repo;
use crate::target::Target;

/// So much of it is a line.
const PIECE: Duration = Duration::from_secs(60);
const LIMIT: Duration = Duration::from_secs(120);

/// How long the target's goroutines took.
#[derive(Copy, Clone, Debug, Deserialize)]
struct Latencies {
    count: u64,
    p50: u64,
    p99: u64,
}

/// What gopeek has taken.
#[derive(Copy, Clone, Debug, Default)]
struct Taken {
    /// In bytes.
    resident: u64,
    /// CPU time.
    cpu: Duration,
}

/// Every other piece of the time, gopeek looks on; a line tells what both took.
pub(super) fn run(built: &Built, length: Duration) -> Result<()> {
    let mut target = start(built, &[])?;
    let mux = Mux::open(120, 40, &folder()?)?;
    mux.send(&format!(
        "{} top {}\n",
        repo::gopeek().display(),
        target.pid()
    ))?;
    mux.wait_for("● live")?;
    let gopeek = find(target.pid())?;
    println!("minute  RSS MB  CPU %  goroutines/s  p50 us  p99 us   (frozen: p50 us  p99 us)");
    let since = Instant::now();
    let mut minute = 0;
    while since.elapsed() < length {
        minute += 1;
        let before = taken(gopeek)?;
        let (seen, passed) = piece(&mut target)?;
        let after = taken(gopeek)?;
        // The same process, with nobody looking: what differs is ours.
        mux.press("Space")?;
        mux.wait_for("frozen")?;
        let (alone, _) = piece(&mut target)?;
        mux.press("Space")?;
        mux.wait_for("● live")?;
        let cpu = after.cpu.saturating_sub(before.cpu).as_secs_f64() / passed.as_secs_f64();
        println!(
            "{minute:6}  {:6.1}  {:5.2}  {:12}  {:6}  {:6}   ({:6}  {:6})",
            mega(after.resident),
            cpu * 100.0,
            seen.count / passed.as_secs().max(1),
            seen.p50 / 1000,
            seen.p99 / 1000,
            alone.p50 / 1000,
            alone.p99 / 1000
        );
    }
    println!("{}", mux.screen(false)?);
    mux.press("q")?;
    mux.wait_for_shell()?;
    ensure!(minute > 0, "it was over before it began");
    Ok(())
}

#[allow(clippy::cast_precision_loss, reason = "megabytes with one digit")]
fn mega(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

/// Half a piece of the target's time.
fn piece(target: &mut Target) -> Result<(Latencies, Duration)> {
    target.ask("reset", LIMIT)?;
    let since = Instant::now();
    thread::sleep(PIECE / 2);
    Ok((target.ask_for("latencies", LIMIT)?, since.elapsed()))
}

/// The gopeek that looks at a process.
fn find(target: u32) -> Result<u32> {
    let wanted = format!("\0top\0{target}\0");
    let mut pids = fs::read_dir("/proc")?.flatten().filter_map(|entry| {
        let pid: u32 = entry.file_name().to_str()?.parse().ok()?;
        let command = fs::read(entry.path().join("cmdline")).ok()?;
        let command = String::from_utf8_lossy(&command).into_owned();
        command.ends_with(&wanted).then_some(pid)
    });
    pids.next().context("no gopeek looks at it")
}

fn taken(pid: u32) -> Result<Taken> {
    let process = procfs::process::Process::new(i32::try_from(pid)?)?;
    let stat = process.stat()?;
    let ticks = (stat.utime + stat.stime) * 1000 / procfs::ticks_per_second();
    Ok(Taken {
        resident: stat.rss * procfs::page_size(),
        cpu: Duration::from_millis(ticks),
    })
}
