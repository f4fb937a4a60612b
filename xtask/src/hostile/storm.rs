//! Everything at once, at random moments: signals that the target counts, stops from outside, threads that come and go.

use std::time::Duration;

use anyhow::{Result, ensure};
use rustix::process::Signal;
use serde::Deserialize;

use super::moments::amid;
use super::outcome::Outcome;
use super::stage::Stage;
use super::victim::Victim;
use crate::condition::signal;

/// What came of the signals that the target sent itself.
#[derive(Deserialize)]
struct Storm {
    sent: u64,
    got: u64,
}

/// Looks at it in the middle of that, again and again.
pub(super) fn storm(stage: &Stage) -> Result<Outcome> {
    let mut random = stage.random();
    let mut victim = Victim::start(stage, &["-do", "signals", "-n", "20"])?;
    let pid = victim.pid;
    let looks = 3 * stage.count;
    for _ in 0..looks {
        // Those that are not counted, as others send them, too.
        let signals = [Signal::URG, Signal::STOP, Signal::CONT];
        let sent: Vec<Signal> = (0..random.usize(..6))
            .filter_map(|_| random.choice(signals))
            .collect();
        let between = Duration::from_micros(random.u64(..3000));
        let seen = amid(&mut random, pid, || {
            for one in sent {
                signal(pid, one)?;
                std::thread::sleep(between);
            }
            signal(pid, Signal::CONT)
        })?;
        victim.is_shown_whole(&seen)?;
        victim.is_as_it_was()?;
    }
    let Storm { sent, got } = victim.ask("settle")?;
    ensure!(sent > 0, "there was no storm");
    ensure!(sent == got, "{} of {sent} signals were lost", sent - got);
    victim.goes_on()?;
    Ok(Outcome::Passed(format!(
        "{sent} signals, none lost, during {looks} looks"
    )))
}
