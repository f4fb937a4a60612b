//! Who goes first: the target and its neighbours, for as long as nothing is held; gopeek, while it holds the target.
//!
//! A look reads and sorts for much longer than it holds the target. At normal priority, that takes the cores from a service
//! whose latency matters. A held target waits for us, so then we go before everybody else.

use crate::signals;
use nix::libc;
use rayon_core::{ThreadPool, ThreadPoolBuilder};
use rustix::process::{Pid, getpriority_process, setpriority_process};
use std::fs;
use std::sync::OnceLock;
use std::thread;
use std::time::Duration;

/// The nice value before all others.
const MOST_URGENT: i32 = -20;
/// The nice value after all others.
const LEAST_URGENT: i32 = 19;
/// How much is added to the nice value where it can't be lowered again: a host that is busy all the time still gives us a
/// tenth of a core.
const A_STEP_BACK: i32 = 10;
/// The least of the real-time priorities, which is above all that is not real-time.
const LEAST_REAL_TIME: libc::c_int = 1;
/// How often is looked whether we wait for too long.
const GLANCE: Duration = Duration::from_millis(25);
/// Nobody minds a wait that is shorter than this.
const PATIENCE: Duration = Duration::from_millis(100);
/// How many times longer we wait for a core than we run on a host that is too busy to be polite on.
const BUSY: u32 = 2;

/// A thread that keeps the priority with which gopeek was started: threads inherit it from who starts them, and may not raise
/// it without `CAP_SYS_NICE`.
static KEEPER: OnceLock<ThreadPool> = OnceLock::new();

/// Lets others go first from now on, except while a target is held. It counts for the calling thread and for those that it
/// starts.
///
/// The answer is wanted on a busy host, too: where gopeek `hurries`, and its threads have waited for a core for much longer than
/// they had one, they go back to where they were, as far as that is allowed (`CAP_SYS_NICE`).
pub fn step_back(hurries: bool) {
    let Ok(before) = getpriority_process(None) else {
        return;
    };
    let keeper = ThreadPoolBuilder::new()
        .num_threads(1)
        .thread_name(|_| "gopeek-keeper".to_owned())
        .start_handler(|_| signals::take_none());
    let Ok(keeper) = keeper.build() else {
        return;
    };
    if KEEPER.set(keeper).is_err() {
        return;
    }
    // The one way to find out whether we may come back.
    let may_raise = setpriority_process(None, before - 1).is_ok();
    let _ = setpriority_process(None, before);
    if hurries && may_raise {
        // Without this thread we are polite for longer.
        let _ = signals::start_without(move || come_back(before));
    }
    let after = if may_raise {
        LEAST_URGENT
    } else {
        (before + A_STEP_BACK).min(LEAST_URGENT)
    };
    let _ = setpriority_process(None, after);
}

/// Runs `work` on a thread with the priority that gopeek was started with.
pub(crate) fn as_started<R: Send>(work: impl FnOnce() -> R + Send) -> R {
    match KEEPER.get() {
        Some(keeper) => keeper.install(work),
        None => work(),
    }
}

/// Puts this thread, and those that it starts from now on, before others, as far as that is allowed (`CAP_SYS_NICE`).
/// It is for threads that end within the limit of a pause. Says whether nothing can come between: real time is not throttled.
pub(crate) fn hurry() -> bool {
    // A nice value does not count against processes of other sessions and cgroups; real time does.
    let is_first = real_time();
    if !is_first {
        let _ = setpriority_process(None, MOST_URGENT);
    }
    is_first
}

#[allow(unsafe_code)]
fn real_time() -> bool {
    let parameter = libc::sched_param {
        sched_priority: LEAST_REAL_TIME,
    };
    // SAFETY: sched_setscheduler reads one sched_param, a live one of ours; 0 is the calling thread.
    unsafe { libc::sched_setscheduler(0, libc::SCHED_FIFO, &raw const parameter) == 0 }
}

/// Gives all threads the nice value that they had, once they have waited for too long.
fn come_back(nice: i32) {
    loop {
        thread::sleep(GLANCE);
        let (ran, waited) = times();
        if waited >= PATIENCE && waited >= ran * BUSY {
            break;
        }
    }
    for tid in threads() {
        let _ = setpriority_process(Some(tid), nice);
    }
}

/// For how long threads of ours that live have run, and for how long they were ready to and had no core.
fn times() -> (Duration, Duration) {
    let each = threads().filter_map(|tid| {
        let text = fs::read_to_string(format!("/proc/self/task/{tid}/schedstat")).ok()?;
        let mut times = text.split_whitespace().map(str::parse::<u64>);
        Some((times.next()?.ok()?, times.next()?.ok()?))
    });
    let (ran, waited) = each.fold((0, 0), |all, one| (all.0 + one.0, all.1 + one.1));
    (Duration::from_nanos(ran), Duration::from_nanos(waited))
}

/// The threads of this process.
fn threads() -> impl Iterator<Item = Pid> {
    let tasks = fs::read_dir("/proc/self/task").into_iter().flatten();
    tasks.filter_map(|task| Pid::from_raw(task.ok()?.file_name().to_str()?.parse().ok()?))
}
