//! The target of `bench`: how many goroutines it parks, and how many switch.

use std::fmt;
use std::time::Duration;

use anyhow::Result;

use crate::cell::Built;
use crate::repo;
use crate::target::Target;

/// A million goroutines take their time to park, and to be printed.
pub(super) const LIMIT: Duration = Duration::from_secs(180);

/// What the target does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Throng {
    /// How many goroutines it parks.
    pub(super) parked: u32,
    /// How many switch all the time besides.
    pub(super) busy: u32,
}

impl fmt::Display for Throng {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { parked, busy } = self;
        write!(f, "{parked} parked and {busy} busy goroutines")
    }
}

impl Throng {
    /// The program that does it, ready.
    pub(super) fn start(self, many: &Built) -> Result<Target> {
        let mut command = many.command();
        command.args(["-n", &self.parked.to_string()]);
        command.args(["-busy", &self.busy.to_string()]);
        let mut target = Target::start(command, &repo::target().join("bench/stderr.txt"))?;
        target.wait_until_ready(LIMIT)?;
        Ok(target)
    }
}
