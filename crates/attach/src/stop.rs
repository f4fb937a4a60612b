//! Holding a target still for as long as it takes to copy, and letting go whatever happens.
//!
//! SEIZE and INTERRUPT only: nothing is written, no signal is left behind, and if gopeek dies, the kernel lets
//! the target go. Tracing binds to a thread, so [`Stopped`] can't leave the one that made it.

use crate::asleep::Asleep;
use crate::error::AttachError;
use crate::process::Process;
use crate::regs;
use crate::threads::wait_channel;
use crate::tracee::{self, Progress};
use gopeek_layout::registers::Registers;
use nix::errno::Errno;
use nix::unistd::Pid;
use procfs::process::{Process as Proc, Task};
use std::collections::{HashMap, HashSet};
use std::marker::PhantomData;
use std::sync::mpsc::Sender;
use std::thread;
use std::time::{Duration, Instant};

/// Maximum number of sleeping threads that are asked during the hold whether they woke up: about a millisecond.
const ASKED_HELD: usize = 128;
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
    /// The part of it that it took to stop the threads, and to let them go.
    pub for_threads: Duration,
    /// How many threads stood still.
    pub stopped: usize,
    /// The signal that had stopped it before.
    pub stop_signal: Option<i32>,
    /// Those that did not.
    pub missed: Vec<Missed>,
    /// How many threads slept, and were left alone.
    pub asleep: usize,
}

/// A thread that stands still; of one that sleeps, only its place is known.
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
    /// Those that are left alone: they sleep.
    asleep: Vec<Asleep>,
    /// How long the CPU time lasts that we have.
    most: Duration,
    threads: HashMap<Pid, Held>,
    since: Option<Instant>,
    /// How long it took from then until they all stood still.
    stopping: Duration,
    /// The signal that had stopped one of its threads before, and so all.
    stop_signal: Option<i32>,
    /// To whom reaps those that end meanwhile.
    tell: Sender<Vec<Pid>>,
    /// ptrace belongs to the thread that called it.
    on_this_thread: PhantomData<*const ()>,
}

impl<'p> Stopped<'p> {
    /// Holds none of its threads yet. Those that are `asleep` are left alone as long as they sleep on. The hold may last for
    /// `most`; `tell` receives the threads that are traced from now on.
    pub(crate) fn none_of(
        process: &'p Process,
        asleep: &[Asleep],
        most: Duration,
        tell: Sender<Vec<Pid>>,
    ) -> Stopped<'p> {
        Stopped {
            process,
            asleep: asleep.to_vec(),
            most,
            threads: HashMap::new(),
            since: None,
            stopping: Duration::ZERO,
            stop_signal: None,
            tell,
            on_this_thread: PhantomData,
        }
    }

    /// How long the target may be held with the CPU time that our control group leaves us.
    pub(crate) fn most(&self) -> Duration {
        self.most
    }

    /// The threads that were left alone.
    #[must_use]
    pub fn left_alone(&self) -> &[Asleep] {
        &self.asleep
    }

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
        let asleep = self.asleep.iter().map(|asleep| Standing {
            tid: asleep.tid,
            registers: asleep.blocked.registers(),
        });
        standing.chain(asleep).collect()
    }

    /// Stops all of them that can be stopped within `limit`.
    ///
    /// # Errors
    /// [`AttachError`], when the kernel refuses, or the target is gone.
    pub(crate) fn stop_all(&mut self, limit: Duration) -> Result<(), AttachError> {
        // Threads make threads and wake others until they stand still: look again until a pass finds no new one.
        for _ in 0..MAX_PASSES {
            self.notice_woken();
            let asleep: HashSet<Pid> = self.asleep.iter().map(|asleep| asleep.tid).collect();
            let threads = match self.process.threads() {
                Err(AttachError::NoSuchProcess(pid)) => return Err(AttachError::Exited(pid)),
                other => other?,
            };
            let new: Vec<Pid> = threads
                .into_iter()
                .filter(|tid| !self.threads.contains_key(tid) && !asleep.contains(tid))
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
                // One that is gone by now has nothing to interrupt.
                let _ = tracee::interrupt(*tid);
            }
            self.wait(deadline);
            if Instant::now() >= deadline {
                break;
            }
        }
        self.stopping = self.held_for();
        if self.threads.is_empty() && self.asleep.is_empty() {
            return Err(AttachError::Exited(self.process.pid()));
        }
        Ok(())
    }

    /// Leaves alone no longer what has woken up since it was found asleep: on a busy host that is long ago. While the target
    /// is held, no more threads are asked than cost little.
    fn notice_woken(&mut self) {
        let most = if self.since.is_some() {
            ASKED_HELD
        } else {
            usize::MAX
        };
        let asked = self.asleep.get(..most).unwrap_or(&self.asleep);
        let woken = self.process.woken(asked);
        self.asleep.retain(|asleep| !woken.contains(&asleep.tid));
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
        let mut stop_signal = self.stop_signal;
        loop {
            let mut waiting = false;
            self.threads.retain(|tid, held| {
                if *held == Held::Seized {
                    match tracee::poll(*tid) {
                        Progress::Stopped { by } => {
                            *held = Held::Stopped;
                            stop_signal = stop_signal.or(by);
                        }
                        Progress::Gone => return false,
                        Progress::Running => waiting = true,
                    }
                }
                true
            });
            self.stop_signal = stop_signal;
            let now = Instant::now();
            if !waiting || now >= deadline {
                return;
            }
            if now >= look_after {
                if self.rest_sleeps() {
                    return;
                }
                self.interrupt_rest();
                look_after = now + SLEEPERS;
            }
            thread::sleep(POLL);
        }
    }

    /// Asks again: a thread that execs takes the first one's number, and has forgotten that it was asked by its own. If it
    /// was not traced yet, nobody by that number is now.
    fn interrupt_rest(&mut self) {
        self.threads.retain(|tid, held| {
            let waits = *held == Held::Seized;
            !waits || tracee::interrupt(*tid) != Err(Errno::ESRCH)
        });
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

    /// Lets them go.
    pub(crate) fn release(mut self) -> Pause {
        let pid = self.process.pid();
        let missed = self
            .threads
            .iter()
            .filter(|(_, held)| **held == Held::Seized)
            .map(|(tid, _)| *tid);
        let missed: Vec<Pid> = missed.collect();
        let stopped = self.threads.len() - missed.len();
        let (since, stop_signal) = (self.since, self.stop_signal);
        let held = self.held_for();
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
            for_threads: self.stopping + lasted.saturating_sub(held),
            stopped,
            asleep: self.asleep.len(),
            stop_signal,
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
