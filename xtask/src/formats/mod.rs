//! `cargo xtask formats`: what other tools read of gopeek's output must be what gopeek saw.
//!
//! A Go program that waits is written in each format; its JSON is held against the schema, its profiles are read by `go tool
//! pprof`, its folded stacks are counted. All must have the same goroutines. And what Go prints itself is read by gopeek.

mod readers;
mod schema;
mod texts;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};

use crate::cell::{Mode, Program, build};
use crate::target::Target;
use crate::toolchain::{self, Toolchain, Wanted, releases};
use crate::{agree, repo, run};

/// It has goroutines of every kind, and stays as it is.
const PROGRAM: &str = "zoo";
const MODE: &str = "plain";

const LIMIT: Duration = Duration::from_secs(60);

/// What to look at.
#[derive(clap::Args, Default)]
pub(crate) struct Args {
    /// Go releases (1.24.3) or minors (1.24: its last) [default: the newest minor].
    #[arg(long, value_name = "VERSION")]
    go: Vec<Wanted>,
    /// Ways to build [default: plain].
    #[arg(long, value_name = "NAME", value_parser = agree::mode_named)]
    mode: Vec<&'static Mode>,
    /// Act as on a machine without Go.
    #[arg(long)]
    no_path_go: bool,
}

/// Runs the verb.
///
/// # Errors
/// When a format can't be read, or has other goroutines than the others.
pub(crate) fn run(args: &Args) -> Result<()> {
    run::build_gopeek()?;
    let reader = toolchain::any(!args.no_path_go)?;
    let program = Program::named(PROGRAM).context("the program is gone")?;
    let plain = [Mode::named(MODE).context("the mode is gone")?];
    let modes = if args.mode.is_empty() {
        &plain[..]
    } else {
        &args.mode
    };
    let newest = [Wanted::LastOf(releases::newest_minor())];
    let releases = if args.go.is_empty() {
        &newest[..]
    } else {
        &args.go
    };
    if !schema::is_there() {
        println!("the schema skipped: python3 has no jsonschema here");
    }
    let mut bad = 0;
    for wanted in releases {
        let go = toolchain::find(*wanted, !args.no_path_go)?;
        for mode in modes {
            let name = format!("{} {}", go.version, mode.name);
            match look(&go, &reader, mode, program) {
                Ok(counts) => println!("{name}: {}", told(&counts)),
                Err(error) => {
                    bad += 1;
                    println!("{name}: {error:#}");
                }
            }
        }
    }
    if bad > 0 {
        bail!("{bad} of them wrong");
    }
    Ok(())
}

fn told(counts: &BTreeMap<&'static str, u64>) -> String {
    let counts = counts.iter().map(|(what, count)| format!("{count} {what}"));
    counts.collect::<Vec<_>>().join(", ")
}

/// Goroutines, by the format that they were counted in.
type Counts = BTreeMap<&'static str, u64>;

fn look(go: &Toolchain, reader: &Toolchain, mode: &Mode, program: &Program) -> Result<Counts> {
    let built = build(go, mode, program)?;
    let dir = repo::target().join("formats").join(go.version.to_string());
    let dir = dir.join(mode.name);
    let mut command = built.command();
    command.env("GOPEEK_ORACLE", dir.join("oracle.txt"));
    let mut target = Target::start(command, &dir.join("stderr.txt"))?;
    target.wait_until_ready(LIMIT).context("the program")?;
    let counts = counts(target.pid(), reader, &dir)?;
    target.end(LIMIT).context("the program")?;
    let texts = texts::look(go, mode, &dir.join("texts")).context("Go's own texts")?;
    println!("{} {}: {texts} in Go's own texts", go.version, mode.name);
    let all = counts.values().max();
    let differ = counts.values().any(|count| Some(count) != all);
    ensure!(!differ, "the counts differ: {}", told(&counts));
    Ok(counts)
}

fn counts(pid: u32, reader: &Toolchain, dir: &Path) -> Result<Counts> {
    let pid = pid.to_string();
    let write = |name: &str, arguments: &[&str]| -> Result<PathBuf> {
        let file = dir.join(name);
        let mut gopeek = Command::new(repo::gopeek());
        gopeek.args(arguments).arg("-o").arg(&file).arg(&pid);
        run::gopeek(LIMIT, &mut gopeek).with_context(|| name.to_owned())?;
        Ok(file)
    };
    let json = write("dump.json", &["--json"])?;
    let lines = write("dump.ndjson", &["--format=ndjson"])?;
    if schema::is_there() {
        schema::hold(&json, &lines)?;
    }
    let parsed = write("gostackparse.json", &["--format=gostackparse-json"])?;
    let folded = write("dump.folded", &["--format=folded"])?;
    let profile = write("dump.pb.gz", &["--format=pprof"])?;
    let labelled = write("each.pb.gz", &["--format=pprof", "--per-goroutine"])?;
    let pprof = |flag: &str, file: &Path| {
        let mut command = reader.command();
        command.args(["tool", "pprof", flag]).arg(file);
        run::read(&mut command)
    };
    let top = pprof("-top", &profile)?;
    ensure!(top.contains("runtime.gopark"), "go tool pprof -top:\n{top}");
    let tags = pprof("-tags", &labelled)?;
    ensure!(
        tags.contains("go::goroutine_state"),
        "go tool pprof -tags:\n{tags}"
    );
    Ok(BTreeMap::from([
        ("in JSON", readers::json(&json)?),
        ("in NDJSON", readers::lines(&lines)?),
        ("as gostackparse has them", readers::parsed(&parsed)?),
        ("folded", readers::folded(&folded)?),
        ("in a profile", readers::samples(&pprof("-raw", &profile)?)),
        (
            "in a profile of each",
            readers::samples(&pprof("-raw", &labelled)?),
        ),
    ]))
}
