//! Samples of a busy process must need no new memory.

use anyhow::{Context, Result};

use crate::run;
use crate::target::Target;

/// Has gopeek's own test take samples of a target, and count what they allocate.
///
/// # Errors
/// When one does.
pub(super) fn count(target: &Target) -> Result<()> {
    let mut test = run::cargo([
        "test",
        "--release",
        "-p",
        "gopeek-ui",
        "--lib",
        "--",
        "--ignored",
        "--exact",
        "--nocapture",
        "tui::tests::allocations::sampling_allocates_nothing",
    ]);
    run::shown(test.env("GOPEEK_TARGET", target.pid().to_string())).context("a frame allocates")
}
