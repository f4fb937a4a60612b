//! The thread by which a process is looked at: its first one or, once that has ended, any that lives.
//!
//! The program, the memory and the files of a process belong to its threads. The first thread may end before the
//! others (`pthread_exit` in main); it is a zombie then, by whose number none of them is found any more.

use nix::unistd::Pid;
use procfs::process::Process as Proc;
use std::sync::atomic::{AtomicI32, Ordering};

/// A process, and a thread of it that lived when last looked.
#[derive(Debug)]
pub(crate) struct Living {
    pid: Pid,
    tid: AtomicI32,
}

impl Living {
    /// The process `pid`; nothing when no thread of it lives.
    pub(crate) fn of(pid: Pid) -> Option<Living> {
        let tid = living(pid)?;
        let tid = AtomicI32::new(tid.as_raw());
        Some(Living { pid, tid })
    }

    /// A thread that lives now; that of last time where none does.
    pub(crate) fn tid(&self) -> Pid {
        let last = self.last();
        if lives(self.pid, last) {
            return last;
        }
        let tid = living(self.pid).unwrap_or(last);
        self.tid.store(tid.as_raw(), Ordering::Relaxed);
        tid
    }

    /// The thread of last time, which may have ended.
    pub(crate) fn last(&self) -> Pid {
        Pid::from_raw(self.tid.load(Ordering::Relaxed))
    }
}

/// The first thread of the process `pid`, else another one, that lives.
fn living(pid: Pid) -> Option<Pid> {
    if lives(pid, pid) {
        return Some(pid);
    }
    let tasks = Proc::new(pid.as_raw()).ok()?.tasks().ok()?;
    let mut tids = tasks.flatten().map(|task| Pid::from_raw(task.tid));
    tids.find(|tid| lives(pid, *tid))
}

/// Whether `tid` is a thread of the process `pid`, and has not ended.
fn lives(pid: Pid, tid: Pid) -> bool {
    let task = Proc::new_with_root(format!("/proc/{pid}/task/{tid}").into());
    let stat = task.and_then(|task| task.stat());
    stat.is_ok_and(|stat| !"ZXx".contains(stat.state))
}
