//! `cargo xtask bench`: what gopeek costs, beside what the target's own runtime.Stack costs, in one run.

mod measure;
mod startup;
mod table;
mod throng;

use anyhow::Result;

use crate::{run, toolchain};

/// What to measure.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// How many goroutines the target parks.
    #[arg(long, value_delimiter = ',', default_value = "1000,10000,100000")]
    n: Vec<u32>,
    /// How often each thing is measured; the median is told.
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Instead: how long gopeek takes with small and large binaries of few goroutines (21 rounds).
    #[arg(long)]
    startup: bool,
    /// Act as on a machine without Go.
    #[arg(long)]
    no_path_go: bool,
}

/// Runs the verb.
///
/// # Errors
/// When something cannot be built, started or measured.
pub(crate) fn run(args: &Args) -> Result<()> {
    run::build_gopeek()?;
    let go = toolchain::newest(!args.no_path_go)?;
    println!("Go {}, stripped, medians\n", go.version);
    if args.startup {
        startup::print(&go)
    } else {
        throng::print(&go, &args.n, args.rounds)
    }
}
