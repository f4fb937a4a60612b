//! The CPU time that our own control group leaves us: a gopeek that is throttled in the middle of a pause holds its target until
//! the next period.

use crate::cgroup::CpuMax;
use crate::process::Process;
use crate::workers;
use nix::unistd::Pid;
use std::thread::{self, available_parallelism};
use std::time::Duration;

/// Maximum time to wait for a new period. Nobody sets longer ones: the kernel's limit is a second.
const MAX_WAIT: Duration = Duration::from_secs(1);

/// What our control group allows in each period, where that is less than all of the CPUs.
pub(crate) fn own() -> Option<CpuMax> {
    let own = Process::open(Pid::this()).ok()?.cpu_max()?;
    let cpus = available_parallelism().map_or(1, usize::from) as u64;
    (own.quota_usec < own.period_usec.saturating_mul(cpus)).then_some(own)
}

/// Waits for a period of which nothing is used. Returns how long a pause may be that begins now, so that it ends within it.
pub(crate) fn wait(quota: CpuMax) -> Duration {
    thread::sleep(Duration::from_micros(quota.period_usec).min(MAX_WAIT));
    // All that read have to share it, with the one that stops and lets go.
    let readers = u32::try_from(workers::count()).unwrap_or(u32::MAX);
    Duration::from_micros(quota.quota_usec) / readers.saturating_add(1)
}
