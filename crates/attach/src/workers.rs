//! How many threads of ours work side by side.

use std::thread;

/// More than this read no faster, and are more than a target's host can spare.
const MAX: usize = 4;

/// As many as there are cores, within reason.
#[must_use]
pub fn count() -> usize {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    cores.min(MAX)
}
