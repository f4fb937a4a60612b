//! Runs one cell: start the program, look at it with gopeek, compare, and see it end in peace.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use super::compare::{compare, compare_crash};
use super::outcome::Outcome;
use super::parsers::Parsers;
use super::reading;
use crate::cell::{Built, Oracle, Variant};
use crate::run::Ended;
use crate::target::Target;
use crate::{repo, run};

/// Slow machines settle slowly; a program gives up by itself before this.
const READY: Duration = Duration::from_secs(60);
const GOPEEK: Duration = Duration::from_secs(60);
const END: Duration = Duration::from_secs(30);

/// A program that SIGQUIT is to kill runs on between the last look and its death: an idle thread wakes up for a moment, a
/// call that the look interrupted is made again. Then another process tells; gopeek's own mistakes are in each.
const TRIES: usize = 5;

/// Runs a built program under one setting, with the dumps in `dumps`.
pub(super) fn run(
    built: &Built,
    variant: &Variant,
    parsers: Option<&Parsers>,
    dumps: &Path,
) -> Result<Outcome> {
    let tries = match variant.oracle {
        Oracle::Stack => 1,
        Oracle::Sigquit => TRIES,
    };
    let mut moved = 0;
    loop {
        let outcome = run_once(built, variant, parsers, dumps)?;
        if outcome.agreement.differences.is_empty() || moved + 1 >= tries {
            return Ok(Outcome { moved, ..outcome });
        }
        moved += 1;
    }
}

fn run_once(
    built: &Built,
    variant: &Variant,
    parsers: Option<&Parsers>,
    dumps: &Path,
) -> Result<Outcome> {
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
    let gopeek = if built.emulated {
        let mut reader = Command::new(repo::example("emulated"));
        reader.arg(&pid).arg(&built.exe);
        dump(&mut reader, &dumps.join("gopeek.txt"))?
    } else {
        let format = match variant.oracle {
            Oracle::Stack => "stack",
            Oracle::Sigquit => "sigquit",
        };
        if variant.oracle == Oracle::Sigquit {
            // A stop ends a raw epoll_wait, whose caller then calls again: from then on, each stop finds the same.
            dump(&mut gopeek_as(format, &pid), &dumps.join("before.txt"))?;
        }
        dump(&mut gopeek_as(format, &pid), &dumps.join("gopeek.txt"))?
    };
    // The emulator's reader has one format; how the other is written does not depend on the architecture.
    let reading = match parsers {
        Some(parsers) if !built.emulated && variant.oracle == Oracle::Stack => {
            let file = dumps.join("compat.txt");
            let compat = dump(&mut gopeek_as("compat", &pid), &file)?;
            let parsed = parsers.parse(&file)?;
            let mut reading = reading::compare(&gopeek.stdout, &compat.stdout, &parsed)?;
            let own = parsers.gostackparse(&file)?;
            let file = dumps.join("gostackparse.json");
            let ours = dump(&mut gopeek_as("gostackparse-json", &pid), &file)?;
            let ours: Vec<serde_json::Value> =
                serde_json::from_slice(&ours.stdout).context("gostackparse's JSON")?;
            reading
                .differences
                .extend(reading::differences(&own, &ours));
            Some(reading)
        }
        _ => None,
    };
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
        reading,
        took: gopeek.took,
        moved: 0,
        dumps: dumps.to_path_buf(),
    })
}

fn gopeek_as(format: &str, pid: &str) -> Command {
    let mut gopeek = Command::new(repo::gopeek());
    gopeek.arg(format!("--format={format}")).arg(pid);
    gopeek
}

/// Runs a reader of the target, and keeps what it writes in a file for people.
fn dump(reader: &mut Command, file: &Path) -> Result<Ended> {
    let ended = run::within(GOPEEK, reader)?;
    fs::write(file, &ended.stdout)?;
    if !ended.status.success() {
        bail!("gopeek: {}\n{}", ended.status, ended.stderr);
    }
    Ok(ended)
}
