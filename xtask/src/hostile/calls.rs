//! A target in system calls that a stop would end early: it notices nothing.

use std::collections::BTreeMap;

use anyhow::{Result, ensure};

use super::outcome::Outcome;
use super::stage::Stage;
use super::victim::Victim;

/// How often it is looked at.
const LOOKS: usize = 20;

/// Each call in a thread of its own.
pub(super) fn calls(stage: &Stage) -> Result<Outcome> {
    let mut victim = Victim::start(stage, &["-do", "calls"])?;
    for _ in 0..LOOKS {
        victim.is_shown_whole(&victim.look(&[])?)?;
    }
    let early: BTreeMap<String, u32> = victim.ask("settle")?;
    ensure!(
        early.values().all(|count| *count == 0),
        "calls that ended early, and how often: {early:?}"
    );
    victim.goes_on()?;
    Ok(Outcome::Passed(format!(
        "none of {} kinds of calls ended early in {LOOKS} looks",
        early.len()
    )))
}
