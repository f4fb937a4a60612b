//! A process that SIGSTOP holds still: whoever looks at it sees the same, until it is let go.

use anyhow::{Context, Result};
use rustix::process::Signal;

use crate::condition::{signal, until_all};

/// Stops a process, and waits until all its threads stand.
///
/// # Errors
/// When they do not.
pub(super) fn hold(pid: u32) -> Result<()> {
    signal(pid, Signal::STOP)?;
    still(pid)
}

/// Makes sure that it still stands, and that nobody traces it any more.
///
/// # Errors
/// When it does not.
pub(super) fn still(pid: u32) -> Result<()> {
    until_all(pid, "T").context("a process that is to be held still")
}

/// Lets it go on.
///
/// # Errors
/// When it is gone.
pub(super) fn let_go(pid: u32) -> Result<()> {
    signal(pid, Signal::CONT)
}
