//! `cargo xtask ends`: gopeek is ended in every way and at any moment, and its target must go on as if nothing had been.

mod expected;
mod gopeek;
mod moment;
mod run;
mod setting;
mod stage;
mod tally;
mod target;
mod way;

use anyhow::{Result, bail};

use crate::cell::{MANY, Preset, STRIPPED, build};
use crate::toolchain;
use stage::Stage;
use tally::Tally;
use way::{WAYS, Way};

/// How to end gopeek, and how often.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Where the random moments and limits come from; the same ones again with the same seed.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How often in each way [default: few enough for half a minute in all].
    #[arg(long, conflicts_with = "all")]
    count: Option<usize>,
    /// As often as a release takes: 1000 times by SIGKILL, 200 by other signals.
    #[arg(long)]
    all: bool,
    /// Only this way; may be given several times.
    #[arg(long, value_name = "NAME", value_parser = way_named)]
    only: Vec<&'static Way>,
    /// How many goroutines the target parks.
    #[arg(long, default_value_t = 10_000)]
    n: u32,
    /// Act as on a machine without Go.
    #[arg(long)]
    no_path_go: bool,
}

impl Args {
    /// A preset as it stands.
    pub(crate) fn preset(preset: Preset) -> Self {
        Self {
            seed: 1,
            count: None,
            all: preset == Preset::All,
            only: Vec::new(),
            n: 10_000,
            no_path_go: false,
        }
    }

    fn count(&self, way: &Way) -> usize {
        if self.all {
            way.all
        } else {
            self.count.unwrap_or(way.few)
        }
    }
}

fn way_named(name: &str) -> Result<&'static Way, String> {
    let names = || WAYS.iter().map(|way| way.name).collect::<Vec<_>>();
    let way = WAYS.iter().find(|way| way.name == name);
    way.ok_or_else(|| format!("none of {}", names().join(", ")))
}

/// Runs the verb.
///
/// # Errors
/// When a target was harmed, or gopeek ended as it should not.
pub(crate) fn run(args: &Args) -> Result<()> {
    crate::run::build_gopeek()?;
    let go = toolchain::newest(!args.no_path_go)?;
    let built = build(&go, &STRIPPED, &MANY)?;
    let mut stage = Stage::set(&built, args.n)?;
    println!(
        "seed {}; Go {}, {} goroutines; undisturbed, gopeek takes {:.1} ms and holds the target up for {:.2} ms",
        args.seed,
        go.version,
        args.n,
        stage.usual.wall.as_secs_f64() * 1e3,
        stage.usual.gap.as_secs_f64() * 1e3,
    );
    println!("{}", tally::HEAD);
    let (mut runs, mut skipped, mut bad) = (0, 0, 0);
    for way in WAYS {
        if !args.only.is_empty() && !args.only.iter().any(|only| only.name == way.name) {
            continue;
        }
        let count = args.count(way);
        if let Err(why) = stage.can(way.kind) {
            // What a tool said comes last.
            let why = format!("{why:#}");
            let why = why.lines().last().unwrap_or_default();
            println!("{:20} skipped: {why}", way.name);
            skipped += count;
            continue;
        }
        let tally = repeat(&mut stage, way, count, args.seed)?;
        println!("{}", tally.line(way.name));
        for trouble in tally.troubles() {
            println!("  {trouble}");
        }
        runs += tally.runs();
        bad += tally.troubles().len();
    }
    stage.close()?;
    println!();
    println!("ends: {runs}, skipped: {skipped}, troubles: {bad}");
    if bad > 0 {
        bail!("{bad} ends of gopeek were no good");
    }
    if runs == 0 {
        bail!("gopeek was never ended");
    }
    Ok(())
}

/// Ends gopeek in a way again and again.
fn repeat(stage: &mut Stage, way: &Way, count: usize, seed: u64) -> Result<Tally> {
    // Of the way, too, so that a way alone has the moments that it has among all.
    let own = way.name.bytes().fold(seed, |sum, byte| {
        sum.wrapping_mul(257).wrapping_add(u64::from(byte))
    });
    let mut random = fastrand::Rng::with_seed(own);
    let mut tally = Tally::default();
    for number in 0..count {
        let ended = run::end_once(stage, way, number, &mut random)?;
        let harmed = ended.harm.is_some();
        tally.add(number, ended);
        if harmed {
            // What was done to it must not count for the next.
            stage.replace_target()?;
        }
    }
    Ok(tally)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ways_have_names_of_their_own_and_more_runs_in_full() {
        for (index, way) in WAYS.iter().enumerate() {
            assert!(way.few < way.all, "{}", way.name);
            assert!(WAYS[..index].iter().all(|other| other.name != way.name));
            assert_eq!(way_named(way.name).unwrap().name, way.name);
        }
        assert!(way_named("boredom").is_err());
    }
}
