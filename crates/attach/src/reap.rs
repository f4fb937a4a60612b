//! Reaping threads of a target that end while we trace them, from beside the thread that traces.
//!
//! A thread that execs ends all others and waits until they are gone; one that is traced is not before its tracer has
//! waited for it. Meanwhile it holds the lock that PTRACE_SEIZE takes (`cred_guard_mutex`, fs/exec.c): a tracer that
//! goes on to seize would wait for the exec, and the exec for the tracer, for ever. Any thread of ours may wait.

use nix::sys::wait::{Id, WaitPidFlag, WaitStatus, waitid};
use nix::unistd::Pid;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

/// Longer than it takes to stop a target, so that the other thread is not disturbed.
const PERIOD: Duration = Duration::from_millis(5);

/// What is waited for, without waiting.
const ENDED: WaitPidFlag = WaitPidFlag::WEXITED
    .union(WaitPidFlag::WNOHANG)
    .union(WaitPidFlag::__WALL);

/// Whether a thread has ended. Of one that is traced, every wait takes what it has to say, a stop or a signal, whatever
/// was asked for (`wait_task_stopped`, kernel/exit.c): that is for the thread that traces it, so it is left where it is.
fn has_ended(tid: Pid) -> bool {
    // One that is not traced yet, or was waited for, is nothing to wait for.
    let status = waitid(Id::Pid(tid), ENDED.union(WaitPidFlag::WNOWAIT));
    matches!(
        status,
        Ok(WaitStatus::Exited(..) | WaitStatus::Signaled(..))
    )
}

/// Reaps, until the other end of the channel is gone, those threads that it was told of and that have ended. The
/// first thread of `process` is left out: nobody waits for it to be gone, and it may be a child of ours.
pub(crate) fn reap(process: Pid, told: &Receiver<Vec<Pid>>) {
    let mut threads = Vec::new();
    loop {
        match told.recv_timeout(PERIOD) {
            Ok(new) => threads.extend(new.into_iter().filter(|tid| *tid != process)),
            Err(RecvTimeoutError::Disconnected) => return,
            Err(RecvTimeoutError::Timeout) => {
                for tid in threads.iter().filter(|tid| has_ended(**tid)) {
                    let _ = waitid(Id::Pid(*tid), ENDED);
                }
            }
        }
    }
}
