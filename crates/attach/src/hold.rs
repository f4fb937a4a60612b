//! Holding a target on a thread of its own, with everything that could end or stop us meanwhile held back.
//!
//! Whatever happens, the target is let go: by the guard, by the kernel when the thread ends, by a timer when it is stuck.

use crate::deadline;
use crate::error::AttachError;
use crate::process::Process;
use crate::reap::reap;
use crate::stop::{Pause, Stopped};
use crate::urgent;
use nix::sys::signal::{SigSet, SigmaskHow, Signal, pthread_sigmask};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

/// Whether this process holds a target at this moment.
static HOLDING: AtomicBool = AtomicBool::new(false);

/// Whether this process holds a target, or is about to: then nothing may be written, and nothing waited for.
#[must_use]
pub fn is_holding() -> bool {
    HOLDING.load(Ordering::Relaxed)
}

/// Runs `work` while all threads of `process` stand still, on a thread of its own; `limit` bounds the wait for
/// threads that do not stop.
///
/// The signals that would end or stop gopeek are held back meanwhile: stopped itself (Ctrl-Z), it would hold the
/// target for ever.
///
/// # Errors
/// [`AttachError`], when the kernel refuses to let us trace, or the target is gone.
pub fn while_stopped<R: Send>(
    process: &Process,
    limit: Duration,
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
    HOLDING.store(true, Ordering::Relaxed);
    // The new thread inherits the mask. When it ends, the kernel detaches whatever it still traces.
    let done = thread::scope(|scope| {
        let (tell, told) = channel();
        let trace = move || -> Result<(R, Pause), AttachError> {
            urgent::hurry();
            let mut stopped = Stopped::none_of(process, tell);
            stopped.stop_all(limit)?;
            let result = work(&stopped);
            Ok((result, stopped.release()))
        };
        // There may be no thread to be had; nothing is held yet.
        let tracer = thread::Builder::new()
            .spawn_scoped(scope, trace)
            .map_err(|source| AttachError::from_io(pid, "start a thread to stop", source))?;
        reap(pid, &told);
        Ok(tracer.join())
    });
    HOLDING.store(false, Ordering::Relaxed);
    drop(deadline);
    let _ = pthread_sigmask(SigmaskHow::SIG_SETMASK, Some(&before), None);
    done?.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}
