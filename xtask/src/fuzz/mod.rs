//! `cargo xtask fuzz`: hostile bytes for everything that reads foreign bytes, guided by what code they reach.

mod build;
mod campaign;
mod log;
mod tell;

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::cell::Preset;
use crate::{repo, run};
use build::Fuzzers;

/// A target, which is a binary of the package in `fuzz/`.
struct Target {
    name: &'static str,
    /// Longer inputs reach nothing that shorter ones do not.
    max_len: u32,
}

const fn target(name: &'static str, max_len: u32) -> Target {
    Target { name, max_len }
}

/// What its inputs are is said in `fuzz/fuzz_targets`.
const TARGETS: [Target; 8] = [
    target("image", 16 << 10),
    target("pclntab", 16 << 10),
    target("buildinfo", 2 << 10),
    target("core", 4 << 10),
    target("plan", 2 << 10),
    target("walk", 2 << 10),
    target("dwarf", 64 << 10),
    target("text", 4 << 10),
];

/// How much.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Minutes of CPU time for each target [default: 10 seconds].
    #[arg(long, value_name = "N")]
    minutes: Option<u64>,
    /// Only these targets.
    #[arg(long = "target", value_name = "NAME", value_parser = TARGETS.map(|target| target.name))]
    targets: Vec<String>,
    /// Gives the target this one input, and shows what it says.
    #[arg(long, value_name = "FILE", requires = "targets")]
    replay: Option<PathBuf>,
    /// Act as on a machine without Go.
    #[arg(long)]
    no_path_go: bool,
}

const SHORT: Duration = Duration::from_secs(10);

impl Args {
    /// A preset: seconds in all but the fullest.
    pub(crate) fn preset(preset: Preset) -> Self {
        Self {
            minutes: (preset == Preset::All).then_some(30),
            targets: Vec::new(),
            replay: None,
            no_path_go: false,
        }
    }

    fn wanted(&self) -> Vec<&'static Target> {
        let is_wanted =
            |name: &str| self.targets.is_empty() || self.targets.iter().any(|it| it == name);
        TARGETS
            .iter()
            .filter(|target| is_wanted(target.name))
            .collect()
    }
}

/// Runs the verb.
///
/// # Errors
/// When something is found, or the fuzzers can't be built.
pub(crate) fn run(args: &Args) -> Result<()> {
    if let Err(missing) = build::compiler() {
        println!("fuzz: skipped, as there is no compiler of C++: {missing:#}; 1 skip");
        return Ok(());
    }
    let fuzzers = Fuzzers::build(!args.no_path_go)?;
    let wanted = args.wanted();
    if let Some(input) = &args.replay {
        return replay(&fuzzers, &wanted, input);
    }
    let each = args
        .minutes
        .map_or(SHORT, |minutes| Duration::from_secs(60 * minutes));
    println!(
        "fuzz: {} targets, {} s of CPU time each",
        wanted.len(),
        each.as_secs()
    );
    let ended = campaign::run(&fuzzers, &wanted, each)?;
    print!("{}", tell::table(&ended));
    let wrong: Vec<String> = ended.iter().filter_map(tell::wrong).collect();
    if !wrong.is_empty() {
        println!("{}", wrong.join("\n"));
        bail!("{} of {} targets did not pass", wrong.len(), ended.len());
    }
    Ok(())
}

/// Whether the package is as clean as the workspace, of which it is no part.
///
/// # Errors
/// When it is not.
pub(crate) fn lint() -> Result<()> {
    const MANIFEST: &str = "--manifest-path=fuzz/Cargo.toml";
    run::shown(&mut run::cargo(["fmt", MANIFEST, "--check"]))?;
    // Lints take a build, which takes a compiler.
    if build::compiler().is_err() {
        return Ok(());
    }
    let clippy = ["clippy", MANIFEST, "--release", "--", "--deny=warnings"];
    let mut clippy = run::cargo(clippy);
    run::shown(clippy.env("CARGO_TARGET_DIR", home().join("lint")))
}

fn replay(fuzzers: &Fuzzers, wanted: &[&Target], input: &PathBuf) -> Result<()> {
    let input = fs::canonicalize(input).with_context(|| format!("find {}", input.display()))?;
    for target in wanted {
        let mut command: Command = fuzzers.command(target);
        run::shown(command.env("RUST_BACKTRACE", "1").arg(&input))?;
    }
    Ok(())
}

/// Where all of it is kept: builds, seeds, what was found interesting, what was found.
fn home() -> PathBuf {
    repo::target().join("fuzz")
}
