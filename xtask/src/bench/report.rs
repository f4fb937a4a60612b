//! What the hang report costs, in time, memory and pause, beside a dump of the same process in the same run.

use std::time::Duration;

use anyhow::Result;

use super::throng::{LIMIT, Throng};
use crate::cell::{Built, MANY, STRIPPED, build};
use crate::heartbeat;
use crate::look::{self, Look, Way};
use crate::median::median;
use crate::table::{count, head, megabytes, milliseconds, ratio, row};
use crate::target::Target;
use crate::toolchain::Toolchain;

/// How many goroutines are parked.
const SIZES: [u32; 3] = [1000, 10_000, 100_000];

/// One look, by which the target stood still for so long by its own clock.
struct Sample {
    look: Look,
    gap: Duration,
}

/// Measures all, and gives the table.
///
/// # Errors
/// When something cannot be measured.
pub(super) fn table(go: &Toolchain, rounds: usize) -> Result<String> {
    let names = [
        "goroutines",
        "dump",
        "report",
        "to the dump",
        "dump's memory",
        "report's memory",
        "dump's gap",
        "report's gap",
        "noise",
    ];
    let mut lines = vec![head(&names)];
    let many = build(go, &STRIPPED, &MANY)?;
    for parked in SIZES {
        lines.push(throng(&many, parked, rounds)?);
    }
    lines.push(NOTE.to_owned());
    Ok(lines.join("\n"))
}

const NOTE: &str = "
Wall times are of the whole process that writes its text to /dev/null. A gap is what a thread of the target saw, which looks
at the clock every 100 µs; noise is its longest gap when nobody looks. Dumps and reports take turns on the same process.";

fn throng(many: &Built, parked: u32, rounds: usize) -> Result<String> {
    let throng = Throng { parked, busy: 0 };
    eprintln!("measuring {throng}");
    let mut target = throng.start(many)?;
    // Once for all: what is touched for the first time is slower.
    look::report(target.pid())?;
    let (mut dumps, mut reports, mut noise) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..rounds {
        dumps.push(sample(&mut target, |pid| look::look(pid, Way::Default))?);
        reports.push(sample(&mut target, look::report)?);
        let length = reports.last().map_or(Duration::ZERO, |it| it.look.wall);
        noise.push(heartbeat::alone(&mut target, length)?.gap());
    }
    target.end(LIMIT)?;
    let wall = |samples: &[Sample]| median(samples.iter().map(|it| it.look.wall));
    let memory = |samples: &[Sample]| median(samples.iter().map(|it| it.look.memory));
    let gap = |samples: &[Sample]| median(samples.iter().map(|it| it.gap));
    Ok(row(&[
        count(u64::from(parked)),
        milliseconds(wall(&dumps)?),
        milliseconds(wall(&reports)?),
        ratio(wall(&reports)?, wall(&dumps)?),
        megabytes(memory(&dumps)?),
        megabytes(memory(&reports)?),
        milliseconds(gap(&dumps)?),
        milliseconds(gap(&reports)?),
        milliseconds(median(noise)?),
    ]))
}

fn sample(target: &mut Target, look: impl FnOnce(u32) -> Result<Look>) -> Result<Sample> {
    let (look, beat) = heartbeat::during(target, |target| look(target.pid()))?;
    Ok(Sample {
        look,
        gap: beat.gap(),
    })
}
