//! What /proc tells of a target's threads, without stopping them.

use crate::process::Process;
use crate::regs::HERE;
use gopeek_layout::Addr;
use gopeek_layout::registers::Registers;
use nix::unistd::Pid;
use procfs::process::Task;
use std::fs;

/// How much of a thread is looked at.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Look {
    /// Which threads there are.
    Ids,
    /// What each of them does.
    Activity,
}

/// A thread of a target.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Thread {
    /// Its number here.
    pub tid: Pid,
    /// Its number in the target's own pid namespace, which is what its program calls it.
    pub inner_tid: u64,
    /// What it does, where that was asked for.
    pub activity: Option<Activity>,
}

/// What a thread does.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Activity {
    /// The kernel's name for it, at most 15 bytes.
    pub name: String,
    /// `R` running, `S` sleeping, `D` in a sleep that nothing interrupts, `T` stopped, ... (proc(5)).
    pub state: char,
    /// Where it is blocked, in the kernel's words, where it shows that.
    pub wait_channel: Option<String>,
    /// Where it is blocked, in its own code.
    pub blocked: Option<Blocked>,
}

/// Where a thread is that does not run.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct Blocked {
    /// The number of the system call that it is in, and its arguments; nothing for one that a page fault, a signal or a
    /// tracer stopped.
    pub call: Option<(u64, [u64; 6])>,
    /// Its stack pointer.
    pub sp: u64,
    /// Where it goes on.
    pub pc: u64,
}

impl Blocked {
    /// The thread's registers, as far as they are known: where it is.
    #[must_use]
    pub fn registers(&self) -> Registers {
        Registers::place(HERE, Addr::new(self.pc), Addr::new(self.sp))
    }
}

/// How often a thread has left a CPU: as long as that is the same, it has slept, or has run, all the time.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct Switches {
    /// Because it had to wait.
    pub voluntary: u64,
    /// Because others were to run.
    pub involuntary: u64,
}

impl Process {
    /// How often the thread `tid` has left a CPU, and its state; nothing when it is gone.
    #[must_use]
    pub fn switches(&self, tid: Pid) -> Option<(Switches, char)> {
        let task = self.proc().task_from_tid(tid.as_raw()).ok()?;
        let status = task.status().ok()?;
        let switches = Switches {
            voluntary: status.voluntary_ctxt_switches?,
            involuntary: status.nonvoluntary_ctxt_switches?,
        };
        Some((switches, status.state.chars().next()?))
    }

    /// The threads, as they are now. Those that end meanwhile are left out.
    #[must_use]
    pub fn look_at_threads(&self, look: Look) -> Vec<Thread> {
        let nested = self.is_nested();
        let Ok(tasks) = self.proc().tasks() else {
            return Vec::new();
        };
        tasks
            .flatten()
            .map(|task| Thread {
                tid: Pid::from_raw(task.tid),
                inner_tid: inner_tid(&task, nested),
                activity: match look {
                    Look::Ids => None,
                    Look::Activity => activity(&task),
                },
            })
            .collect()
    }

    /// The number of the thread `tid` in the target's own pid namespace.
    #[must_use]
    pub fn inner_tid(&self, tid: Pid) -> u64 {
        let task = self.proc().task_from_tid(tid.as_raw());
        task.map_or(0, |task| inner_tid(&task, self.is_nested()))
    }

    /// Whether it lives in a pid namespace below ours. Each level gives a number of its own; where there is one level,
    /// no thread needs to be asked.
    fn is_nested(&self) -> bool {
        let status = self.proc().status();
        status.is_ok_and(|status| status.nspid.is_some_and(|ids| ids.len() > 1))
    }

    /// The system call that the thread `tid` is blocked in; nothing when it runs, or is gone.
    #[must_use]
    pub fn blocked_in(&self, tid: Pid) -> Option<Blocked> {
        blocked(&self.proc().task_from_tid(tid.as_raw()).ok()?)
    }
}

fn inner_tid(task: &Task, nested: bool) -> u64 {
    let innermost = || task.status().ok()?.nspid?.last().copied();
    let tid = if nested { innermost() } else { None };
    u64::try_from(tid.unwrap_or(task.tid)).unwrap_or(0)
}

fn activity(task: &Task) -> Option<Activity> {
    let stat = task.stat().ok()?;
    Some(Activity {
        name: stat.comm,
        state: stat.state,
        wait_channel: wait_channel(task),
        blocked: blocked(task),
    })
}

/// Where in the kernel a thread sleeps, where that shows.
pub(crate) fn wait_channel(task: &Task) -> Option<String> {
    let name = fs::read_to_string(path(task, "wchan")).ok()?;
    Some(name).filter(|name| !name.is_empty() && name != "0")
}

fn path(task: &Task, name: &str) -> String {
    format!("/proc/{}/task/{}/{name}", task.pid, task.tid)
}

fn blocked(task: &Task) -> Option<Blocked> {
    parse(&fs::read_to_string(path(task, "syscall")).ok()?)
}

/// `number args*6 sp pc`, or `-1 sp pc` outside of any system call, or `running` (proc_pid_syscall(5)).
fn parse(line: &str) -> Option<Blocked> {
    let (number, rest) = line.trim().split_once(' ')?;
    let hex = |word: &str| u64::from_str_radix(word.trim_start_matches("0x"), 16).ok();
    let words: Option<Vec<u64>> = rest.split(' ').map(hex).collect();
    let (args, [sp, pc]) = words?
        .split_last_chunk()
        .map(|(args, place)| (args.to_vec(), *place))?;
    let call = number.parse().ok().zip(args.try_into().ok());
    Some(Blocked { call, sp, pc })
}

#[cfg(test)]
mod tests {
    use super::{Blocked, parse};

    #[test]
    fn where_a_thread_is() {
        let call = Some((202, [1, 0x80, 0, 0, 0, 7]));
        let (sp, pc) = (0x7ffc_0010, 0x40_1234);
        let lines = [
            (
                "202 0x1 0x80 0x0 0x0 0x0 0x7 0x7ffc0010 0x401234\n",
                Some(call),
            ),
            ("-1 0x7ffc0010 0x401234\n", Some(None)),
            ("running\n", None),
            ("", None),
            ("202 0x1\n", None),
            ("202 0x1 zebra 0x0 0x0 0x0 0x7 0x7ffc0010 0x401234\n", None),
        ];
        for (line, call) in lines {
            let expected = call.map(|call| Blocked { call, sp, pc });
            assert_eq!(parse(line), expected, "{line:?}");
        }
    }
}
