//! Holding a target still for as long as it takes to copy, and letting go whatever happens.
//!
//! SEIZE and INTERRUPT only: nothing is written, no signal is left behind, and if gopeek dies, the kernel lets
//! the target go. Tracing binds to a thread, so [`Stopped`] can't leave the one that made it.

use crate::deadline;
use crate::error::AttachError;
use crate::process::Process;
use crate::reap::reap;
use crate::regs;
use crate::threads::wait_channel;
use crate::tracee::{self, Progress};
use crate::urgent;
use gopeek_layout::registers::Registers;
use nix::errno::Errno;
use nix::sys::signal::{SigSet, SigmaskHow, Signal, pthread_sigmask};
use nix::unistd::Pid;
use procfs::process::{Process as Proc, Task};
use std::collections::HashMap;
use std::marker::PhantomData;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

/// Between two looks at threads that have not stopped yet.
const POLL: Duration = Duration::from_micros(20);
/// Threads in a sleep that nothing interrupts get so long to come out of it: a disk's answer takes no longer.
const SLEEPERS: Duration = Duration::from_millis(4);
/// If so many have not stopped, it is for another reason.
const MAX_SLEEPERS: usize = 16;
/// New threads may come as fast as we find them; so many passes over the list are enough for any real program.
const MAX_PASSES: usize = 100;

/// How it went to hold a target still.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Pause {
    /// From the first thread interrupted to the last let go.
    pub lasted: Duration,
    /// How many threads stood still.
    pub stopped: usize,
    /// Those that did not.
    pub missed: Vec<Missed>,
}

/// A thread that stands still.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct Standing {
    /// Which.
    pub tid: Pid,
    /// Its registers.
    pub registers: Registers,
}

/// A thread that could not be stopped in time.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Missed {
    /// Which.
    pub tid: Pid,
    /// Its state, as the kernel calls it; `D` is a sleep that nothing interrupts.
    pub state: char,
    /// Where in the kernel it sleeps, where that shows.
    pub wait_channel: Option<String>,
}

#[derive(Copy, Clone, PartialEq, Eq, Debug)]
enum Held {
    Seized,
    Stopped,
}

/// A target whose threads stand still. Dropping it lets them all go.
#[derive(Debug)]
pub struct Stopped<'p> {
    process: &'p Process,
    threads: HashMap<Pid, Held>,
    since: Option<Instant>,
    /// To whom reaps those that end meanwhile.
    tell: Sender<Vec<Pid>>,
    /// ptrace belongs to the thread that called it.
    on_this_thread: PhantomData<*const ()>,
}

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
            let mut stopped = Stopped {
                process,
                threads: HashMap::new(),
                since: None,
                tell,
                on_this_thread: PhantomData,
            };
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

impl Stopped<'_> {
    /// How long the target has been held.
    #[must_use]
    pub fn held_for(&self) -> Duration {
        self.since.map(|since| since.elapsed()).unwrap_or_default()
    }

    /// The registers of all threads that stand still. One that was killed meanwhile is left out.
    #[must_use]
    pub fn standing(&self) -> Vec<Standing> {
        let stopped = self
            .threads
            .iter()
            .filter(|(_, held)| **held == Held::Stopped);
        let standing = stopped.filter_map(|(tid, _)| {
            let registers = regs::registers(*tid).ok()??;
            Some(Standing {
                tid: *tid,
                registers,
            })
        });
        standing.collect()
    }

    fn stop_all(&mut self, limit: Duration) -> Result<(), AttachError> {
        // Threads make threads until they stand still: look again until a pass finds no new one.
        for _ in 0..MAX_PASSES {
            let threads = match self.process.threads() {
                Err(AttachError::NoSuchProcess(pid)) => return Err(AttachError::Exited(pid)),
                other => other?,
            };
            let new: Vec<Pid> = threads
                .into_iter()
                .filter(|tid| !self.threads.contains_key(tid))
                .collect();
            if new.is_empty() {
                break;
            }
            let _ = self.tell.send(new.clone());
            for tid in &new {
                self.seize(*tid)?;
            }
            // Being traced holds up nobody yet.
            let deadline = *self.since.get_or_insert_with(Instant::now) + limit;
            for tid in &new {
                tracee::interrupt(*tid);
            }
            self.wait(deadline);
            if Instant::now() >= deadline {
                break;
            }
        }
        if self.threads.is_empty() {
            return Err(AttachError::Exited(self.process.pid()));
        }
        Ok(())
    }

    fn seize(&mut self, tid: Pid) -> Result<(), AttachError> {
        let mut answer = tracee::seize(tid);
        // The first thread is a zombie for a moment, and answers EPERM, while another one execs and takes its number.
        for _ in 0..MAX_PASSES {
            let state = || thread_state(self.process.pid(), tid);
            let lives = || state().is_some_and(|state| !"ZX".contains(state));
            if answer != Err(Errno::EPERM) || !lives() {
                break;
            }
            thread::sleep(POLL);
            answer = tracee::seize(tid);
        }
        match answer {
            Ok(()) => {
                self.threads.insert(tid, Held::Seized);
                Ok(())
            }
            Err(Errno::ESRCH) => Ok(()),
            // An exiting thread answers EPERM, too.
            Err(Errno::EPERM)
                if thread_state(self.process.pid(), tid)
                    .is_none_or(|state| "ZX".contains(state)) =>
            {
                Ok(())
            }
            Err(errno) => Err(AttachError::from_io(
                self.process.pid(),
                "stop",
                errno.into(),
            )),
        }
    }

    /// Waits until all seized threads stand still, are gone, or time is up.
    fn wait(&mut self, deadline: Instant) {
        let mut look_after = Instant::now() + SLEEPERS;
        loop {
            let mut waiting = false;
            self.threads.retain(|tid, held| {
                if *held == Held::Seized {
                    match tracee::poll(*tid) {
                        Progress::Stopped => *held = Held::Stopped,
                        Progress::Gone => return false,
                        Progress::Running => waiting = true,
                    }
                }
                true
            });
            let now = Instant::now();
            if !waiting || now >= deadline {
                return;
            }
            if now >= look_after {
                if self.rest_sleeps() {
                    return;
                }
                look_after = now + SLEEPERS;
            }
            thread::sleep(POLL);
        }
    }

    /// Whether what has not stopped is in sleeps that nothing interrupts. They may last for minutes, so nobody is held for
    /// their sake.
    fn rest_sleeps(&self) -> bool {
        let mut rest = self
            .threads
            .iter()
            .filter(|(_, held)| **held == Held::Seized);
        let sleeps = |tid| thread_state(self.process.pid(), tid) == Some('D');
        rest.by_ref()
            .take(MAX_SLEEPERS)
            .all(|(tid, _)| sleeps(*tid))
            && rest.next().is_none()
    }

    fn release(mut self) -> Pause {
        let pid = self.process.pid();
        let missed = self
            .threads
            .iter()
            .filter(|(_, held)| **held == Held::Seized)
            .map(|(tid, _)| *tid);
        let missed: Vec<Pid> = missed.collect();
        let stopped = self.threads.len() - missed.len();
        let since = self.since;
        self.detach_all();
        let lasted = since.map(|since| since.elapsed()).unwrap_or_default();
        // Asked only now, when nobody waits for us.
        let missed = missed
            .into_iter()
            .map(|tid| Missed {
                tid,
                state: thread_state(pid, tid).unwrap_or('?'),
                wait_channel: task(pid, tid).and_then(|task| wait_channel(&task)),
            })
            .collect();
        Pause {
            lasted,
            stopped,
            missed,
        }
    }

    fn detach_all(&mut self) {
        for (tid, held) in self.threads.drain() {
            // One that never stopped can't be detached; the kernel does it when this thread ends.
            if held == Held::Stopped {
                tracee::detach(tid);
            }
        }
    }
}

impl Drop for Stopped<'_> {
    fn drop(&mut self) {
        self.detach_all();
    }
}

fn thread_state(pid: Pid, tid: Pid) -> Option<char> {
    task(pid, tid)?.stat().ok().map(|stat| stat.state)
}

fn task(pid: Pid, tid: Pid) -> Option<Task> {
    let process = Proc::new(pid.as_raw()).ok()?;
    process.task_from_tid(tid.as_raw()).ok()
}
