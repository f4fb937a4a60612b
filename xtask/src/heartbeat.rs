//! The heartbeat inside a test program: for how long it stood still while something was done.

use std::thread;
use std::time::Duration;

use anyhow::Result;
use serde::Deserialize;

use crate::target::Target;

const LIMIT: Duration = Duration::from_secs(120);

/// What the heartbeat tells.
#[derive(Clone, Copy, Debug, Deserialize)]
pub(crate) struct Beat {
    #[serde(rename = "max_gap_ns")]
    gap: u64,
    /// How often it looked at the clock.
    pub(crate) samples: u64,
    /// How many turns the busy goroutine with the fewest had; negative without any.
    #[serde(default)]
    least_turns: i64,
}

impl Beat {
    /// The longest gap between two looks at the clock.
    pub(crate) fn gap(&self) -> Duration {
        Duration::from_nanos(self.gap)
    }

    /// How many turns each busy goroutine had at least.
    pub(crate) fn turns(&self) -> Option<u64> {
        u64::try_from(self.least_turns).ok()
    }
}

/// Does something, and gives what the target's heartbeat says of the time it took.
///
/// # Errors
/// When it can't be done, or the target does not answer.
pub(crate) fn during<T>(
    target: &mut Target,
    work: impl FnOnce(&mut Target) -> Result<T>,
) -> Result<(T, Beat)> {
    target.ask("reset", LIMIT)?;
    let done = work(target)?;
    let beat = target.ask_for("gap", LIMIT)?;
    Ok((done, beat))
}

/// The heartbeat's noise: what it says of a time in which nobody looks at the target.
///
/// # Errors
/// When the target does not answer.
pub(crate) fn alone(target: &mut Target, length: Duration) -> Result<Beat> {
    let ((), beat) = during(target, |_| {
        thread::sleep(length);
        Ok(())
    })?;
    Ok(beat)
}
