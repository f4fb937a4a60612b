//! How often is looked: as often as was asked for, if that costs us little, and the target next to nothing.

use std::time::{Duration, Instant};

/// Samples and frames together take no more than this part of one CPU.
const CPU: f64 = 0.06;
/// Diagnoses take no more than this part of one CPU.
const DIAGNOSIS: f64 = 0.02;
/// The target stands still for no more than this part of the time.
const STANDING: f64 = 0.001;
/// No diagnosis follows another sooner.
const BETWEEN_DIAGNOSES: Duration = Duration::from_secs(5);
/// How much a new measurement counts against those before.
const NEW: f64 = 0.3;
/// However much a look takes, the next comes after so long.
const MAX_INTERVAL: Duration = Duration::from_secs(30);

/// How often is looked.
#[derive(Clone, Debug)]
pub(crate) struct Pace {
    asked: Duration,
    /// What a sample takes of the CPU, with the frames that it leads to, in seconds.
    cost: f64,
    /// When the next pause may begin.
    next_pause: Option<Instant>,
    /// When the next diagnosis may begin.
    next_diagnosis: Option<Instant>,
    /// The last pause, and the longest.
    pub(crate) pauses: Option<(Duration, Duration)>,
}

impl Pace {
    /// Samples are to be `asked` apart.
    pub(crate) fn new(asked: Duration) -> Pace {
        Pace {
            asked,
            cost: 0.0,
            next_pause: None,
            next_diagnosis: None,
            pauses: None,
        }
    }

    /// From one sample to the next.
    pub(crate) fn interval(&self) -> Duration {
        let affordable = Duration::try_from_secs_f64(self.cost / CPU).unwrap_or(MAX_INTERVAL);
        self.asked.max(affordable.min(MAX_INTERVAL))
    }

    /// A sample, with all that was drawn since the last one, has taken so much CPU time.
    pub(crate) fn took(&mut self, cpu: Duration) {
        let cpu = cpu.as_secs_f64();
        self.cost = if self.cost > 0.0 {
            self.cost.mul_add(1.0 - NEW, cpu * NEW)
        } else {
            cpu
        };
    }

    /// Whether the target may be stopped now.
    pub(crate) fn may_pause(&self, now: Instant) -> bool {
        self.next_pause.is_none_or(|next| now >= next)
    }

    /// It was stopped for so long.
    pub(crate) fn paused(&mut self, pause: Duration, now: Instant) {
        let longest = self.pauses.map_or(pause, |(_, longest)| longest.max(pause));
        self.pauses = Some((pause, longest));
        self.next_pause = now.checked_add(pause.div_f64(STANDING));
    }

    /// Whether a diagnosis may be made now.
    pub(crate) fn may_diagnose(&self, now: Instant) -> bool {
        self.next_diagnosis.is_none_or(|next| now >= next)
    }

    /// One has taken so much CPU time.
    pub(crate) fn diagnosed(&mut self, cpu: Duration, now: Instant) {
        let rest = cpu.div_f64(DIAGNOSIS).max(BETWEEN_DIAGNOSES);
        self.next_diagnosis = now.checked_add(rest);
    }
}

#[cfg(test)]
mod tests {
    use super::Pace;
    use std::time::{Duration, Instant};

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn what_is_cheap_is_done_as_often_as_asked() {
        let mut pace = Pace::new(SECOND);
        pace.took(Duration::from_millis(20));
        assert_eq!(pace.interval(), SECOND);
    }

    #[test]
    fn what_is_not_is_done_less_often_and_more_often_again() {
        let mut pace = Pace::new(SECOND);
        pace.took(Duration::from_millis(300));
        assert_eq!(pace.interval(), 5 * SECOND);
        for _ in 0..20 {
            pace.took(Duration::from_millis(10));
        }
        assert_eq!(pace.interval(), SECOND);
    }

    #[test]
    fn a_pause_is_followed_by_a_thousand_times_of_none() {
        let (mut pace, now) = (Pace::new(SECOND), Instant::now());
        assert!(pace.may_pause(now));
        pace.paused(Duration::from_millis(2), now);
        assert!(!pace.may_pause(now + SECOND));
        assert!(pace.may_pause(now + 2 * SECOND));
    }

    #[test]
    fn a_dear_diagnosis_comes_seldom() {
        let (mut pace, now) = (Pace::new(SECOND), Instant::now());
        pace.diagnosed(SECOND, now);
        assert!(!pace.may_diagnose(now + 49 * SECOND));
        assert!(pace.may_diagnose(now + 50 * SECOND));
    }
}
