//! `cargo xtask demo`: a stuck service, and gopeek looking at it. Needs cargo and python3, Go only if it is there.

use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::cell::{ORDERS, STRIPPED, build};
use crate::target::Target;
use crate::{repo, run, toolchain};

/// How to find a Go.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Act as on a machine without Go: bring one by wheel.
    #[arg(long)]
    no_path_go: bool,
}

/// Runs the verb.
///
/// # Errors
/// When something cannot be built or started; the service is gone then, too.
pub(crate) fn run(args: &Args) -> Result<()> {
    let go = toolchain::any(!args.no_path_go)?;
    eprintln!("Go {}: {}", go.version, go.source);
    run::build_gopeek()?;
    let built = build(&go, &STRIPPED, &ORDERS)?;
    let stderr = repo::target().join("demo");
    let mut service = Target::start(built.command(), &stderr.join("stderr.txt"))?;
    service
        .wait_until_ready(Duration::from_secs(60))
        .context("the service")?;

    let pid = service.pid();
    // Every stack, and then what is wrong with it all, which a terminal gets by default.
    for format in ["--format=stack", "--format=report"] {
        eprintln!("$ gopeek {format} {pid}");
        let shown = Command::new(repo::gopeek())
            .args([format, &pid.to_string()])
            .status()
            .context("run gopeek")?;
        if !shown.success() {
            bail!("gopeek: {shown}");
        }
        println!();
    }
    service
        .end(Duration::from_secs(30))
        .context("the service")?;
    println!(
        "That was `gopeek {pid}` on {}, a stripped Go {} service that is stuck; it ran on meanwhile and has ended now.",
        ORDERS.name, go.version
    );
    Ok(())
}
