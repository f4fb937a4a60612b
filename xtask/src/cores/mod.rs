//! `cargo xtask cores`: a core must show what the process shows, whoever wrote it, and others must read ours.

mod cell;
mod debugger;
mod dumper;
mod held;
mod momentary;
mod outcome;
mod same;
mod tally;
mod view;

use std::fs;
use std::path::PathBuf;

use anyhow::Result;

use crate::agree::{Cell, mode_named, program_named};
use crate::bench;
use crate::cell::{Mode, PROGRAMS, Preset, Program, Selection, Unbuilt, pairs, sample, try_build};
use crate::toolchain::{self, Toolchain, Wanted};
use crate::{repo, run};
use cell::Job;
use debugger::Debuggers;
use dumper::{Dumper, Dumpers};
use tally::Tally;

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
    /// The first and the last release of every minor, in every mode.
    #[arg(long)]
    all: bool,
    /// The last release of every minor; the rarer modes for three of them; one program each.
    #[arg(long, conflicts_with = "all")]
    ci: bool,
    /// Leave gcore out, which writes gigabytes.
    #[arg(long)]
    no_gcore: bool,
    /// Leave gdb and delve out as readers of our cores.
    #[arg(long)]
    no_debuggers: bool,
    /// Keep the cores of cells in which all is the same, too.
    #[arg(long)]
    keep: bool,
    /// Act as on a machine without Go.
    #[arg(long)]
    no_path_go: bool,
}

impl Args {
    /// A preset as it stands.
    pub(crate) fn preset(preset: Preset) -> Self {
        Self {
            all: preset == Preset::All,
            ci: preset == Preset::Ci,
            ..Self::default()
        }
    }

    fn preset_asked(&self) -> Preset {
        match (self.all, self.ci) {
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

/// What is run beside gopeek.
struct Tools {
    dumpers: Dumpers,
    debuggers: Debuggers,
}

/// Runs the verb.
///
/// # Errors
/// When a core shows something else than the process, or there was none.
pub(crate) fn run(args: &Args) -> Result<()> {
    run::build_gopeek()?;
    let tools = tools(args)?;
    let mut tally = Tally::default();
    let mut found: Option<(Wanted, Result<Toolchain>)> = None;
    // An emulator's core is not that of the program it runs; `arm64` has those of an arm64 kernel.
    let pairs = pairs(&args.selection()).into_iter();
    for (wanted, mode) in pairs.filter(|(_, mode)| !mode.emulated) {
        // The pairs come ordered by release: each toolchain is looked for once.
        if found.as_ref().is_none_or(|(of, _)| *of != wanted) {
            found = Some((wanted, toolchain::find(wanted, !args.no_path_go)));
        }
        match &found {
            Some((_, Ok(go))) => run_mode(args, go, mode, &tools, &mut tally),
            Some((_, Err(error))) => {
                let name = format!("{wanted:8} {:10}", mode.name);
                tally.skipped(&name, &error.to_string(), programs(args, mode).len());
            }
            None => {}
        }
    }
    tally.close()
}

fn tools(args: &Args) -> Result<Tools> {
    let newest = toolchain::newest(!args.no_path_go)?;
    let newest_delve = bench::delve(&newest);
    let delve = run::exists("dlv").then(|| PathBuf::from("dlv"));
    Ok(Tools {
        debuggers: Debuggers {
            off: args.no_debuggers,
            delve: delve.clone(),
            newest_delve: newest_delve.as_ref().ok().cloned(),
        },
        dumpers: Dumpers {
            delve,
            newest_delve,
        },
    })
}

/// What continuous integration runs of a mode: the first of these that it can build.
const OWN: [&str; 4] = ["cgo", "pluginhost", "cshared", "zoo"];

/// The programs asked for that a mode can build; when none are asked for, those that the preset has.
fn programs(args: &Args, mode: &Mode) -> Vec<&'static Program> {
    let fitting = PROGRAMS.iter().filter(|program| program.fits(mode));
    if !args.program.is_empty() {
        let asked = |program: &&Program| args.program.iter().any(|it| it.name == program.name);
        return fitting.filter(asked).collect();
    }
    let preset = args.preset_asked();
    let fitting = fitting.filter(|program| !program.is_left_to_all(preset, mode));
    if preset == Preset::Ci {
        let place = |program: &&Program| OWN.iter().position(|own| *own == program.name);
        let own = fitting.filter(|program| place(program).is_some());
        return own.min_by_key(place).into_iter().collect();
    }
    fitting.collect()
}

/// Who else writes cores of a mode's programs. What gcore writes takes longer than all the rest together: continuous
/// integration has each mode once, of one of the three minors that are sampled.
fn dumpers(args: &Args, go: &Toolchain, mode: &Mode) -> Vec<Dumper> {
    let turn = sample().iter().position(|minor| *minor == go.version.minor);
    let modes = crate::cell::MODES
        .iter()
        .position(|it| it.name == mode.name);
    let its_turn = turn
        .zip(modes)
        .is_some_and(|(turn, mode)| mode % sample().len() == turn);
    let gcore = !args.no_gcore && (its_turn || args.preset_asked() != Preset::Ci);
    let gcore = gcore.then_some(Dumper::Gcore);
    gcore.into_iter().chain([Dumper::Delve]).collect()
}

fn run_mode(args: &Args, go: &Toolchain, mode: &Mode, tools: &Tools, tally: &mut Tally) {
    for program in programs(args, mode) {
        let variants = program.living_variants_in(go.version.minor);
        let most = if args.preset_asked() == Preset::Ci {
            1
        } else {
            usize::MAX
        };
        let variants: Vec<_> = variants.take(most).collect();
        let cell = |suffix: &str| Cell::new(go, mode, program, suffix);
        let built = match try_build(go, mode, program) {
            Ok(built) => built,
            Err(Unbuilt::TooNew) => continue,
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
            let dir = repo::target().join("cores").join(cell.folder());
            let job = Job {
                built: &built,
                mode,
                variant,
                dumpers: dumpers(args, go, mode),
                tools: &tools.dumpers,
                debuggers: &tools.debuggers,
                dir: &dir,
            };
            match cell::run(&job) {
                Ok(outcome) => {
                    if tally.ran(&cell, &outcome) && !args.keep {
                        let _ = fs::remove_dir_all(&dir);
                    } else {
                        println!("  the cores: {}", dir.display());
                    }
                }
                Err(error) => tally.failed(&cell, &error),
            }
        }
    }
}
