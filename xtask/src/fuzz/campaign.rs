//! Runs fuzzers side by side, each for so much CPU time.

use std::collections::VecDeque;
use std::fs::{self, File};
use std::process::{Child, Stdio};
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow};
use procfs::process::Process;
use rustix::process::{Pid, Signal, kill_process};
use wait4::Wait4;

use super::build::{Fuzzers, seeds};
use super::log::{self, Numbers};
use super::{Target, home};

/// How many run at once.
const SIDE_BY_SIDE: usize = 2;
/// How often their CPU time is looked at.
const INTERVAL: Duration = Duration::from_millis(200);
/// How long one that was told to end may take: as long as an input may, and some.
const ENDING: Duration = Duration::from_secs(60);

/// How a target ended.
pub(super) enum Outcome {
    /// With nothing found, when it had had its time.
    Passed,
    /// With an input, in this file.
    Found(String),
    /// In another way, of which this file tells.
    Broken(String),
}

/// What came of a target.
pub(super) struct Ended {
    pub(super) target: &'static str,
    pub(super) numbers: Numbers,
    pub(super) cpu_time: Duration,
    pub(super) outcome: Outcome,
}

/// Runs each target for so much CPU time, or until it finds something.
pub(super) fn run(
    fuzzers: &Fuzzers,
    targets: &[&'static Target],
    each: Duration,
) -> Result<Vec<Ended>> {
    let waiting = Mutex::new(targets.iter().enumerate().collect::<VecDeque<_>>());
    let next = || {
        waiting
            .lock()
            .ok()
            .and_then(|mut waiting| waiting.pop_front())
    };
    let work = || {
        let mut ended = Vec::new();
        while let Some((place, target)) = next() {
            ended.push((place, one(fuzzers, target, each)));
        }
        ended
    };
    let ended = thread::scope(|scope| {
        let workers: Vec<_> = (0..SIDE_BY_SIDE).map(|_| scope.spawn(work)).collect();
        let ended = workers.into_iter().map(thread::ScopedJoinHandle::join);
        ended.collect::<Result<Vec<_>, _>>()
    });
    let ended = ended.map_err(|_| anyhow!("a worker panicked"))?;
    let mut ended: Vec<_> = ended.into_iter().flatten().collect();
    ended.sort_by_key(|(place, _)| *place);
    ended.into_iter().map(|(_, ended)| ended).collect()
}

fn one(fuzzers: &Fuzzers, target: &Target, each: Duration) -> Result<Ended> {
    let folder = |name: &str| {
        let folder = home().join(name).join(target.name);
        fs::create_dir_all(&folder).with_context(|| format!("create {}", folder.display()))?;
        anyhow::Ok(folder)
    };
    let (corpus, findings) = (folder("corpus")?, folder("findings")?);
    let log = home().join(format!("{}.log", target.name));
    let said = File::create(&log).with_context(|| format!("write {}", log.display()))?;
    let mut command = fuzzers.command(target);
    // The first folder is written to. What was found before is tried first.
    command.args([&corpus, &seeds(target), &findings]);
    command.args(["-timeout=10", "-rss_limit_mb=2048", "-print_final_stats=1"]);
    command.arg(format!("-max_len={}", target.max_len));
    command.arg(format!("-artifact_prefix={}/", findings.display()));
    command.env("RUST_BACKTRACE", "1");
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(said);
    let mut child = command.spawn().context("start a fuzzer")?;
    let is_over = wait(&child, each)?;
    let used = child.wait4()?;
    let said = fs::read(&log).with_context(|| format!("read {}", log.display()))?;
    let said = String::from_utf8_lossy(&said);
    let outcome = match log::finding(&said) {
        Some(file) => Outcome::Found(file),
        None if used.status.success() && is_over => Outcome::Passed,
        None => Outcome::Broken(log.display().to_string()),
    };
    Ok(Ended {
        target: target.name,
        numbers: log::numbers(&said),
        cpu_time: used.rusage.utime + used.rusage.stime,
        outcome,
    })
}

/// Waits for a fuzzer's end, and tells it to end when it has had its time; kills one that does not. Says whether it has
/// ended itself. It is left to be reaped.
fn wait(child: &Child, each: Duration) -> Result<bool> {
    let pid = i32::try_from(child.id())?;
    let process = Process::new(pid)?;
    let mut told: Option<Instant> = None;
    loop {
        let stat = process.stat()?;
        if stat.state == 'Z' {
            return Ok(true);
        }
        let ticks = (stat.utime + stat.stime) * 1000 / procfs::ticks_per_second();
        let signal = |signal| {
            let pid = Pid::from_raw(pid).context("no process")?;
            kill_process(pid, signal).context("tell a fuzzer to end")
        };
        match told {
            Some(told) if told.elapsed() > ENDING => {
                signal(Signal::KILL)?;
                return Ok(false);
            }
            None if Duration::from_millis(ticks) >= each => {
                // libFuzzer ends after the input that it is at.
                signal(Signal::USR1)?;
                told = Some(Instant::now());
            }
            _ => {}
        }
        thread::sleep(INTERVAL);
    }
}
