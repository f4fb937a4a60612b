//! The last resort: a gopeek that does not let its target go is killed by the kernel.
//!
//! The thread that holds a target may get stuck: in a page that no disk answers for, in a lock that a panic's or an
//! allocator's last words wait for, in a terminal that takes none of them, in a SIGSTOP. Signals that would end it are
//! held back meanwhile. A timer that sends SIGKILL needs nothing of us any more, and what dies lets go.

use nix::errno::Errno;
use nix::sys::signal::{SigEvent, SigevNotify, Signal};
use nix::sys::timer::{Expiration, Timer, TimerSetTimeFlags};
use nix::time::ClockId;
use std::time::Duration;

/// Far longer than a target is ever held on purpose, on a machine that gives us little time.
const GRACE: Duration = Duration::from_secs(4);
/// Time to say why, before the kernel ends us.
const LAST_WORDS: Duration = Duration::from_secs(1);
/// A wait for threads is at least this part of the time for which a target may be held.
const PARTS: u32 = 4;

/// For as long as it lives, the end of this process is set.
#[derive(Debug)]
pub(crate) struct Deadline {
    _timer: Timer,
}

/// Sets the end, for a hold that waits for threads for up to `limit`.
///
/// # Errors
/// What the kernel answers. Without this nothing must be held.
pub(crate) fn set(limit: Duration) -> Result<Deadline, Errno> {
    kill_after(longest(limit).saturating_add(LAST_WORDS))
}

/// How long a hold that waits for threads for up to `limit` takes at most, before gopeek ends itself.
pub(crate) fn longest(limit: Duration) -> Duration {
    limit.saturating_mul(PARTS).saturating_add(GRACE)
}

/// Makes the kernel kill this process after `time`.
///
/// # Errors
/// What the kernel answers.
pub(crate) fn kill_after(time: Duration) -> Result<Deadline, Errno> {
    let kill = SigEvent::new(SigevNotify::SigevSignal {
        signal: Signal::SIGKILL,
        si_value: 0,
    });
    let mut timer = Timer::new(ClockId::CLOCK_MONOTONIC, kill)?;
    timer.set(Expiration::OneShot(time.into()), TimerSetTimeFlags::empty())?;
    Ok(Deadline { _timer: timer })
}
