//! Many goroutines: the target's own runtime.Stack and gopeek in turn, and how long the target stands still.

use std::io::{self, BufReader};
use std::time::Duration;

use anyhow::Result;
use serde::Deserialize;

use super::right::{self, Right};
use super::throng::{LIMIT, Throng};
use crate::cell::Built;
use crate::heartbeat::{self, Beat};
use crate::look::{self, Look, Way, look};
use crate::median::median;
use crate::target::Target;
use crate::warnings::Warnings;

/// What came of it: medians.
#[derive(Debug)]
pub(super) struct Measured {
    pub(super) throng: Throng,
    /// runtime.Stack(all), as the target measures it.
    pub(super) stack: Duration,
    pub(super) looks: Vec<Looks>,
    /// How often each busy goroutine switched in a second, at least.
    pub(super) switches: Option<u64>,
}

/// What came of one way to look.
#[derive(Debug)]
pub(super) struct Looks {
    pub(super) way: Way,
    pub(super) medians: Medians,
    /// The wall time into a pipe, once.
    pub(super) piped: Duration,
    /// What the texts were worth, of all looks that were judged.
    pub(super) right: Right,
    /// What gopeek warned of in the looks that were measured: a dump that is not whole is no fast one.
    pub(super) warnings: Warnings,
}

/// The medians of one way to look.
#[derive(Clone, Copy, Debug)]
pub(super) struct Medians {
    pub(super) wall: Duration,
    pub(super) held: Held,
    pub(super) memory: u64,
}

/// For how long the target stood still, by both witnesses.
#[derive(Clone, Copy, Debug)]
pub(super) struct Held {
    /// The heartbeat's longest gap during the look.
    pub(super) gap: Duration,
    /// Its longest gap in an equally long time without one.
    pub(super) noise: Duration,
    /// What gopeek says itself.
    pub(super) stopped: Option<Duration>,
}

impl Held {
    /// The gap, less the heartbeat's own noise.
    pub(super) fn less_noise(&self) -> Duration {
        self.gap.saturating_sub(self.noise)
    }

    /// What ratios are taken of: never less than gopeek itself says, so that noise can't make it look better.
    pub(super) fn at_least(&self) -> Duration {
        self.less_noise().max(self.stopped.unwrap_or_default())
    }
}

/// One look, and as long a time without.
pub(super) struct Sample {
    look: Look,
    gap: Duration,
    alone: Beat,
}

/// Looks once, and then lets as much time pass.
pub(super) fn sample(target: &mut Target, way: Way) -> Result<Sample> {
    let pid = target.pid();
    let (look, beat) = heartbeat::during(target, |_| look(pid, way))?;
    let alone = heartbeat::alone(target, look.wall)?;
    Ok(Sample {
        gap: beat.gap(),
        look,
        alone,
    })
}

/// From so many goroutines on, a round takes so long that few will do.
const LARGE: u32 = 100_001;
const ROUNDS_OF_LARGE: usize = 3;

/// Measures one target, in so many rounds.
pub(super) fn measure(
    many: &Built,
    throng: Throng,
    ways: &[Way],
    rounds: usize,
) -> Result<Measured> {
    let (rounds, judged) = if throng.parked < LARGE {
        (rounds, rounds)
    } else {
        (rounds.min(ROUNDS_OF_LARGE), 1)
    };
    let mut target = throng.start(many)?;
    let pid = target.pid();
    let (mut piped, mut rights) = (Vec::new(), Vec::new());
    for way in ways {
        // The first look is slower: it touches memory for the first time. So it is among those that are judged.
        let mut right = Right::default();
        for _ in 0..judged {
            let judge = |text| right::check(BufReader::new(text), throng);
            right.add(look::read(pid, *way, judge)?.1);
        }
        rights.push(right);
        let drop = |mut text| Ok(io::copy(&mut text, &mut io::sink())?);
        piped.push(look::read(pid, *way, drop)?.0.wall);
    }
    let mut stacks = Vec::new();
    let mut samples: Vec<Vec<Sample>> = ways.iter().map(|_| Vec::new()).collect();
    for _ in 0..rounds {
        stacks.push(runtime_stack(&mut target)?);
        for (way, samples) in ways.iter().zip(&mut samples) {
            samples.push(sample(&mut target, *way)?);
        }
    }
    target.end(LIMIT)?;

    let all = samples.iter().flatten();
    let switches = all.filter_map(|sample| switches(&sample.alone, sample.look.wall));
    let looks = ways.iter().zip(&samples).zip(piped).zip(rights);
    let looks = looks.map(|(((way, samples), piped), right)| {
        Ok(Looks {
            way: *way,
            medians: medians(samples)?,
            piped,
            right,
            warnings: warnings(samples),
        })
    });
    Ok(Measured {
        throng,
        stack: median(stacks)?,
        looks: looks.collect::<Result<_>>()?,
        switches: median(switches).ok(),
    })
}

/// Has the target take its own runtime.Stack(all), and gives how long that took.
pub(super) fn runtime_stack(target: &mut Target) -> Result<Duration> {
    #[derive(Deserialize)]
    struct Answer {
        stack_ns: u64,
    }
    let answer: Answer = target.ask_for("stack", LIMIT)?;
    Ok(Duration::from_nanos(answer.stack_ns))
}

/// The medians of samples.
pub(super) fn medians(samples: &[Sample]) -> Result<Medians> {
    let of = |pick: fn(&Sample) -> Duration| median(samples.iter().map(pick));
    let stopped = samples.iter().filter_map(|sample| sample.look.stopped);
    Ok(Medians {
        wall: of(|sample| sample.look.wall)?,
        held: Held {
            gap: of(|sample| sample.gap)?,
            noise: of(|sample| sample.alone.gap())?,
            stopped: median(stopped).ok(),
        },
        memory: median(samples.iter().map(|sample| sample.look.memory))?,
    })
}

fn warnings(samples: &[Sample]) -> Warnings {
    let mut warnings = Warnings::default();
    for sample in samples {
        warnings.count(&sample.look.warnings);
    }
    warnings
}

fn switches(alone: &Beat, length: Duration) -> Option<u64> {
    let milliseconds = u64::try_from(length.as_millis()).ok()?;
    (alone.turns()? * 1000).checked_div(milliseconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_target_stood_still_for_is_never_less_than_gopeek_says() {
        let ms = Duration::from_millis;
        let mut held = Held {
            gap: ms(5),
            noise: ms(2),
            stopped: Some(ms(4)),
        };
        assert_eq!((held.less_noise(), held.at_least()), (ms(3), ms(4)));
        held.stopped = None;
        assert_eq!(held.at_least(), ms(3));
        held.gap = ms(1);
        assert_eq!(held.at_least(), ms(0));
    }
}
