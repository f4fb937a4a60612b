//! `cargo xtask bench`: what gopeek costs, beside what the target's own runtime.Stack costs, in one run.

mod measure;
mod startup;
mod table;
mod throng;

use anyhow::Result;

use crate::{marks, run, toolchain};

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
    /// Write the table into the README (with --startup: into docs/benchmarks.md).
    #[arg(long)]
    record: bool,
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
    let (table, document, verb) = if args.startup {
        (
            startup::table(&go)?,
            "docs/benchmarks.md",
            "bench --startup --record",
        )
    } else {
        (
            throng::table(&go, &args.n, args.rounds)?,
            "README.md",
            "bench --record",
        )
    };
    let text = format!(
        "Go {}, stripped, medians, {}\n\n{table}",
        go.version,
        marks::today()?
    );
    println!("{text}");
    if args.record {
        marks::fill(document, verb, &text)?;
    }
    Ok(())
}
