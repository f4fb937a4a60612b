//! Looks at a process again and again, at a steady pace, until told to stop.

use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use crate::look::{Look, Way, look};
use crate::warnings::Warnings;

/// What came of all looks.
#[derive(Debug, Default)]
pub(super) struct Samples {
    /// How many looks there were.
    pub(super) looks: u64,
    /// Why they failed, those that did.
    pub(super) failures: Vec<String>,
    /// How long gopeek said it stopped the target.
    pub(super) stops: Vec<Duration>,
    pub(super) warnings: Warnings,
}

/// Looks until the other end of the channel is gone. A look that takes longer than the interval is followed by the
/// next at once.
pub(super) fn sample(pid: u32, way: Way, interval: Duration, until: &Receiver<()>) -> Samples {
    let mut samples = Samples::default();
    let mut due = Instant::now();
    loop {
        due += interval;
        match look(pid, way) {
            Ok(look) => samples.took(&look),
            Err(error) => samples.failures.push(format!("{error:#}")),
        }
        samples.looks += 1;
        let rest = due.saturating_duration_since(Instant::now());
        if until.recv_timeout(rest) == Err(RecvTimeoutError::Disconnected) {
            return samples;
        }
        due = due.max(Instant::now());
    }
}

impl Samples {
    fn took(&mut self, look: &Look) {
        self.stops.extend(look.stopped);
        self.warnings.count(&look.warnings);
    }

    /// Adds those of another window.
    pub(super) fn add(&mut self, other: Self) {
        self.looks += other.looks;
        self.failures.extend(other.failures);
        self.stops.extend(other.stops);
        self.warnings.add(other.warnings);
    }
}
