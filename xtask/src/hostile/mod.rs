//! `cargo xtask hostile`: gopeek on targets in every state that a process can be in; nothing may hang, lie or do harm.

mod calls;
mod changing;
mod cut;
mod damaged;
mod file_size;
mod filters;
mod frozen;
mod hidden;
mod hurried;
mod leader;
mod list;
mod look;
mod moments;
mod names;
mod outcome;
mod sleeping;
mod spaces;
mod stage;
mod stopped;
mod storm;
mod threads;
mod traced;
mod unusual;
mod victim;
mod withheld;

use std::time::{Instant, SystemTime};

use anyhow::{Result, bail};

use crate::cell::Preset;
use crate::run;
use list::SCENARIOS;
use outcome::Outcome;
use stage::Stage;

/// Which states.
#[derive(clap::Args, Default)]
pub(crate) struct Args {
    /// What random moments and mixes follow from [default: the time of day]; it is told, so that a run can be repeated.
    #[arg(long)]
    seed: Option<u64>,
    /// How often what depends on the moment is tried.
    #[arg(long, default_value_t = FEW)]
    count: usize,
    /// Only the scenarios with this in their names.
    #[arg(long, value_name = "NAME")]
    only: Option<String>,
    /// Act as on a machine without Go.
    #[arg(long)]
    no_path_go: bool,
}

/// As many as take seconds.
const FEW: usize = 10;

impl Args {
    /// A preset as it stands: few tries in all but the fullest.
    pub(crate) fn preset(preset: Preset) -> Self {
        let all = preset == Preset::All;
        Self {
            count: if all { 200 } else { FEW },
            ..Self::default()
        }
    }
}

/// Runs the verb.
///
/// # Errors
/// When a scenario does not go as it must, or none was run.
pub(crate) fn run(args: &Args) -> Result<()> {
    run::build_gopeek()?;
    let seed = args.seed.unwrap_or_else(time_of_day);
    let stage = Stage::set(seed, args.count, !args.no_path_go)?;
    println!(
        "hostile: Go {}, --seed {seed} --count {}",
        stage.go.version, args.count
    );
    let wanted = |name: &str| args.only.as_deref().is_none_or(|part| name.contains(part));
    let (mut passed, mut skipped, mut failed) = (0, 0, 0);
    for scenario in SCENARIOS.iter().filter(|scenario| wanted(scenario.name)) {
        let started = Instant::now();
        let outcome = (scenario.play)(&stage);
        let took = started.elapsed().as_secs_f64();
        let (word, said) = match outcome {
            Ok(Outcome::Passed(note)) => {
                passed += 1;
                ("ok", note)
            }
            Ok(Outcome::Skipped(reason)) => {
                skipped += 1;
                ("skipped", reason)
            }
            Err(error) => {
                failed += 1;
                ("FAILED", format!("{error:#}"))
            }
        };
        println!(
            "{:18} {took:5.1} s  {word:7}  {}: {said}",
            scenario.name, scenario.says
        );
    }
    println!("hostile: passed: {passed}, skipped: {skipped}, failed: {failed}");
    if failed > 0 {
        bail!(
            "{failed} scenarios failed; --seed {seed} --count {} brings them again",
            args.count
        );
    }
    if passed == 0 {
        bail!("nothing was tried");
    }
    Ok(())
}

fn time_of_day() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since.map_or(0, |since| since.as_secs())
}
