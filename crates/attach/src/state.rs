//! The state of a process as a whole, as the kernel tells it: frozen, traced, out of descriptors or threads.

use crate::cgroup::Cgroup;
use crate::foreign::Foreign;
use crate::list;
use crate::process::Process;
use procfs::process::LimitValue;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// Descriptors that are counted one by one, where the kernel does not count them itself (before 6.2).
const MAX_COUNTED: usize = 1 << 20;

/// The state of a process. A field is `None` if there is no such limit, or if it could not be read.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct State {
    /// The state of its first thread: `Z` where that has ended and others run on.
    pub leader: Option<char>,
    /// The signal that stopped it, where the kernel told a tracer.
    pub stop_signal: Option<i32>,
    /// Pid and name of the process that traces it.
    pub tracer: Option<(i32, Foreign)>,
    /// Descriptors that are open.
    pub open: Option<u64>,
    /// Descriptors that may be (`RLIMIT_NOFILE`).
    pub max_open: Option<u64>,
    /// Its threads.
    pub threads: Option<u64>,
    /// Threads that its user may have, in all processes (`RLIMIT_NPROC`); not of root, whom that does not limit.
    pub max_user_threads: Option<u64>,
    /// Threads of the whole machine.
    pub all_threads: Option<u64>,
    /// Threads that the machine may have (`kernel.threads-max`, `kernel.pid_max`).
    pub max_threads: Option<u64>,
    /// Its control group.
    pub cgroup: Option<Cgroup>,
}

impl Process {
    /// Its state, as it is now; the signal that stopped it is not known from here.
    #[must_use]
    pub fn state(&self) -> State {
        let stat = self.proc().stat().ok();
        let limits = self.living().ok().and_then(|proc| proc.limits().ok());
        let soft = |value: LimitValue| match value {
            LimitValue::Value(value) => Some(value),
            LimitValue::Unlimited => None,
        };
        let user = self.proc().status().ok().map(|status| status.ruid);
        let of_user = limits.as_ref().filter(|_| user.is_some_and(|uid| uid != 0));
        let max_threads = ["threads-max", "pid_max"].map(kernel_limit);
        State {
            leader: stat.as_ref().map(|stat| stat.state),
            stop_signal: None,
            tracer: self.tracer().map(|tracer| {
                let name = list::name_of(tracer).unwrap_or_default();
                (tracer.as_raw(), name)
            }),
            open: open(&self.folder().join("fd")),
            max_open: limits
                .as_ref()
                .and_then(|limits| soft(limits.max_open_files.soft_limit)),
            threads: stat.and_then(|stat| u64::try_from(stat.num_threads).ok()),
            max_user_threads: of_user.and_then(|limits| soft(limits.max_processes.soft_limit)),
            all_threads: all_threads(),
            max_threads: max_threads.into_iter().flatten().min(),
            cgroup: self.cgroup(),
        }
    }
}

/// How many descriptors a process has open: the size of the folder, since Linux 6.2.
fn open(folder: &Path) -> Option<u64> {
    let size = std::fs::metadata(folder).ok()?.len();
    if size > 0 {
        return Some(size);
    }
    let entries = std::fs::read_dir(folder).ok()?;
    u64::try_from(entries.take(MAX_COUNTED).count()).ok()
}

/// The fourth number of `/proc/loadavg` has the threads that run, and all: `0.20 0.18 0.12 1/80 11206`.
fn all_threads() -> Option<u64> {
    let load = std::fs::read_to_string("/proc/loadavg").ok()?;
    let (_, all) = load.split(' ').nth(3)?.split_once('/')?;
    all.parse().ok()
}

fn kernel_limit(name: &str) -> Option<u64> {
    let text = std::fs::read_to_string(format!("/proc/sys/kernel/{name}")).ok()?;
    text.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use crate::process::Process;
    use nix::unistd::Pid;

    #[test]
    fn ones_own_state() {
        let process = Process::open(Pid::this()).unwrap();
        let files: Vec<_> = (0..100)
            .map(|_| std::fs::File::open("/dev/null").unwrap())
            .collect();
        let state = process.state();
        assert!(state.open.unwrap() >= files.len() as u64);
        assert!(state.max_open.unwrap() >= state.open.unwrap());
        assert!(state.threads.unwrap() >= 1);
        assert!(state.all_threads.unwrap() >= state.threads.unwrap());
        assert!(state.max_threads.unwrap() >= state.all_threads.unwrap());
        assert_eq!((state.stop_signal, state.tracer), (None, None));
    }
}
