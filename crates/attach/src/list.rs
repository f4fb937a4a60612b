//! The processes of this machine.

use crate::facts::{Facts, facts};
use crate::foreign::Foreign;
use nix::unistd::Pid;
use procfs::process::Process as Proc;

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

/// The kernel's name for a process; nothing where there is none by that pid.
#[must_use]
pub fn name_of(pid: Pid) -> Option<Foreign> {
    let stat = Proc::new(pid.as_raw()).ok()?.stat().ok()?;
    Some(stat.comm.into())
}
