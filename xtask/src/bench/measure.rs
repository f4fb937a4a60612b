//! One run of gopeek, measured from outside; and medians.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use wait4::Wait4;

use crate::repo;

/// What one run of gopeek took.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cost {
    /// From its start to its end.
    pub(super) wall: Duration,
    /// Its peak resident memory in bytes. Never less than xtask's own few MB, which a child starts out with.
    pub(super) memory: u64,
}

/// Runs gopeek on a process, with its text thrown away.
///
/// # Errors
/// When it does not succeed; its stderr is ours.
pub(super) fn gopeek(pid: u32) -> Result<Cost> {
    let mut command = Command::new(repo::gopeek());
    command.args(["--format=stack", "-o", "/dev/null"]);
    command.arg(pid.to_string());
    command.stdin(Stdio::null()).stdout(Stdio::null());
    let started = Instant::now();
    let used = command
        .spawn()
        .and_then(|mut child| child.wait4())
        .context("run gopeek")?;
    let wall = started.elapsed();
    if !used.status.success() {
        bail!("gopeek: {}", used.status);
    }
    let memory = used.rusage.maxrss;
    Ok(Cost { wall, memory })
}

/// The middle of what was measured; of an even number, the upper one of the two.
///
/// # Errors
/// When nothing was measured.
pub(super) fn median<T: Ord + Copy>(measured: impl IntoIterator<Item = T>) -> Result<T> {
    let mut sorted: Vec<_> = measured.into_iter().collect();
    sorted.sort_unstable();
    let middle = sorted.get(sorted.len() / 2);
    middle.copied().context("nothing was measured")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_in_the_middle() {
        assert_eq!(median([9, 1, 5]).unwrap(), 5);
        assert_eq!(median([4, 1, 3, 2]).unwrap(), 3);
        assert!(median([0; 0]).is_err());
    }
}
