//! What is known of a process without looking into it.

use crate::error::AttachError;
use crate::foreign::Foreign;
use crate::living::Living;
use crate::proc_text::{MAX_COMMAND, read, words};
use crate::time_limit::within;
use nix::unistd::Pid;
use procfs::Current;
use procfs::process::Process as Proc;
use std::path::PathBuf;
use std::time::Duration;

/// How long a process may take to show its command line.
const PATIENCE: Duration = Duration::from_secs(1);

/// What /proc tells of a process.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Facts {
    /// Its pid.
    pub pid: Pid,
    /// The kernel's name for it, at most 15 bytes.
    pub name: Foreign,
    /// Its command line; empty for a kernel thread. One of more than 32 KiB is cut off, and ends with `...`.
    pub command: Vec<Foreign>,
    /// Threads.
    pub threads: u64,
    /// How long it has been running, where the clocks tell.
    pub age: Option<Duration>,
}

impl Facts {
    /// Returns the words of its command line as they are: for files and for JSON, not for a terminal.
    #[must_use]
    pub fn raw_command(&self) -> Vec<String> {
        let words = self.command.iter();
        words.map(|word| word.raw().to_owned()).collect()
    }
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
        name: stat.comm.into(),
    })
}

/// The command line, which is no zombie's any more but still its other threads'.
fn command(proc: &Proc, state: char) -> Option<Vec<Foreign>> {
    let tid = if state == 'Z' {
        let living = Living::of(Pid::from_raw(proc.pid)).ok()??;
        living.tid().as_raw()
    } else {
        proc.pid
    };
    let path = PathBuf::from(format!("/proc/{tid}/cmdline"));
    // It lies in the process's own memory, and may be one that never comes.
    let read = within(PATIENCE, move || read(&path, MAX_COMMAND));
    let (bytes, whole) = read?.ok()?;
    let words = words(&bytes, whole).into_iter();
    Some(words.map(Foreign::from).collect())
}

/// How long ago something started that did so `ticks` after boot.
fn age(ticks: u64) -> Option<Duration> {
    let uptime = procfs::Uptime::current().ok()?.uptime_duration();
    let started = ticks
        .checked_mul(1000)?
        .checked_div(procfs::ticks_per_second())?;
    uptime.checked_sub(Duration::from_millis(started))
}
