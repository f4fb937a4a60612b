//! The target's monotonic clock, which a time namespace may shift against ours.

use crate::process::Process;
use std::fs;
use std::path::Path;

impl Process {
    /// Now, in nanoseconds of the clock that the target's `runtime.nanotime` reads.
    #[must_use]
    pub fn monotonic_now(&self) -> i64 {
        let now = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
        let ours = now
            .tv_sec
            .saturating_mul(1_000_000_000)
            .saturating_add(now.tv_nsec);
        let shift = |of: &Path| monotonic_offset(&of.join("timens_offsets")).unwrap_or(0);
        ours.saturating_sub(shift(Path::new("/proc/self")))
            .saturating_add(shift(&self.folder()))
    }
}

/// The line `monotonic SECONDS NANOSECONDS`; nothing on kernels without time namespaces.
fn monotonic_offset(path: &Path) -> Option<i64> {
    let text = fs::read_to_string(path).ok()?;
    let mut numbers = text
        .lines()
        .find_map(|line| line.strip_prefix("monotonic"))?
        .split_whitespace();
    let seconds: i64 = numbers.next()?.parse().ok()?;
    let nanoseconds: i64 = numbers.next()?.parse().ok()?;
    seconds.checked_mul(1_000_000_000)?.checked_add(nanoseconds)
}
