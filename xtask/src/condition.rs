//! How a process is, thread by thread: its states and its tracers. And signals to it.

use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use procfs::process::Process;
use rustix::process::{Pid, Signal, kill_process};

/// Longer than any state takes to come, on any machine.
const PATIENCE: Duration = Duration::from_secs(20);
/// Between two looks at whether it has come.
const PAUSE: Duration = Duration::from_millis(1);

/// A thread, as /proc tells.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Condition {
    /// `S` sleeping, `T` stopped, `t` held by a tracer, ... (proc(5)).
    pub(crate) state: char,
    /// Who traces it; 0 for nobody.
    pub(crate) tracer: i32,
}

/// Of all threads of a process; none when it is gone. Those that end meanwhile are left out.
pub(crate) fn conditions(pid: u32) -> Vec<Condition> {
    let tasks = Process::new(pid.cast_signed()).and_then(|process| process.tasks());
    let statuses = tasks
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|task| task.status().ok());
    let conditions = statuses.map(|status| Condition {
        state: status.state.chars().next().unwrap_or('?'),
        tracer: status.tracerpid,
    });
    conditions.collect()
}

/// The numbers of its threads.
pub(crate) fn tids(pid: u32) -> Vec<i32> {
    let tasks = Process::new(pid.cast_signed()).and_then(|process| process.tasks());
    tasks
        .into_iter()
        .flatten()
        .flatten()
        .map(|task| task.tid)
        .collect()
}

/// Waits for a state, not for a time.
///
/// # Errors
/// When it does not come.
pub(crate) fn until(what: &str, mut holds: impl FnMut() -> Result<bool>) -> Result<()> {
    let since = Instant::now();
    while !holds()? {
        if since.elapsed() > PATIENCE {
            bail!("it never came to be {what}");
        }
        thread::sleep(PAUSE);
    }
    Ok(())
}

/// Waits until all threads of a process are in one of these states, and nobody traces any.
///
/// # Errors
/// When that does not come, with how they are.
pub(crate) fn until_all(pid: u32, states: &str) -> Result<()> {
    let fits = |it: &Condition| it.tracer == 0 && states.contains(it.state);
    let holds = || {
        let all = conditions(pid);
        !all.is_empty() && all.iter().all(fits)
    };
    until(&format!("in {states} and free"), || Ok(holds())).with_context(|| {
        let strange = conditions(pid).into_iter().find(|it| !fits(it));
        format!("a thread of process {pid} is {strange:?}")
    })
}

/// Waits until somebody traces all threads of a process.
///
/// # Errors
/// When nobody does.
pub(crate) fn until_traced(pid: u32) -> Result<()> {
    until("traced", || {
        let all = conditions(pid);
        Ok(!all.is_empty() && all.iter().all(|it| it.tracer != 0))
    })
}

/// Sends a signal to a process.
///
/// # Errors
/// When it is gone.
pub(crate) fn signal(pid: u32, signal: Signal) -> Result<()> {
    let pid = Pid::from_raw(pid.cast_signed()).context("no process has the number 0")?;
    kill_process(pid, signal).with_context(|| format!("send {signal:?} to process {pid:?}"))
}

/// For how long this machine has been up.
///
/// # Errors
/// When /proc does not tell.
pub(crate) fn uptime() -> Result<Duration> {
    let text = fs::read_to_string("/proc/uptime").context("read /proc/uptime")?;
    let seconds = text.split(' ').next().unwrap_or_default();
    Ok(Duration::from_secs_f64(seconds.parse()?))
}
