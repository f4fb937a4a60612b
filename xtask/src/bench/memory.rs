//! Whether this machine has memory enough for a target.

use std::fs;

use anyhow::{Context, Result, ensure};

/// The least memory that a target of so many goroutines and gopeek take together, in bytes: at a million 6 and 3 GB.
const EACH: u64 = 10_000;

/// Refuses what this machine has no memory for.
///
/// # Errors
/// When it is not enough, or can't be known.
pub(super) fn check(parked: u32) -> Result<()> {
    let meminfo = fs::read_to_string("/proc/meminfo").context("read /proc/meminfo")?;
    enough(&meminfo, parked)
}

fn enough(meminfo: &str, parked: u32) -> Result<()> {
    let available = meminfo.lines().find_map(|line| {
        let (number, _) = line.strip_prefix("MemAvailable:")?.rsplit_once(' ')?;
        number.trim().parse::<u64>().ok()
    });
    let available = available.context("the kernel does not say what memory is available")? * 1024;
    let needed = u64::from(parked) * EACH;
    ensure!(
        available >= needed,
        "they take {} MB of memory, and {} MB are available",
        needed / 1_000_000,
        available / 1_000_000
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::enough;

    #[test]
    fn what_does_not_fit_is_refused() {
        let meminfo = "MemFree:  1 kB\nMemAvailable:   2000000 kB\n";
        assert!(enough(meminfo, 100_000).is_ok());
        assert!(enough(meminfo, 1_000_000).is_err());
        assert!(enough("", 1).is_err());
    }
}
