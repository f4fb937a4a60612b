//! Runs one cell: start the program, look at it with gopeek, compare, and see it end in peace.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use super::compare::{Agreement, compare, compare_crash};
use crate::cell::{Built, Oracle, Variant};
use crate::target::Target;
use crate::{repo, run};

/// Slow machines settle slowly; a program gives up by itself before this.
const READY: Duration = Duration::from_secs(60);
const GOPEEK: Duration = Duration::from_secs(60);
const END: Duration = Duration::from_secs(30);

/// What came of a cell that ran.
pub(super) struct Outcome {
    /// How far the dumps agree.
    pub(super) agreement: Agreement,
    /// gopeek's wall time.
    pub(super) took: Duration,
    /// Where both dumps are.
    pub(super) dumps: PathBuf,
}

fn format(oracle: Oracle) -> &'static str {
    match oracle {
        Oracle::Stack => "--format=stack",
        Oracle::Sigquit => "--format=sigquit",
    }
}

/// Runs a built program under one setting, with the dumps in `dumps`.
pub(super) fn run(built: &Built, variant: &Variant, dumps: &Path) -> Result<Outcome> {
    // The dumps of an earlier run must not pass for this one's.
    let _ = fs::remove_dir_all(dumps);
    fs::create_dir_all(dumps).with_context(|| format!("create {}", dumps.display()))?;
    let oracle = dumps.join("oracle.txt");
    let mut command = built.command();
    command.env("GOPEEK_ORACLE", &oracle);
    // These change what runtime.Stack prints or how the program behaves: the cell decides them.
    for name in ["GODEBUG", "GOTRACEBACK", "GOMAXPROCS", "GOGC"] {
        command.env_remove(name);
    }
    // Some test programs race on purpose: that is no sign that gopeek has hurt them.
    command.env("GORACE", "exitcode=0");
    if !variant.godebug.is_empty() {
        command.env("GODEBUG", variant.godebug);
    }
    let mut target = Target::start(command, &dumps.join("stderr.txt"))?;
    target.wait_until_ready(READY).context("the program")?;

    let pid = target.pid().to_string();
    let mut gopeek = if built.emulated {
        let mut reader = Command::new(repo::emulated());
        reader.arg(&pid).arg(&built.exe);
        reader
    } else {
        let mut gopeek = Command::new(repo::gopeek());
        gopeek.args([format(variant.oracle), &pid]);
        gopeek
    };

    let gopeek = run::within(GOPEEK, &mut gopeek)?;
    fs::write(dumps.join("gopeek.txt"), &gopeek.stdout)?;
    if !gopeek.status.success() {
        bail!("gopeek: {}\n{}", gopeek.status, gopeek.stderr);
    }
    let agreement = match variant.oracle {
        Oracle::Stack => {
            target.end(END).context("the program")?;
            let oracle = fs::read(&oracle).context("read what the program wrote")?;
            compare(&oracle, &gopeek.stdout)?
        }
        Oracle::Sigquit => {
            let oracle = target.quit(END).context("the program")?;
            compare_crash(&oracle, &gopeek.stdout)?
        }
    };
    Ok(Outcome {
        agreement,
        took: gopeek.took,
        dumps: dumps.to_path_buf(),
    })
}
