//! The thread by which a process is looked at: its first one or, once that has ended, any that lives.
//!
//! The program, the memory and the files of a process belong to its threads. The first thread may end before the
//! others (`pthread_exit` in main); it is a zombie then, by whose number none of them is found any more.

use nix::libc;
use nix::unistd::Pid;
use procfs::process::Process as Proc;
use procfs::{ProcError, ProcResult};
use std::sync::atomic::{AtomicI32, Ordering};

/// A process, and a thread of it that lived when last looked.
#[derive(Debug)]
pub(crate) struct Living {
    pid: Pid,
    tid: AtomicI32,
}

impl Living {
    /// The process `pid`; nothing when no thread of it lives.
    ///
    /// # Errors
    /// What keeps us from looking.
    pub(crate) fn of(pid: Pid) -> ProcResult<Option<Living>> {
        let tid = living(pid)?.map(|tid| AtomicI32::new(tid.as_raw()));
        Ok(tid.map(|tid| Living { pid, tid }))
    }

    /// A thread that lives now; that of last time where none does.
    pub(crate) fn tid(&self) -> Pid {
        let last = self.last();
        if lives(self.pid, last).unwrap_or(false) {
            return last;
        }
        let tid = living(self.pid).ok().flatten().unwrap_or(last);
        self.tid.store(tid.as_raw(), Ordering::Relaxed);
        tid
    }

    /// The thread of last time, which may have ended.
    pub(crate) fn last(&self) -> Pid {
        Pid::from_raw(self.tid.load(Ordering::Relaxed))
    }
}

/// The first thread of the process `pid`, else another one, that lives.
fn living(pid: Pid) -> ProcResult<Option<Pid>> {
    if lives(pid, pid)? {
        return Ok(Some(pid));
    }
    for task in Proc::new(pid.as_raw())?.tasks()? {
        let tid = match task {
            Ok(task) => Pid::from_raw(task.tid),
            Err(ProcError::NotFound(_)) => continue,
            Err(other) => return Err(other),
        };
        if lives(pid, tid)? {
            return Ok(Some(tid));
        }
    }
    Ok(None)
}

/// Whether `tid` is a thread of the process `pid`, and has not ended.
fn lives(pid: Pid, tid: Pid) -> ProcResult<bool> {
    let task = Proc::new_with_root(format!("/proc/{pid}/task/{tid}").into());
    match task.and_then(|task| task.stat()) {
        Ok(stat) => Ok(!"ZXx".contains(stat.state)),
        Err(ProcError::NotFound(_)) => Ok(false),
        // It ended while it was read.
        Err(ProcError::Io(error, _)) if error.raw_os_error() == Some(libc::ESRCH) => Ok(false),
        Err(other) => Err(other),
    }
}
