//! `cargo xtask native`: C and Go frames, in order, must be those that gdb finds in the same process.

mod compare;
mod program;

use std::fs;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::cell::{Finish, Mode};
use crate::target::Target;
use crate::toolchain::{self, Toolchain, Wanted};
use crate::{repo, run};
use compare::{Agreement, compare};
use program::{Chains, MODES};

/// Which releases.
#[derive(clap::Args, Default)]
pub(crate) struct Args {
    /// Go releases (1.24.3) or minors (1.24: its last) [default: 1.19, 1.23 and the newest minor].
    #[arg(long, value_name = "VERSION")]
    go: Vec<Wanted>,
    /// Act as on a machine without Go.
    #[arg(long)]
    no_path_go: bool,
}

const LIMIT: Duration = Duration::from_secs(120);
/// What gdb runs.
const SCRIPT: &str = include_str!("frames.py");

/// Runs the verb.
///
/// # Errors
/// When a cell's frames differ, or cannot be had.
pub(crate) fn run(args: &Args) -> Result<()> {
    if let Some(missing) = missing() {
        println!("native: skipped, as there is no {missing}; 1 skip");
        return Ok(());
    }
    run::build_example("native")?;
    let toolchains = toolchains(args)?;
    let (mut all, mut failed) = (Agreement::default(), 0);
    for go in &toolchains {
        for mode in MODES {
            let cell = format!("{} {}", go.version, mode.name);
            match run_cell(go, mode) {
                Ok(agreement) => {
                    println!("{cell}: {agreement}");
                    all.add(&agreement);
                }
                Err(error) => {
                    println!("{cell}: FAILED: {error:#}");
                    failed += 1;
                }
            }
        }
    }
    println!("native: {all}");
    if failed > 0 {
        bail!("{failed} cells failed");
    }
    Ok(())
}

/// What it takes besides Go, and is not here.
fn missing() -> Option<&'static str> {
    let tools = ["gdb", "cc", "strip"];
    let tool = tools.into_iter().find(|tool| !run::exists(tool));
    tool.or_else(|| {
        let mut gdb = Command::new("gdb");
        gdb.args(["-nx", "-batch", "-ex", "python print('here')"]);
        let speaks = run::read(&mut gdb).is_ok_and(|said| said.contains("here"));
        (!speaks).then_some("gdb with Python")
    })
}

fn toolchains(args: &Args) -> Result<Vec<Toolchain>> {
    let use_path = !args.no_path_go;
    if !args.go.is_empty() {
        let found = args
            .go
            .iter()
            .map(|wanted| toolchain::find(*wanted, use_path));
        return found.collect();
    }
    let old = [19, 23].map(|minor| toolchain::find(Wanted::LastOf(minor), use_path));
    let mut found = old.into_iter().collect::<Result<Vec<_>>>()?;
    found.push(toolchain::newest(use_path)?);
    Ok(found)
}

fn run_cell(go: &Toolchain, mode: &Mode) -> Result<Agreement> {
    let chains = Chains::build(go, mode)?;
    let scratch = repo::target().join("native").join(go.version.to_string());
    let scratch = scratch.join(mode.name);
    fs::create_dir_all(&scratch).with_context(|| format!("create {}", scratch.display()))?;
    let script = scratch.join("frames.py");
    fs::write(&script, SCRIPT)?;

    let mut target = Target::start(chains.command(), &scratch.join("stderr.txt"))?;
    target.wait_until_ready(LIMIT)?;
    let pid = target.pid().to_string();
    let ours = run::gopeek(LIMIT, Command::new(repo::example("native")).arg(&pid))?;
    let mut gdb = Command::new("gdb");
    // Without -nx, a maintainer's own settings would take part.
    gdb.args(["-nx", "-batch", "-iex", "set debuginfod enabled off"]);
    gdb.arg(&chains.symbols)
        .args(["-p", &pid])
        .arg("-x")
        .arg(&script);
    let theirs = run::within(LIMIT, &mut gdb)?;

    let ours = String::from_utf8(ours.stdout)?;
    let theirs = String::from_utf8_lossy(&theirs.stdout).into_owned();
    fs::write(scratch.join("gopeek.txt"), &ours)?;
    fs::write(scratch.join("gdb.txt"), &theirs)?;
    let stripped = mode.finish == Finish::Strip;
    compare(&ours, &theirs, stripped).with_context(|| format!("see {}", scratch.display()))
}
