//! The end of a look that does not end by itself.
//!
//! A target may keep a page of its memory, or of a file that it runs, from ever being read: by userfaultfd, or by a file
//! system of its own. The thread of ours that reads it waits in the kernel, where nothing but our own end wakes it. So
//! another thread ends gopeek, with a message and an exit code, and the kernel lets the target go.

use crate::deadline;
use crate::hold;
use crate::signals::start_without;
use nix::libc;
use std::io::{self, Write};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How often time is counted. What gopeek itself is stopped for (Ctrl-Z, a frozen control group) does not count.
const TICK: Duration = Duration::from_millis(250);
/// How long one process of a survey may take, how much time those may take together that do not answer, and how long each
/// may take when that is used up.
const EACH: Duration = Duration::from_secs(10);
const LOST: Duration = Duration::from_secs(30);
const LEAST: Duration = Duration::from_millis(100);

/// For as long as it lives, gopeek ends when the time is up.
#[derive(Debug)]
pub struct TimeLimit {
    /// Its end tells the thread.
    _alive: Sender<()>,
    /// Where no thread can be had.
    _timer: Option<deadline::Deadline>,
}

/// Ends gopeek with `code` and `words` on standard error if the returned value still lives after `limit`; also when a target
/// is held for far longer than was allowed.
#[must_use]
pub fn set(limit: Duration, code: u8, words: String) -> TimeLimit {
    let (alive, watched) = channel();
    let watch = move || {
        if is_over(&watched, limit) {
            end(code, &words);
        }
    };
    let started = start_without(watch);
    TimeLimit {
        _alive: alive,
        // It ends gopeek without a word, and yet it ends it.
        _timer: started.err().and_then(|_| deadline::kill_after(limit).ok()),
    }
}

/// Waits until the time is up; false where what is watched ends before.
fn is_over(watched: &Receiver<()>, limit: Duration) -> bool {
    let (mut left, mut held) = (limit, Duration::ZERO);
    while !left.is_zero() {
        let tick = TICK.min(left);
        let Err(RecvTimeoutError::Timeout) = watched.recv_timeout(tick) else {
            return false;
        };
        left = left.saturating_sub(tick);
        held = if hold::is_holding() {
            held.saturating_add(tick)
        } else {
            Duration::ZERO
        };
        if held >= hold::longest() {
            return true;
        }
    }
    true
}

/// Ends the whole process, whatever its threads do.
#[allow(unsafe_code)]
fn end(code: u8, words: &str) {
    // Whoever reads standard error may let us wait, and a target must not.
    let _timer = deadline::kill_after(TICK);
    let _ = writeln!(io::stderr(), "gopeek: {words}");
    // SAFETY: `_exit` only makes a system call, and no code of ours runs after it.
    unsafe { libc::_exit(i32::from(code)) }
}

/// Does `work` on a thread of its own; nothing where it takes longer than `limit`. A thread that takes longer is left to
/// itself. Where no thread can be had, the work is done here, however long it takes.
pub fn within<R: Send + 'static>(
    limit: Duration,
    work: impl FnOnce() -> R + Send + 'static,
) -> Option<R> {
    let (tell, told) = channel();
    let ours = Arc::new(Mutex::new(Some(work)));
    let theirs = Arc::clone(&ours);
    let started = start_without(move || {
        if let Some(work) = take(&theirs) {
            let _ = tell.send(work());
        }
    });
    match started {
        Ok(()) => told.recv_timeout(limit).ok(),
        Err(_) => take(&ours).map(|work| work()),
    }
}

fn take<T>(shared: &Mutex<Option<T>>) -> Option<T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner).take()
}

/// The time that a survey of many processes may lose to those that do not answer.
#[derive(Debug)]
pub struct Patience {
    left: Duration,
}

impl Default for Patience {
    fn default() -> Patience {
        Patience { left: LOST }
    }
}

impl Patience {
    /// Does `work`, which looks at one process; nothing where it does not come to an end.
    pub fn ask<R: Send + 'static>(
        &mut self,
        work: impl FnOnce() -> R + Send + 'static,
    ) -> Option<R> {
        let limit = EACH.min(self.left).max(LEAST);
        let done = within(limit, work);
        if done.is_none() {
            self.left = self.left.saturating_sub(limit);
        }
        done
    }
}

#[cfg(test)]
mod tests {
    use super::{LEAST, Patience, is_over, set, within};
    use std::sync::mpsc::channel;
    use std::thread;
    use std::time::Duration;

    const SHORT: Duration = Duration::from_millis(20);

    #[test]
    fn what_ends_in_time_is_left_alone() {
        let limit = set(SHORT, 1, "not in time".to_owned());
        drop(limit);
        thread::sleep(5 * SHORT);
        let (alive, watched) = channel::<()>();
        drop(alive);
        assert!(!is_over(&watched, SHORT));
    }

    #[test]
    fn what_does_not_end_is_over() {
        let (_alive, watched) = channel();
        assert!(is_over(&watched, SHORT));
    }

    #[test]
    fn work_that_does_not_end_is_given_up() {
        assert_eq!(within(Duration::from_secs(60), || 7), Some(7));
        assert_eq!(within(SHORT, || thread::park_timeout(50 * SHORT)), None);
    }

    #[test]
    fn those_that_do_not_answer_take_less_and_less() {
        let mut patience = Patience { left: 2 * LEAST };
        for _ in 0..3 {
            let started = std::time::Instant::now();
            let work = || thread::sleep(Duration::from_secs(60));
            assert_eq!(patience.ask(work), None);
            assert!(started.elapsed() < Duration::from_secs(30));
        }
        assert!(patience.left.is_zero());
        assert_eq!(patience.ask(|| 7), Some(7));
    }
}
