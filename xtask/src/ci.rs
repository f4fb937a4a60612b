//! `cargo xtask ci`: what continuous integration runs, the quick refusals first.

use anyhow::Result;

use crate::cell::Preset;
use crate::{agree, run};

/// Runs the verb.
///
/// # Errors
/// When something does not pass.
pub(crate) fn run() -> Result<()> {
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
    agree::run(&agree::Args::preset(Preset::Ci))?;
    run::shown(&mut run::cargo(["test", "--workspace"]))
}
