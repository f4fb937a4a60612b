//! `cargo xtask top`: the live screen in a real terminal, on a real process: keys are sent, and the screen is read.

mod allocations;
mod mux;
mod scenes;
mod soak;

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::cell::{Built, CHURN, STRIPPED, build};
use crate::target::Target;
use crate::toolchain::{self, Wanted, releases};
use crate::{apt, repo, run};
use scenes::SCENES;

/// What to do.
#[derive(clap::Args, Default)]
pub(crate) struct Args {
    /// Go releases (1.24.3) or minors (1.24: its last) [default: the oldest and the newest minor].
    #[arg(long, value_name = "VERSION")]
    go: Vec<Wanted>,
    /// Only these scenes.
    #[arg(long = "scene", value_name = "NAME")]
    scenes: Vec<String>,
    /// Instead, leave the screen on a busy process for so long, and watch what that costs both.
    #[arg(long, value_name = "DURATION", value_parser = humantime::parse_duration)]
    soak: Option<Duration>,
    /// Act as on a machine without Go.
    #[arg(long)]
    no_path_go: bool,
}

const LIMIT: Duration = Duration::from_secs(60);

/// Runs the verb.
///
/// # Errors
/// When a screen is not as it should be.
pub(crate) fn run(args: &Args) -> Result<()> {
    run::build_gopeek()?;
    if let Some(length) = args.soak {
        let go = toolchain::newest(!args.no_path_go)?;
        return soak::run(&build(&go, &STRIPPED, &CHURN)?, length);
    }
    if !run::exists("tmux") {
        apt::install(&["tmux"]).context("tmux is needed to have a terminal")?;
    }
    let minors: Vec<_> = releases::minors().collect();
    let ends = minors.first().into_iter().chain(minors.last());
    let ends: Vec<Wanted> = ends.copied().map(Wanted::LastOf).collect();
    let wanted = if args.go.is_empty() { &ends } else { &args.go };
    let (mut right, mut failed, mut skipped) = (0, Vec::new(), 0);
    for wanted in wanted {
        let go = match toolchain::find(*wanted, !args.no_path_go) {
            Ok(go) => go,
            Err(error) => {
                println!("{wanted:8} skipped: {error:#}");
                skipped += 1;
                continue;
            }
        };
        let built = build(&go, &STRIPPED, &CHURN)?;
        for scene in &SCENES {
            if !args.scenes.is_empty() && !args.scenes.iter().any(|name| name == scene.name) {
                continue;
            }
            match scene.play(&built) {
                Ok(()) => right += 1,
                Err(error) => failed.push(format!("{} {}: {error:#}", go.version, scene.name)),
            }
        }
        if args.scenes.is_empty() {
            match start(&built, &[]).and_then(|target| allocations::count(&target)) {
                Ok(()) => right += 1,
                Err(error) => failed.push(format!("{} allocations: {error:#}", go.version)),
            }
        }
    }
    println!(
        "top: {right} of {} scenes as they should be, {skipped} releases skipped",
        right + failed.len()
    );
    if !failed.is_empty() || right == 0 {
        bail!("{}", failed.join("\n"));
    }
    Ok(())
}

/// Starts the busy program.
fn start(built: &Built, args: &[&str]) -> Result<Target> {
    let mut command = Command::new(&built.exe);
    command.args(args);
    let mut target = Target::start(command, &folder()?.join("stderr.txt"))?;
    target.wait_until_ready(LIMIT)?;
    Ok(target)
}

/// Where what is saved goes.
fn folder() -> Result<PathBuf> {
    let folder = repo::target().join("top");
    fs::create_dir_all(&folder).with_context(|| format!("create {}", folder.display()))?;
    Ok(folder)
}
