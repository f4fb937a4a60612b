//! The ptrace calls on one thread of a target.
//!
//! nix has most of them, but its signals end at 31: a stop by a real-time signal is an error to it, and the
//! signal, once taken from the kernel and not given back, is lost to the target. Go and glibc use 32 to 34.

use nix::errno::Errno;
use nix::libc;
use nix::sys::ptrace;
use nix::unistd::Pid;

/// `PTRACE_EVENT_STOP`: an INTERRUPT arrived, or the thread had been stopped by a signal before.
const EVENT_STOP: i32 = 128;

/// What became of a thread that was interrupted.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(crate) enum Progress {
    /// It stands still. A signal had stopped it before, where one is named.
    Stopped { by: Option<i32> },
    /// It has ended.
    Gone,
    /// It has not stopped yet.
    Running,
}

/// Begins to trace the thread `tid`, without stopping it.
pub(crate) fn seize(tid: Pid) -> Result<(), Errno> {
    ptrace::seize(tid, ptrace::Options::empty())
}

/// Asks it to stop; ESRCH when it is not one that we trace.
pub(crate) fn interrupt(tid: Pid) -> Result<(), Errno> {
    ptrace::interrupt(tid)
}

/// Lets a stopped thread go.
pub(crate) fn detach(tid: Pid) {
    let _ = ptrace::detach(tid, None);
}

/// Looks whether a seized and interrupted thread has stopped, without waiting for it. A signal that arrives
/// before the stop is handed on; the stop still follows.
pub(crate) fn poll(tid: Pid) -> Progress {
    loop {
        let status = match wait(tid) {
            Ok(None) => return Progress::Running,
            Ok(Some(status)) => status,
            Err(Errno::EINTR) => continue,
            Err(_) => return Progress::Gone,
        };
        if !libc::WIFSTOPPED(status) {
            return Progress::Gone;
        }
        if status >> 16 == EVENT_STOP {
            // An interrupt is a SIGTRAP; a stop by a signal is that signal.
            let signal = libc::WSTOPSIG(status);
            return Progress::Stopped {
                by: Some(signal).filter(|signal| *signal != libc::SIGTRAP),
            };
        }
        // Another event than ours can't come, as no option was set; it would carry no signal.
        let signal = if status >> 16 == 0 {
            libc::WSTOPSIG(status)
        } else {
            0
        };
        resume(tid, signal);
    }
}

/// The status of a thread that has changed; nothing where it has not.
#[allow(unsafe_code)]
fn wait(tid: Pid) -> Result<Option<i32>, Errno> {
    let mut status = 0;
    // SAFETY: waitpid writes one int, to a live one of ours.
    let changed =
        unsafe { libc::waitpid(tid.as_raw(), &raw mut status, libc::__WALL | libc::WNOHANG) };
    Errno::result(changed).map(|tid| (tid != 0).then_some(status))
}

/// Lets a thread go on that stopped for `signal`, and gives it that signal; 0 is none.
#[allow(unsafe_code)]
fn resume(tid: Pid, signal: i32) {
    let nowhere = std::ptr::null_mut::<libc::c_void>();
    let signal =
        std::ptr::without_provenance_mut::<libc::c_void>(usize::try_from(signal).unwrap_or(0));
    // SAFETY: PTRACE_CONT reads no memory of ours: its address is ignored, and its data is a signal's number.
    unsafe { libc::ptrace(libc::PTRACE_CONT, tid.as_raw(), nowhere, signal) };
}
