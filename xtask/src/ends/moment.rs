//! When it happens: at any moment of gopeek's work, or in the middle of the pause.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::Result;

use super::target::is_held;

/// A moment in the life of a gopeek.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Moment {
    /// So long after its start.
    After(Duration),
    /// So long after it was first seen to hold the target.
    Held(Duration),
}

impl Moment {
    /// Every other one anywhere in an undisturbed run, the others anywhere in the pause.
    pub(super) fn draw(
        number: usize,
        wall: Duration,
        pause: Duration,
        random: &mut fastrand::Rng,
    ) -> Self {
        if number.is_multiple_of(2) {
            Moment::After(wall.mul_f64(random.f64()))
        } else {
            Moment::Held(pause.mul_f64(random.f64()))
        }
    }

    /// Lets it come, or gopeek's end; tells whether the target is held at the time.
    pub(super) fn wait(
        self,
        started: Instant,
        target: u32,
        mut is_over: impl FnMut() -> Result<bool>,
    ) -> Result<bool> {
        match self {
            Moment::After(delay) => {
                // Not to wait for anything: any moment will do.
                thread::sleep(delay.saturating_sub(started.elapsed()));
            }
            Moment::Held(delay) => {
                while !is_held(target) {
                    if is_over()? {
                        return Ok(false);
                    }
                }
                let since = Instant::now();
                // A pause is too short to sleep in.
                while since.elapsed() < delay {
                    std::hint::spin_loop();
                }
            }
        }
        Ok(is_held(target))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_lie_within_a_run_and_within_the_pause_in_turn() {
        let (wall, pause) = (Duration::from_millis(50), Duration::from_millis(3));
        let mut random = fastrand::Rng::with_seed(7);
        for number in 0..100 {
            match Moment::draw(number, wall, pause, &mut random) {
                Moment::After(delay) => assert!(number % 2 == 0 && delay < wall),
                Moment::Held(delay) => assert!(number % 2 == 1 && delay < pause),
            }
        }
    }

    #[test]
    fn a_gopeek_that_ends_without_holding_anything_is_not_waited_for() {
        let moment = Moment::Held(Duration::ZERO);
        let held = moment.wait(Instant::now(), std::process::id(), || Ok(true));
        assert!(!held.unwrap());
    }
}
