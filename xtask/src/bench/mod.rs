//! `cargo xtask bench`: what gopeek costs, beside what the target's own runtime.Stack and others cost, in one run.

mod measure;
mod memory;
mod report;
mod right;
mod rival;
mod rivals;
mod save;
mod startup;
mod tables;
mod throng;

use anyhow::{Result, bail};

use crate::cell::{MANY, STRIPPED, build};
use crate::look::{self, Way};
use crate::toolchain::{self, Toolchain};
use crate::{marks, run};
use measure::Measured;
use throng::Throng;

pub(crate) use rival::delve;

/// What to measure.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// How many goroutines the target parks.
    #[arg(
        long,
        value_delimiter = ',',
        default_value = "1000,10000,100000,1000000"
    )]
    n: Vec<u32>,
    /// How many more switch all the time, in a second target of each size; 0 for none.
    #[arg(long, default_value_t = 1000)]
    busy: u32,
    /// How often each thing is measured; the median is told. Of more than 100,000 goroutines 3 times at most.
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Leave delve and gdb out.
    #[arg(long)]
    no_rivals: bool,
    /// Instead: how long gopeek takes with small and large binaries of few goroutines (21 rounds).
    #[arg(long)]
    startup: bool,
    /// Instead: what saving costs, in bytes and in time, beside a dump.
    #[arg(long, conflicts_with = "startup")]
    save: bool,
    /// Instead: what the hang report costs, beside a dump.
    #[arg(long, conflicts_with_all = ["startup", "save"])]
    report: bool,
    /// Write the tables into the README and docs/benchmarks.md (with --startup, --save or --report: into the latter only).
    #[arg(long)]
    record: bool,
    /// Act as on a machine without Go.
    #[arg(long)]
    no_path_go: bool,
}

const BENCHMARKS: &str = "docs/benchmarks.md";

/// Runs the verb.
///
/// # Errors
/// When something cannot be built, started or measured.
pub(crate) fn run(args: &Args) -> Result<()> {
    run::build_gopeek()?;
    let go = toolchain::newest(!args.no_path_go)?;
    let head = format!("Go {}, stripped, medians, {}", go.version, marks::today()?);
    if args.startup {
        let text = format!("{head}\n\n{}", startup::table(&go)?);
        println!("{text}");
        if args.record {
            marks::fill(BENCHMARKS, "bench --startup --record", &text)?;
        }
        return Ok(());
    }

    if args.save {
        let text = format!("{head}\n\n{}", save::table(&go, args.rounds)?);
        println!("{text}");
        if args.record {
            marks::fill(BENCHMARKS, "bench --save --record", &text)?;
        }
        return Ok(());
    }

    if args.report {
        let text = format!("{head}\n\n{}", report::table(&go, args.rounds)?);
        println!("{text}");
        if args.record {
            marks::fill(BENCHMARKS, "bench --report --record", &text)?;
        }
        return Ok(());
    }

    let ways = look::ways()?;
    let (measured, mut skipped) = throngs(args, &go, &ways)?;
    let short = format!("{head}\n\n{}", tables::short(&measured));
    let mut full = format!("{head}\n\n{}", tables::full(&measured));
    if !args.no_rivals {
        let beside = rivals::measure(&go, &ways, args.rounds)?;
        full = format!("{full}\n\n{}", beside.table);
        skipped.extend(beside.skipped);
    }
    println!("{short}\n\n{full}\n");
    for reason in &skipped {
        println!("skipped: {reason}");
    }
    println!("targets: {}, skipped: {}", measured.len(), skipped.len());
    if args.record {
        marks::fill("README.md", "bench --record", &short)?;
        marks::fill(BENCHMARKS, "bench --record", &full)?;
    }
    all_right(&measured)
}

/// Speed is told and never asserted; a wrong stack is an error.
fn all_right(measured: &[Measured]) -> Result<()> {
    for it in measured {
        let bad = it.looks.iter().find(|looks| !looks.right.is_good());
        if let Some(looks) = bad {
            let (throng, way, right) = (it.throng, looks.way, &looks.right);
            let example = right.example.as_deref().unwrap_or_default();
            bail!("{throng}, {way}: right stacks: {right}\n{example}");
        }
    }
    Ok(())
}

/// Measures every size, and says why one is left out.
fn throngs(args: &Args, go: &Toolchain, ways: &[Way]) -> Result<(Vec<Measured>, Vec<String>)> {
    let many = build(go, &STRIPPED, &MANY)?;
    let (mut measured, mut skipped) = (Vec::new(), Vec::new());
    let busy: &[u32] = if args.busy > 0 { &[0, args.busy] } else { &[0] };
    for busy in busy {
        for parked in &args.n {
            let throng = Throng {
                parked: *parked,
                busy: *busy,
            };
            if let Err(error) = memory::check(*parked) {
                skipped.push(format!("{throng}: {error:#}"));
                continue;
            }
            eprintln!("measuring {throng}");
            measured.push(measure::measure(&many, throng, ways, args.rounds)?);
        }
    }
    Ok((measured, skipped))
}
