//! Looks at a process again and again, at a steady pace, until told to stop.

use std::collections::BTreeMap;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use crate::look::{Look, Way, look};

/// What came of all looks.
#[derive(Debug, Default)]
pub(super) struct Samples {
    /// How many looks there were.
    pub(super) looks: u64,
    /// Why they failed, those that did.
    pub(super) failures: Vec<String>,
    /// How long gopeek said it stopped the target.
    pub(super) stops: Vec<Duration>,
    /// What gopeek warned of, with the numbers left out, and how often.
    pub(super) warnings: BTreeMap<String, u64>,
}

/// Looks until the other end of the channel is gone. A look that takes longer than the interval is followed by the
/// next at once.
pub(super) fn sample(pid: u32, way: Way, interval: Duration, until: &Receiver<()>) -> Samples {
    let mut samples = Samples::default();
    let mut due = Instant::now();
    loop {
        due += interval;
        match look(pid, way) {
            Ok(look) => samples.took(look),
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
    fn took(&mut self, look: Look) {
        self.stops.extend(look.stopped);
        for warning in look.warnings {
            *self.warnings.entry(without_numbers(&warning)).or_default() += 1;
        }
    }

    /// Adds those of another window.
    pub(super) fn add(&mut self, other: Self) {
        self.looks += other.looks;
        self.failures.extend(other.failures);
        self.stops.extend(other.stops);
        for (warning, times) in other.warnings {
            *self.warnings.entry(warning).or_default() += times;
        }
    }
}

/// Goroutines and addresses differ from look to look; what is wrong with them does not.
fn without_numbers(warning: &str) -> String {
    let word = |word: &str| {
        let number = word.starts_with(|first: char| first.is_ascii_digit());
        if number {
            "N".to_owned()
        } else {
            word.to_owned()
        }
    };
    let words: Vec<_> = warning.split(' ').map(word).collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn warnings_of_one_kind_are_counted_together() {
        let mut samples = Samples::default();
        for goroutine in [7, 8] {
            let warning =
                format!("goroutine {goroutine}: the pc 0x4{goroutine} is in no Go function");
            samples.took(Look {
                wall: Duration::ZERO,
                memory: 0,
                stopped: Some(Duration::from_millis(1)),
                warnings: vec![warning],
            });
        }
        let expected = "goroutine N the pc N is in no Go function".to_owned();
        assert_eq!(samples.warnings, BTreeMap::from([(expected, 2)]));
        assert_eq!(samples.stops.len(), 2);
    }
}
