//! `cargo xtask ci`: format, lints, docs, then everything that is held against real programs; the quick refusals first.

use anyhow::Result;

use crate::cell::Preset;
use crate::{
    agree, arm64, cores, crash, ends, formats, fuzz, hang, health, hostile, hot, load, locals,
    native, outages, run, runtime_diff, spin, top, types,
};

/// How much of the matrix.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// All of it, rather than what fits half an hour.
    #[arg(long)]
    all: bool,
}

/// Runs the verb.
///
/// # Errors
/// When something does not pass.
pub(crate) fn run(args: &Args) -> Result<()> {
    run::shown(&mut run::cargo(["fmt", "--all", "--check"]))?;
    let clippy = [
        "clippy",
        "--workspace",
        "--all-targets",
        "--",
        "--deny=warnings",
    ];
    run::shown(&mut run::cargo(clippy))?;
    let mut doc = run::cargo(["doc", "--workspace", "--no-deps"]);
    run::shown(doc.env("RUSTDOCFLAGS", "--deny=warnings"))?;
    fuzz::lint()?;
    let preset = if args.all { Preset::All } else { Preset::Ci };
    agree::run(&agree::Args::preset(preset))?;
    runtime_diff::check_against_git()?;
    cores::run(&cores::Args::preset(preset))?;
    spin::run(&spin::Args::preset(preset))?;
    hot::run(&hot::Args::preset(preset))?;
    ends::run(&ends::Args::preset(preset))?;
    hostile::run(&hostile::Args::preset(preset))?;
    crash::run(&crash::Args::preset(preset))?;
    native::run(&native::Args::default())?;
    locals::run(&locals::Args::default())?;
    hang::run(&hang::Args::preset(preset))?;
    outages::run(&outages::Args::preset(preset))?;
    formats::run(&formats::Args::default())?;
    health::run(&health::Args::preset(preset))?;
    types::run(&types::Args::preset(preset))?;
    top::run(&top::Args::default())?;
    load::run(&load::Args::short())?;
    fuzz::run(&fuzz::Args::preset(preset))?;
    arm64::run(&arm64::Args::preset(preset))
}
