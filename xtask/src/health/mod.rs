//! `cargo xtask health`: what gopeek's layout reads of a runtime's health must be what the runtime says of itself.
//!
//! The figures are read before and after a program is asked for its own: each of its own must lie between.

mod compare;

use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::cell::{HEALTH, Mode, PLAIN, Preset, STRIPPED, build, each, sample};
use crate::target::Target;
use crate::toolchain::{Toolchain, Wanted, releases};
use crate::{agree, repo, run};
use compare::{Outcome, Said, compare};

/// Which releases.
#[derive(clap::Args, Default)]
pub(crate) struct Args {
    /// Go releases (1.24.3) or minors (1.24: its last) [default: every minor].
    #[arg(long, value_name = "VERSION")]
    go: Vec<Wanted>,
    /// Ways to build [default: plain and stripped].
    #[arg(long, value_name = "NAME", value_parser = agree::mode_named)]
    mode: Vec<&'static Mode>,
    /// Act as on a machine without Go.
    #[arg(long)]
    no_path_go: bool,
}

impl Args {
    /// A preset: of some minors in all but the fullest.
    pub(crate) fn preset(preset: Preset) -> Self {
        let some = sample().into_iter().filter(|_| preset != Preset::All);
        Self {
            go: some.map(Wanted::LastOf).collect(),
            ..Self::default()
        }
    }
}

const LIMIT: Duration = Duration::from_secs(60);
/// How often a program is looked at, until its memory keeps still for one look.
const LOOKS: usize = 20;

/// Runs the verb.
///
/// # Errors
/// When a figure is wrong, or a program can't be looked at.
pub(crate) fn run(args: &Args) -> Result<()> {
    if std::env::var_os("GOPEEK_HEALTH").is_none() {
        run::build_example("health")?;
    }
    let every: Vec<_> = releases::minors().map(Wanted::LastOf).collect();
    let wanted = if args.go.is_empty() { &every } else { &args.go };
    let modes = if args.mode.is_empty() {
        &[&PLAIN, &STRIPPED][..]
    } else {
        &args.mode
    };
    let (mut right, mut total) = (0, 0);
    let skipped = each(wanted, modes, !args.no_path_go, |go, mode| {
        let outcome = look(go, mode)?;
        print!("{:8} {:10} {outcome}", go.version, mode.name);
        right += outcome.right;
        total += outcome.total();
        Ok(())
    })?;
    println!("health: {right} of {total} figures right, {skipped} programs skipped");
    if right < total || total == 0 {
        bail!("{} figures are wrong", total - right);
    }
    Ok(())
}

fn look(go: &Toolchain, mode: &Mode) -> Result<Outcome> {
    let program = build(go, mode, &HEALTH)?;
    let scratch = repo::target().join("health").join(go.version.to_string());
    let mut command = program.command();
    // Two Ps on any machine: where there is one, nothing waits for a P.
    command.env("GOMAXPROCS", "2");
    let errors = scratch.join(format!("{}.txt", mode.name));
    let mut target = Target::start(command, &errors)?;
    target.wait_until_ready(LIMIT)?;
    // Answering takes memory the first time: free memory would move while it is looked at, down and up again.
    target.ask_for::<Said>("health", LIMIT)?;
    let mut look = || -> Result<[Said; 3]> {
        let before = ours(target.pid())?;
        let truth = target.ask_for("health", LIMIT)?;
        Ok([before, truth, ours(target.pid())?])
    };
    let mut seen = look()?;
    for _ in 1..LOOKS {
        let [before, _, after] = &seen;
        if before.is_as_still_as(after) {
            break;
        }
        seen = look()?;
    }
    let [before, truth, after] = seen;
    target.end(LIMIT)?;
    Ok(compare(&before, &truth, &after))
}

fn ours(pid: u32) -> Result<Said> {
    let example =
        std::env::var_os("GOPEEK_HEALTH").map_or_else(|| repo::example("health"), Into::into);
    let said = run::gopeek(LIMIT, Command::new(example).arg(pid.to_string()))?;
    let text = String::from_utf8_lossy(&said.stdout);
    serde_json::from_str(&text).with_context(|| format!("{text:?} is no answer"))
}
