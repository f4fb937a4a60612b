//! The processes of this machine.

use crate::facts::{Facts, facts};

/// Every process that shows itself, by pid. Those that end meanwhile are left out.
#[must_use]
pub fn processes() -> Vec<Facts> {
    let Ok(all) = procfs::process::all_processes() else {
        return Vec::new();
    };
    let mut found: Vec<Facts> = all.flatten().filter_map(|proc| facts(&proc).ok()).collect();
    found.sort_by_key(|facts| facts.pid);
    found
}
