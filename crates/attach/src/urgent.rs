//! Going before everybody else for as long as a target is held: while we wait for a core, it waits, too.

use nix::libc;
use rustix::process::setpriority_process;

/// The nice value before all others.
const MOST_URGENT: i32 = -20;
/// The least of the real-time priorities, which is above all that is not real-time.
const LEAST_REAL_TIME: libc::c_int = 1;

/// Puts this thread, and those that it starts from now on, before others, as far as that is allowed (`CAP_SYS_NICE`).
/// It is for threads that end within the limit of a pause.
pub(crate) fn hurry() {
    // A nice value does not count against processes of other sessions and cgroups; real time does.
    if !real_time() {
        let _ = setpriority_process(None, MOST_URGENT);
    }
}

#[allow(unsafe_code)]
fn real_time() -> bool {
    let parameter = libc::sched_param {
        sched_priority: LEAST_REAL_TIME,
    };
    // SAFETY: sched_setscheduler reads one sched_param, a live one of ours; 0 is the calling thread.
    unsafe { libc::sched_setscheduler(0, libc::SCHED_FIFO, &raw const parameter) == 0 }
}
