//! The target's monotonic clock, which a time namespace may shift against ours.

use crate::process::Process;
use std::fs;
use std::path::Path;

/// A target's monotonic clock.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct Clock {
    /// What it shows more than ours, in nanoseconds. A process can't change that once it has begun.
    ahead: i64,
}

impl Clock {
    /// Now, in nanoseconds of the clock that the target's `runtime.nanotime` reads.
    #[must_use]
    pub fn now(self) -> i64 {
        let now = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
        now.tv_sec
            .saturating_mul(1_000_000_000)
            .saturating_add(now.tv_nsec)
            .saturating_add(self.ahead)
    }
}

impl Process {
    /// Its monotonic clock.
    #[must_use]
    pub fn clock(&self) -> Clock {
        let shift = |of: &Path| monotonic_offset(&of.join("timens_offsets")).unwrap_or(0);
        Clock {
            ahead: shift(&self.folder()).saturating_sub(shift(Path::new("/proc/self"))),
        }
    }

    /// Now, by that.
    #[must_use]
    pub fn monotonic_now(&self) -> i64 {
        self.clock().now()
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
