//! Carrying out a plan of what to copy, with the target standing still or not.

use crate::copy::copy;
use crate::error::AttachError;
use crate::process::Process;
use crate::snapshot::Snapshot;
use crate::stop::{Pause, Standing, while_stopped};
use gopeek_layout::Span;
use std::time::Duration;

/// How long a target may be held.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct PauseLimits {
    /// For its threads to stop.
    pub stop: Duration,
    /// In all; no further wave is copied after it.
    pub hold: Duration,
}

impl Default for PauseLimits {
    fn default() -> Self {
        PauseLimits {
            stop: Duration::from_millis(100),
            hold: Duration::from_secs(2),
        }
    }
}

/// What was copied, and what that cost the target.
#[derive(Clone, Debug)]
pub struct Captured {
    /// The bytes.
    pub snapshot: Snapshot,
    /// The threads that stood still; none when the target was not stopped.
    pub standing: Vec<Standing>,
    /// The pause; nothing when the target was not stopped.
    pub pause: Option<Pause>,
    /// Whether the time was up before the plan was done.
    pub cut_short: bool,
}

/// What a plan may go by when it asks for more.
#[derive(Copy, Clone, Debug)]
pub struct Held<'c> {
    /// What was copied so far.
    pub got: &'c Snapshot,
    /// The threads that stand still.
    pub standing: &'c [Standing],
}

/// Copies what `next_wave` asks for until it asks for nothing, while the target stands still.
///
/// # Errors
/// [`AttachError`], when the target can't be stopped, ends, or becomes another program.
pub fn capture(
    process: &Process,
    limits: PauseLimits,
    mut next_wave: impl FnMut(Held<'_>) -> Vec<Span> + Send,
) -> Result<Captured, AttachError> {
    let (copied, pause) = while_stopped(process, limits.stop, |stopped| {
        let standing = stopped.standing();
        let time_is_up = || stopped.held_for() > limits.hold;
        let (snapshot, cut_short) = waves(process, &standing, &mut next_wave, time_is_up);
        // Here, where it can neither end nor exec: what it does once it is let go is no matter.
        process.confirm().map(|()| (snapshot, standing, cut_short))
    })?;
    let (snapshot, standing, cut_short) = copied?;
    Ok(Captured {
        snapshot,
        standing,
        pause: Some(pause),
        cut_short,
    })
}

/// Copies what `next_wave` asks for until it asks for nothing, while the target runs.
///
/// # Errors
/// [`AttachError`], when the target ends or becomes another program.
pub fn capture_running(
    process: &Process,
    mut next_wave: impl FnMut(Held<'_>) -> Vec<Span>,
) -> Result<Captured, AttachError> {
    let (snapshot, cut_short) = waves(process, &[], &mut next_wave, || false);
    process.confirm()?;
    Ok(Captured {
        snapshot,
        standing: Vec::new(),
        pause: None,
        cut_short,
    })
}

fn waves(
    process: &Process,
    standing: &[Standing],
    next_wave: &mut dyn FnMut(Held<'_>) -> Vec<Span>,
    time_is_up: impl Fn() -> bool,
) -> (Snapshot, bool) {
    let mut snapshot = Snapshot::default();
    loop {
        let spans = next_wave(Held {
            got: &snapshot,
            standing,
        });
        if spans.is_empty() {
            return (snapshot, false);
        }
        if time_is_up() {
            return (snapshot, true);
        }
        copy(process, spans, &mut snapshot);
    }
}
