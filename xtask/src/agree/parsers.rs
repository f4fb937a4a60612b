//! The parsers that others read dumps with, as a Go program of ours that runs them: building it, and asking it.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::reading::Parsed;
use crate::toolchain::{Toolchain, Version};
use crate::{repo, run, toolchain};

/// panicparse takes a while for a large dump.
const LIMIT: Duration = Duration::from_secs(60);

/// The program, built.
#[derive(Debug)]
pub(super) struct Parsers {
    exe: PathBuf,
}

/// The program, or why it can't be had here.
#[derive(Debug)]
pub(super) enum Brought {
    /// Built.
    Built(Parsers),
    /// There is no Go for it, or its modules can't be fetched.
    Missing(String),
}

/// Fetches the parsers' modules, at the versions and sums that `testdata/parsers` pins, and builds the program.
///
/// # Errors
/// When it is all there and does not compile.
pub(super) fn bring(use_path: bool) -> Result<Brought> {
    let go = match new_enough(use_path) {
        Ok(go) => go,
        Err(error) => return Ok(Brought::Missing(format!("{error:#}"))),
    };
    let command = || {
        let mut command = go.command();
        // The pinned sums are to be held against, not to be added to.
        let flags = "-mod=readonly -buildvcs=false";
        command.current_dir(repo::parsers()).env("GOFLAGS", flags);
        command
    };
    if let Err(error) = run::read(command().args(["mod", "download"])) {
        return Ok(Brought::Missing(format!("{error:#}")));
    }
    let dir = repo::target().join("parsers");
    fs::create_dir_all(&dir).with_context(|| format!("create {}", dir.display()))?;
    let exe = dir.join("parsers");
    run::read(command().args(["build", "-o"]).arg(&exe).arg("."))?;
    Ok(Brought::Built(Parsers { exe }))
}

/// A Go of the version that the parsers ask for, or later.
fn new_enough(use_path: bool) -> Result<Toolchain> {
    let path = repo::parsers().join("go.mod");
    let module = fs::read_to_string(&path).with_context(|| format!("read {}", path.display()))?;
    let needed = module.lines().find_map(|line| line.strip_prefix("go "));
    let needed: Version = needed.context("go.mod names no version")?.parse()?;
    match toolchain::any(use_path) {
        Ok(go) if go.version >= needed => Ok(go),
        _ => toolchain::newest(use_path),
    }
}

impl Parsers {
    /// What each parser, by its name, makes of the dump in a file.
    ///
    /// # Errors
    /// When the program fails; that a parser fails is in what it gives.
    pub(super) fn parse(&self, dump: &Path) -> Result<BTreeMap<String, Parsed>> {
        self.ask(&[], dump)
    }

    /// What gostackparse makes of it, in its own words.
    ///
    /// # Errors
    /// When it can't read it.
    pub(super) fn gostackparse(&self, dump: &Path) -> Result<Vec<Value>> {
        self.ask(&["-gostackparse"], dump)
    }

    fn ask<T: DeserializeOwned>(&self, arguments: &[&str], dump: &Path) -> Result<T> {
        let input = File::open(dump).with_context(|| format!("open {}", dump.display()))?;
        let mut command = Command::new(&self.exe);
        command.args(arguments);
        let ended = run::within_fed(LIMIT, &mut command, input.into())?;
        if !ended.status.success() {
            bail!("the parsers: {}\n{}", ended.status, ended.stderr);
        }
        serde_json::from_slice(&ended.stdout).context("read what the parsers wrote")
    }
}
