//! `cargo xtask hang`: what gopeek says of programs that hang must be what they know of themselves.

mod compare;
mod said;
mod tally;
mod truth;

use std::fs;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::cell::{Built, HANG, Mode, Preset, build, sampled_pairs};
use crate::target::Target;
use crate::toolchain::{self, Wanted, releases};
use crate::{agree, repo, run};
use compare::{Outcome, compare};
use said::Said;
use tally::Tally;
use truth::Truth;

/// The program, or gopeek.
const LIMIT: Duration = Duration::from_secs(60);
/// For a state that comes about after the program has said its last word.
const LATE: Duration = Duration::from_secs(10);
const PAUSE: Duration = Duration::from_millis(100);
/// How many differences of a run are shown.
const SHOWN: usize = 8;

/// What to look at.
#[derive(clap::Args, Default)]
pub(crate) struct Args {
    /// Go releases (1.24.3) or minors (1.24: its last) [default: those of --ci].
    #[arg(long, value_name = "VERSION")]
    go: Vec<Wanted>,
    /// Ways to build [default: stripped].
    #[arg(long, value_name = "NAME", value_parser = agree::mode_named)]
    mode: Vec<&'static Mode>,
    /// Incidents [default: all that the program knows].
    #[arg(long, value_name = "NAME")]
    incident: Vec<String>,
    /// The last release of every minor, plain and stripped; with C, of the newest.
    #[arg(long)]
    all: bool,
    /// The oldest minor, one in the middle and the newest, stripped.
    #[arg(long, conflicts_with = "all")]
    ci: bool,
    /// Act as on a machine without Go.
    #[arg(long)]
    no_path_go: bool,
}

impl Args {
    /// A preset.
    pub(crate) fn preset(preset: Preset) -> Self {
        Self {
            all: preset == Preset::All,
            ci: preset != Preset::All,
            ..Self::default()
        }
    }

    /// The releases and modes, in the order in which they run.
    fn pairs(&self) -> Vec<(Wanted, &'static Mode)> {
        let mut pairs = sampled_pairs(self.all, &self.go, &self.mode);
        let cgo =
            Mode::named("cgo").filter(|_| self.all && self.mode.is_empty() && run::exists("cc"));
        pairs.extend(cgo.map(|cgo| (Wanted::LastOf(releases::newest_minor()), cgo)));
        pairs
    }
}

/// Runs the verb.
///
/// # Errors
/// When gopeek says something else than is true, or too little of it.
pub(crate) fn run(args: &Args) -> Result<()> {
    run::build_gopeek()?;
    let mut tally = Tally::default();
    for (wanted, mode) in args.pairs() {
        let go = match toolchain::find(wanted, !args.no_path_go) {
            Ok(go) => go,
            Err(error) => {
                println!("{wanted:8} skipped: {error:#}");
                continue;
            }
        };
        let built = build(&go, mode, &HANG)?;
        let known = run::read(&mut built.command())?;
        let asked =
            |name: &&str| args.incident.is_empty() || args.incident.iter().any(|it| it == name);
        for incident in known.lines().filter(asked) {
            let folder = repo::target().join("hang").join(go.version.to_string());
            let folder = folder.join(mode.name).join(incident);
            let cell = format!("{:8} {:9} {incident}", go.version, mode.name);
            match one(&built, incident, &folder) {
                Ok(outcome) => {
                    println!("{cell}: {}", tally::words(&outcome));
                    for difference in outcome.differences.iter().take(SHOWN) {
                        println!("  {difference}");
                    }
                    tally.add(incident, &outcome);
                }
                Err(error) => {
                    println!("{cell}: FAILED: {error:#}");
                    tally.fail();
                }
            }
        }
    }
    tally.print();
    tally.judge()
}

/// One incident. The truth and what gopeek said of it stay in the folder.
fn one(built: &Built, incident: &str, folder: &Path) -> Result<Outcome> {
    fs::create_dir_all(folder).with_context(|| format!("create {}", folder.display()))?;
    let file = folder.join("truth.json");
    let mut command = built.command();
    command.arg("-truth").arg(&file).arg(incident);
    let mut target = Target::start(command, &folder.join("stderr.txt"))?;
    target.wait_until_ready(LIMIT).context("the program")?;
    let truth = fs::read(&file).with_context(|| format!("read {}", file.display()))?;
    let truth: Truth = serde_json::from_slice(&truth).context("the program's truth")?;
    let until = Instant::now() + LATE;
    let mut outcome = loop {
        let outcome = compare(&truth, &look(&target, folder, false)?);
        if !truth.late || outcome.differences.is_empty() || Instant::now() > until {
            break outcome;
        }
        thread::sleep(PAUSE);
    };
    if truth.deep {
        outcome.deep(&truth, &look(&target, folder, true)?);
    }
    // A program that is stuck in the runtime does not hear that it is to end: it is killed.
    if !truth.late {
        target.end(LIMIT).context("the program")?;
    }
    Ok(outcome)
}

fn look(target: &Target, folder: &Path, deep: bool) -> Result<Said> {
    let mut gopeek = Command::new(repo::gopeek());
    gopeek.arg("--json").arg(target.pid().to_string());
    gopeek.args(deep.then_some("--deep"));
    let ended = run::gopeek(LIMIT, &mut gopeek)?;
    let file = if deep { "deep.json" } else { "gopeek.json" };
    fs::write(folder.join(file), &ended.stdout)?;
    let said = serde_json::from_slice(&ended.stdout);
    let Ok(said) = said else {
        bail!("what gopeek wrote: {said:?}", said = said.err());
    };
    Ok(said)
}
