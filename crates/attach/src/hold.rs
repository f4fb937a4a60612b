//! Holding a target on a thread of its own, with everything that could end or stop us meanwhile held back.
//!
//! Whatever happens, the target is let go: by the guard, by the kernel when the thread ends, by a timer when it is stuck.

use crate::asleep::Asleep;
use crate::deadline;
use crate::error::AttachError;
use crate::priority;
use crate::process::Process;
use crate::quota;
use crate::reap::reap;
use crate::stop::{Pause, Stopped};
use nix::sys::signal::{SigSet, SigmaskHow, Signal, pthread_sigmask};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

/// Whether this process holds a target at this moment.
static HOLDING: AtomicBool = AtomicBool::new(false);
/// How long the hold of this moment may take, in milliseconds.
static LONGEST: AtomicU64 = AtomicU64::new(u64::MAX);

/// Whether this process holds a target, or is about to: then nothing may be written, and nothing waited for.
#[must_use]
pub fn is_holding() -> bool {
    HOLDING.load(Ordering::Relaxed)
}

/// How long the hold of this moment may take at most.
pub(crate) fn longest() -> Duration {
    Duration::from_millis(LONGEST.load(Ordering::Relaxed))
}

/// Runs `work` while all threads of `process` stand still, on a thread of its own; `limit` bounds the wait for
/// threads that do not stop. Those that are `asleep` are left alone.
///
/// The signals that would end or stop gopeek are held back meanwhile: stopped itself (Ctrl-Z), it would hold the
/// target for ever.
///
/// # Errors
/// [`AttachError`], when the kernel refuses to let us trace, or the target is gone.
pub fn while_stopped<R: Send>(
    process: &Process,
    limit: Duration,
    asleep: &[Asleep],
    work: impl FnOnce(&Stopped<'_>) -> R + Send,
) -> Result<(R, Pause), AttachError> {
    let mut before = SigSet::empty();
    let held_back = SigSet::from_iter([
        Signal::SIGTSTP,
        Signal::SIGTTIN,
        Signal::SIGTTOU,
        Signal::SIGINT,
        Signal::SIGTERM,
        Signal::SIGHUP,
        Signal::SIGPIPE,
    ]);
    let pid = process.pid();
    let deadline = deadline::set(limit)
        .map_err(|errno| AttachError::from_io(pid, "limit the hold of", errno.into()))?;
    pthread_sigmask(SigmaskHow::SIG_BLOCK, Some(&held_back), Some(&mut before))
        .map_err(|errno| AttachError::from_io(pid, "hold back signals for", errno.into()))?;
    let longest = deadline::longest(limit).as_millis();
    LONGEST.store(
        u64::try_from(longest).unwrap_or(u64::MAX),
        Ordering::Relaxed,
    );
    HOLDING.store(true, Ordering::Relaxed);
    // The new thread inherits the mask. When it ends, the kernel detaches whatever it still traces.
    let hold = || {
        thread::scope(|scope| {
            let (tell, told) = channel();
            let trace = move || -> Result<(R, Pause), AttachError> {
                let quota = if priority::hurry() {
                    None
                } else {
                    quota::own()
                };
                let most = quota.map_or(Duration::MAX, quota::wait);
                let mut stopped = Stopped::none_of(process, asleep, most, tell);
                stopped.stop_all(limit.min(most / 2))?;
                let result = work(&stopped);
                Ok((result, stopped.release()))
            };
            // The kernel may refuse a new thread. Nothing is held yet.
            let tracer = thread::Builder::new()
                .spawn_scoped(scope, trace)
                .map_err(|source| AttachError::from_io(pid, "start a thread to stop", source))?;
            reap(pid, &told);
            Ok(tracer.join())
        })
    };
    let done = priority::as_started(hold);
    HOLDING.store(false, Ordering::Relaxed);
    drop(deadline);
    let _ = pthread_sigmask(SigmaskHow::SIG_SETMASK, Some(&before), None);
    done?.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

/// Lets a write beyond the limit on the size of files (`ulimit -f`) fail with `EFBIG`, which is told, instead of ending
/// gopeek without a word (SIGXFSZ). For the calling thread and those that it starts.
pub fn fail_oversized_writes() {
    let signal = SigSet::from_iter([Signal::SIGXFSZ]);
    // A mask can't be refused; and without it, gopeek merely ends as before.
    let _ = pthread_sigmask(SigmaskHow::SIG_BLOCK, Some(&signal), None);
}
