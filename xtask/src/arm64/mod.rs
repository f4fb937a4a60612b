//! `cargo xtask arm64`: the agreement cells on an arm64 kernel, from a machine that has none.
//!
//! docs/arm64.md says what it takes and how to look into it.

mod cells;
mod cores;
mod guest;
mod initramfs;
mod job;
mod sid;
mod spin;
mod vm;

use anyhow::{Result, bail};

use crate::agree::{self, Show, Tally};
use crate::cell::{ARM64, Preset, Program, SPIN, sample};
use crate::run;
use crate::spin::{Truth, truth};
use crate::toolchain::{self, Wanted, releases};

pub(crate) use guest::Guest;
pub(crate) use job::{Job, done};
pub(crate) use sid::home;

/// An emulated machine is slow; `cargo xtask spin` looks more often.
const SAMPLES: u32 = 50;

/// Which cells to run.
#[derive(clap::Args, Default)]
pub(crate) struct Args {
    /// Go releases (1.24.3) or minors (1.24: its last) [default: the oldest minor, one in the middle, the newest].
    #[arg(long, value_name = "VERSION")]
    go: Vec<Wanted>,
    /// The last release of every minor.
    #[arg(long, conflicts_with = "go")]
    all: bool,
    /// Programs [default: all that are executables].
    #[arg(long, value_name = "NAME", value_parser = program_named)]
    program: Vec<&'static Program>,
    /// How often to look at goroutines that run.
    #[arg(long, default_value_t = SAMPLES, value_parser = clap::value_parser!(u32).range(1..))]
    samples: u32,
    #[command(flatten)]
    show: Show,
    /// Fail when something is skipped.
    #[arg(long)]
    require: bool,
    /// Act as on a machine without Go.
    #[arg(long)]
    no_path_go: bool,
}

impl Args {
    /// A preset as it stands: only the fullest has every minor.
    pub(crate) fn preset(preset: Preset) -> Self {
        Self {
            all: preset == Preset::All,
            samples: SAMPLES,
            ..Self::default()
        }
    }

    fn releases(&self) -> Vec<Wanted> {
        if self.all {
            releases::minors().map(Wanted::LastOf).collect()
        } else if self.go.is_empty() {
            sample().map(Wanted::LastOf).to_vec()
        } else {
            self.go.clone()
        }
    }
}

/// What all cells take.
struct Parts {
    guest: Guest,
    truth: Truth,
}

/// What all cells come to.
#[derive(Default)]
struct Sums {
    /// Those that compare dumps, and those that could not be run.
    tally: Tally,
    /// The cores of their processes.
    cores: cores::Sum,
    /// Those that sample goroutines that run.
    spin: spin::Sum,
}

/// The program of this name.
fn program_named(name: &str) -> Result<&'static Program> {
    if name == SPIN.name {
        return Ok(&SPIN);
    }
    agree::program_named(name)
}

/// Runs the verb.
///
/// # Errors
/// When a cell does not agree, gopeek does not compile, or something is skipped that must not be.
pub(crate) fn run(args: &Args) -> Result<()> {
    let mut sums = Sums::default();
    match guest::bring() {
        Ok(brought) => {
            run::build_gopeek()?;
            let parts = Parts {
                guest: brought.assemble(!args.no_path_go)?,
                truth: truth()?,
            };
            for wanted in args.releases() {
                match toolchain::find(wanted, !args.no_path_go) {
                    Ok(go) => cells::run(args, &parts, &go, &mut sums),
                    Err(error) => skip(args, wanted, &error, &mut sums.tally),
                }
            }
        }
        Err(error) => {
            for wanted in args.releases() {
                skip(args, wanted, &error, &mut sums.tally);
            }
        }
    }
    let Sums { tally, cores, spin } = &sums;
    let agreed = if tally.has_cells() {
        tally.close()
    } else {
        tally.print();
        Ok(())
    };
    cores.print();
    spin.print();
    agreed?;
    cores.close()?;
    spin.close()?;
    match tally.cells_skipped() {
        skipped if args.require && skipped > 0 => bail!("{skipped} cells were skipped"),
        _ => Ok(()),
    }
}

fn skip(args: &Args, wanted: Wanted, error: &anyhow::Error, tally: &mut Tally) {
    let name = format!("{wanted:8} {:10}", ARM64.name);
    let cells = cells::programs(args, wanted.minor())
        .map(|(program, _)| program.living_variants_in(wanted.minor()).count());
    tally.skipped(&name, &format!("{error:#}"), cells.sum());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_releases_are_taken_unless_others_are_asked_for() {
        let newest = releases::newest_minor();
        let default = Args::default().releases();
        assert_eq!(default.len(), 3);
        assert!(default.contains(&Wanted::LastOf(19)) && default.contains(&Wanted::LastOf(newest)));
        assert_eq!(Args::preset(Preset::Ci).releases(), default);
        let all = Args::preset(Preset::All);
        assert_eq!(all.releases().len(), releases::minors().count());
        let one = Args {
            go: vec![Wanted::LastOf(24)],
            ..Args::default()
        };
        assert_eq!(one.releases(), [Wanted::LastOf(24)]);
    }
}
