//! `cargo xtask test`: everything a change must pass.

use anyhow::Result;

use crate::cell::Preset;
use crate::{agree, run};

/// How much to test.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The whole matrix: every minor's first and last release, in every mode.
    #[arg(long)]
    all: bool,
}

/// Runs the verb. Cargo's tests come last, so that its summary is the last thing said.
///
/// # Errors
/// When something does not pass.
pub(crate) fn run(args: &Args) -> Result<()> {
    let preset = if args.all { Preset::All } else { Preset::Quick };
    agree::run(&agree::Args::preset(preset))?;
    run::shown(&mut run::cargo(["test", "--workspace"]))
}
