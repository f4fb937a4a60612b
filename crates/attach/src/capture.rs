//! Carrying out a plan of what to copy, with the target standing still or not.

use crate::again::{Again, Watched};
use crate::asleep::Asleep;
use crate::copy::{copy, is_over};
use crate::error::AttachError;
use crate::hold::while_stopped;
use crate::process::Process;
use crate::snapshot::Snapshot;
use crate::stop::{Pause, Standing};
use gopeek_layout::Span;
use nix::unistd::Pid;
use std::collections::HashSet;
use std::time::{Duration, Instant};

/// What a stop mostly copies fits in: a thousand goroutines that run or have moved.
const ROOM: usize = 4 << 20;

/// The part of a pause in which looking again at what is watched must end.
const LOOK_AGAIN: f64 = 0.75;

/// How long a target may be held.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct PauseLimits {
    /// For its threads to stop.
    pub stop: Duration,
    /// In all; what has not been copied by then is not copied.
    pub hold: Duration,
}

impl PauseLimits {
    /// At most `pause` from the first thread that is stopped to the last that is let go.
    #[must_use]
    pub fn within(pause: Duration) -> PauseLimits {
        PauseLimits {
            stop: pause / 2,
            hold: pause,
        }
    }
}

impl Default for PauseLimits {
    /// 50 ms.
    fn default() -> Self {
        PauseLimits::within(Duration::from_millis(50))
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
    /// What has become of what was watched.
    pub again: Again,
    /// The threads that were left alone, and slept on. They stood still, too.
    pub asleep: Vec<Asleep>,
    /// Those of them that woke up meanwhile, or soon after: where they were is not known.
    pub woken: Vec<Pid>,
}

/// What a plan may go by when it asks for more.
#[derive(Copy, Clone, Debug)]
pub struct Held<'c> {
    /// What was copied so far.
    pub got: &'c Snapshot,
    /// The threads that stand still.
    pub standing: &'c [Standing],
    /// What has become of what was watched.
    pub again: &'c Again,
    /// When copying must end.
    pub until: Option<Instant>,
}

/// Copies what `next_wave` asks for until it asks for nothing, while the target stands still; before that, looks again
/// at what was `watched`. Threads that are `asleep` are left alone.
///
/// # Errors
/// [`AttachError`], when the target can't be stopped, ends, or becomes another program.
pub fn capture(
    process: &Process,
    limits: PauseLimits,
    asleep: &[Asleep],
    watched: Option<&Watched<'_>>,
    mut next_wave: impl FnMut(Held<'_>) -> Vec<Span> + Send,
) -> Result<Captured, AttachError> {
    // Touched before: a fresh page takes longer than what is read into it.
    let mut snapshot = Snapshot::with_room(ROOM);
    let (copied, pause) = while_stopped(process, limits.stop, asleep, |stopped| {
        let standing = stopped.standing();
        let limits = PauseLimits {
            hold: limits.hold.min(stopped.most()),
            ..limits
        };
        let until = until(limits, stopped.held_for());
        let again = watched.map(|watched| {
            // What follows is little, and worth more.
            let now = Instant::now();
            let share = until.saturating_duration_since(now).mul_f64(LOOK_AGAIN);
            watched.look_fast(process, now + share)
        });
        let again = again.unwrap_or_default();
        let held = (&standing[..], &again);
        let cut_short = waves(process, held, &mut next_wave, Some(until), &mut snapshot);
        // Here, where it can neither end nor exec: what it does once it is let go is no matter.
        process.confirm().map(|()| Captured {
            snapshot,
            standing,
            pause: None,
            cut_short,
            again,
            asleep: stopped.left_alone().to_vec(),
            woken: Vec::new(),
        })
    })?;
    let copied = copied?;
    let mut copied = Captured {
        pause: Some(pause),
        woken: process.woken(&copied.asleep),
        ..copied
    };
    if let Some(watched) = watched {
        watched.settle(&mut copied.again);
    }
    let woken: HashSet<Pid> = copied.woken.iter().copied().collect();
    copied.standing.retain(|it| !woken.contains(&it.tid));
    copied.asleep.retain(|it| !woken.contains(&it.tid));
    Ok(copied)
}

/// When copying must end, of a target that has been held for so long already: letting its threads go takes about as
/// long as stopping them.
fn until(limits: PauseLimits, held: Duration) -> Instant {
    let reserve = (held / 2).min(limits.hold / 4) + limits.hold / 50;
    Instant::now() + limits.hold.saturating_sub(held + reserve)
}

/// Copies what `next_wave` asks for until it asks for nothing, while the target runs.
///
/// # Errors
/// [`AttachError`], when the target ends or becomes another program.
pub fn capture_running(
    process: &Process,
    standing: &[Standing],
    mut next_wave: impl FnMut(Held<'_>) -> Vec<Span>,
) -> Result<Captured, AttachError> {
    let (again, mut snapshot) = (Again::default(), Snapshot::default());
    let cut_short = waves(
        process,
        (standing, &again),
        &mut next_wave,
        None,
        &mut snapshot,
    );
    process.confirm()?;
    Ok(Captured {
        snapshot,
        standing: standing.to_vec(),
        pause: None,
        cut_short,
        again,
        asleep: Vec::new(),
        woken: Vec::new(),
    })
}

/// Copies spans while the target runs, as far as they can be had. One that has ended has nothing more to say.
#[must_use]
pub fn copy_running(process: &Process, spans: Vec<Span>) -> Snapshot {
    if spans.is_empty() {
        return Snapshot::default();
    }
    let mut wanted = Some(spans);
    let read = capture_running(process, &[], |_| wanted.take().unwrap_or_default());
    read.map(|read| read.snapshot).unwrap_or_default()
}

/// Says whether time was up.
fn waves(
    process: &Process,
    (standing, again): (&[Standing], &Again),
    next_wave: &mut dyn FnMut(Held<'_>) -> Vec<Span>,
    until: Option<Instant>,
    snapshot: &mut Snapshot,
) -> bool {
    loop {
        let spans = next_wave(Held {
            got: snapshot,
            standing,
            again,
            until,
        });
        if spans.is_empty() {
            return false;
        }
        if is_over(until) || !copy(process, spans, snapshot, until) {
            return true;
        }
    }
}
