//! `cargo xtask agree`: gopeek must print, byte for byte, what each Go program prints of itself.

mod cell;
pub(crate) mod compare;
mod outcome;
mod parsers;
mod reading;
mod record;
mod report;
mod tally;

use anyhow::{Result, anyhow};

use crate::cell::{Mode, PROGRAMS, Preset, Program, Selection, Unbuilt, pairs, try_build};
use crate::toolchain::{self, Toolchain, Wanted};
use crate::{repo, run};
use parsers::{Brought, Parsers};

pub(crate) use compare::{Agreement, compare};
pub(crate) use outcome::Outcome;
pub(crate) use report::{Show, report};
pub(crate) use tally::{Cell, Tally};

/// Which cells to run.
#[derive(clap::Args, Default)]
pub(crate) struct Args {
    /// Go releases (1.24.3) or minors (1.24: its last) [default: the newest minor and 1.21].
    #[arg(long, value_name = "VERSION")]
    go: Vec<Wanted>,
    /// Ways to build [default: stripped, pie].
    #[arg(long, value_name = "NAME", value_parser = mode_named)]
    mode: Vec<&'static Mode>,
    /// Programs [default: all that the mode can build].
    #[arg(long, value_name = "NAME", value_parser = program_named)]
    program: Vec<&'static Program>,
    #[command(flatten)]
    extent: Extent,
    #[command(flatten)]
    show: Show,
    /// Write the result into docs/supported-go.md.
    #[arg(long)]
    record: bool,
    /// Act as on a machine without Go.
    #[arg(long)]
    no_path_go: bool,
}

/// How much of the matrix.
#[derive(clap::Args, Default)]
struct Extent {
    /// The first and the last release of every minor, in every mode.
    #[arg(long)]
    all: bool,
    /// The last release of every minor; the rarer modes for three of them.
    #[arg(long, conflicts_with = "all")]
    ci: bool,
}

impl Args {
    /// A preset as it stands.
    pub(crate) fn preset(preset: Preset) -> Self {
        let extent = Extent {
            all: preset == Preset::All,
            ci: preset == Preset::Ci,
        };
        Self {
            extent,
            ..Self::default()
        }
    }

    fn preset_asked(&self) -> Preset {
        match (self.extent.all, self.extent.ci) {
            (true, _) => Preset::All,
            (_, true) => Preset::Ci,
            _ => Preset::Quick,
        }
    }

    fn selection(&self) -> Selection {
        Selection {
            preset: self.preset_asked(),
            go: self.go.clone(),
            modes: self.mode.clone(),
        }
    }
}

/// Reads the name of a mode.
///
/// # Errors
/// When there is none of that name, with those that there are.
pub(crate) fn mode_named(name: &str) -> Result<&'static Mode> {
    Mode::named(name).ok_or_else(|| {
        let known: Vec<_> = crate::cell::MODES.iter().map(|mode| mode.name).collect();
        anyhow!("the modes are {}", known.join(", "))
    })
}

/// The program of this name, for a flag.
///
/// # Errors
/// When there is none, with the names that there are.
pub(crate) fn program_named(name: &str) -> Result<&'static Program> {
    Program::named(name).ok_or_else(|| {
        let known: Vec<_> = PROGRAMS.iter().map(|program| program.name).collect();
        anyhow!("the programs are {}", known.join(", "))
    })
}

/// Runs the verb.
///
/// # Errors
/// When a cell does not agree, or there was none.
pub(crate) fn run(args: &Args) -> Result<()> {
    run::build_gopeek()?;
    let pairs = pairs(&args.selection());
    if pairs.iter().any(|(_, mode)| mode.emulated) {
        run::build_example("emulated")?;
    }
    let parsers = match parsers::bring(!args.no_path_go)? {
        Brought::Built(parsers) => Some(parsers),
        Brought::Missing(reason) => {
            println!("parsers of --format=compat skipped: {reason}");
            None
        }
    };
    let mut tally = Tally::default();
    let mut found: Option<(Wanted, Result<Toolchain>)> = None;
    for (wanted, mode) in pairs {
        // The pairs come ordered by release: each toolchain is looked for once.
        if found.as_ref().is_none_or(|(of, _)| *of != wanted) {
            found = Some((wanted, toolchain::find(wanted, !args.no_path_go)));
        }
        match &found {
            Some((_, Ok(go))) => run_mode(args, go, mode, parsers.as_ref(), &mut tally),
            Some((_, Err(error))) => {
                let name = format!("{wanted:8} {:10}", mode.name);
                let cells = programs(args, mode).map(|program| program.variants.len());
                tally.skipped(&name, &error.to_string(), cells.sum());
            }
            None => {}
        }
    }
    if args.record {
        record::write(tally.columns())?;
    }
    tally.close()
}

/// The programs asked for that a mode can build; when none are asked for, those that the preset has.
fn programs<'a>(
    args: &'a Args,
    mode: &'a Mode,
) -> impl Iterator<Item = &'static Program> + use<'a> {
    let preset = args.preset_asked();
    let asked = move |program: &&Program| {
        if args.program.is_empty() {
            !program.is_left_to_all(preset, mode)
        } else {
            args.program.iter().any(|asked| asked.name == program.name)
        }
    };
    let fitting = PROGRAMS.iter().filter(|program| program.fits(mode));
    fitting.filter(asked)
}

fn run_mode(
    args: &Args,
    go: &Toolchain,
    mode: &Mode,
    parsers: Option<&Parsers>,
    tally: &mut Tally,
) {
    for program in programs(args, mode) {
        // An emulator's own threads are none of the program's: a crash shows others.
        let variants: Vec<_> = if mode.emulated {
            program.living_variants_in(go.version.minor).collect()
        } else {
            program.variants_in(go.version.minor).collect()
        };
        let cell = |suffix: &str| Cell::new(go, mode, program, suffix);
        let built = match try_build(go, mode, program) {
            Ok(built) => built,
            Err(Unbuilt::TooNew) => {
                // Only worth a line when asked for: a program of Go 1.27 is no cell of Go 1.19.
                if !args.program.is_empty() {
                    let reason = format!("needs Go 1.{}", program.since);
                    tally.skipped(&cell("").to_string(), &reason, program.variants.len());
                }
                continue;
            }
            Err(Unbuilt::Lacking(reason)) => {
                tally.skipped(&cell("").to_string(), &reason, variants.len());
                continue;
            }
            Err(Unbuilt::Failed(error)) => {
                tally.failed(&cell(""), &error);
                continue;
            }
        };
        for variant in variants {
            let cell = cell(variant.suffix);
            let dumps = repo::target().join("agree").join(cell.folder());
            match cell::run(&built, variant, parsers, &dumps) {
                Ok(outcome) => report(&args.show, &cell, &outcome, tally),
                Err(error) => tally.failed(&cell, &error),
            }
        }
    }
}
