//! What is known of a process without looking into it.

use crate::error::AttachError;
use crate::living::Living;
use nix::unistd::Pid;
use procfs::Current;
use procfs::process::Process as Proc;
use std::time::Duration;

/// What /proc tells of a process.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Facts {
    /// Its pid.
    pub pid: Pid,
    /// The kernel's name for it, at most 15 bytes.
    pub name: String,
    /// Its command line; empty for a kernel thread.
    pub command: Vec<String>,
    /// Threads.
    pub threads: u64,
    /// How long it has been running, where the clocks tell.
    pub age: Option<Duration>,
}

pub(crate) fn facts(proc: &Proc) -> Result<Facts, AttachError> {
    let pid = Pid::from_raw(proc.pid);
    let stat = proc
        .stat()
        .map_err(|error| AttachError::from_proc(pid, "read the state of", error))?;
    Ok(Facts {
        pid,
        command: command(proc, stat.state).unwrap_or_default(),
        threads: u64::try_from(stat.num_threads).unwrap_or(0),
        age: age(stat.starttime),
        name: stat.comm,
    })
}

/// The command line, which is no zombie's any more but still its other threads'.
fn command(proc: &Proc, state: char) -> Option<Vec<String>> {
    if state != 'Z' {
        return proc.cmdline().ok();
    }
    let living = Living::of(Pid::from_raw(proc.pid)).ok()??;
    Proc::new(living.tid().as_raw()).ok()?.cmdline().ok()
}

/// How long ago something started that did so `ticks` after boot.
fn age(ticks: u64) -> Option<Duration> {
    let uptime = procfs::Uptime::current().ok()?.uptime_duration();
    let started = ticks
        .checked_mul(1000)?
        .checked_div(procfs::ticks_per_second())?;
    uptime.checked_sub(Duration::from_millis(started))
}
