//! Doing something to a target at a random moment of a look at it.

use std::thread;
use std::time::Duration;

use anyhow::{Result, anyhow};

use super::look::{Seen, look};
use super::stage::gopeek;

/// About as long as a look takes here.
const LOOK: u64 = 12_000;

/// Runs gopeek on the process `pid`, and `act` at a moment of it.
pub(super) fn amid(
    random: &mut fastrand::Rng,
    pid: u32,
    act: impl FnOnce() -> Result<()>,
) -> Result<Seen> {
    let moment = Duration::from_micros(random.u64(..LOOK));
    let mut command = gopeek(pid, &[]);
    thread::scope(|scope| {
        let looks = scope.spawn(|| look(&mut command));
        // Not to wait for anything: any moment will do.
        thread::sleep(moment);
        act()?;
        looks
            .join()
            .map_err(|_| anyhow!("the thread of a look panicked"))?
    })
}
