//! `cargo xtask crash`: what gopeek tells of the core of a crashed program must be what the program itself printed.

mod judge;
mod victim;
mod way;

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::cell::{Built, CRASH, Mode, PLAIN, Preset, STRIPPED, build};
use crate::toolchain::{self, Toolchain, Wanted, releases};
use crate::{agree, repo, run};
use judge::{judge, tells};
use victim::{FILTER, Left, crash, obstacle};
use way::{FEW, WAYS, Way};

/// What to let crash.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Go releases (1.24.3) or minors (1.24: its last) [default: the last of every minor].
    #[arg(long, value_name = "VERSION")]
    go: Vec<Wanted>,
    /// Ways to build [default: plain, stripped, cgo].
    #[arg(long, value_name = "NAME", value_parser = agree::mode_named)]
    mode: Vec<&'static Mode>,
    /// Ways to crash [default: all].
    #[arg(long, value_name = "NAME", value_parser = way::named)]
    way: Vec<Way>,
    /// Act as on a machine without Go.
    #[arg(long)]
    no_path_go: bool,
}

impl Args {
    /// A preset as it stands.
    pub(crate) fn preset(preset: Preset) -> Self {
        let few = preset != Preset::All;
        let newest = releases::newest_minor();
        let go = [19, newest].into_iter().filter(|_| few);
        let ways = FEW.iter().filter(|_| few);
        Self {
            go: go.map(Wanted::LastOf).collect(),
            mode: Vec::new(),
            way: ways.filter_map(|name| way::named(name).ok()).collect(),
            no_path_go: false,
        }
    }
}

/// gopeek on a core.
const LIMIT: Duration = Duration::from_secs(60);
/// Choices of memory (core(5)) that leave what is needed: with file-backed memory, without what is shared.
const ENOUGH: [&str; 2] = ["0x7f", "0x1"];
/// One that leaves nothing, and what gopeek's exit code is then (docs/exit-codes.md).
const NOTHING: (&str, i32) = ("0x0", 8);
/// How many differences of a crash are shown.
const SHOWN: usize = 3;

/// What the crashes came to.
#[derive(Default)]
struct Tally {
    right: usize,
    wrong: usize,
    goroutines: usize,
    skipped: usize,
}

/// Runs the verb.
///
/// # Errors
/// When one crash is not told as the program told it.
pub(crate) fn run(args: &Args) -> Result<()> {
    if let Some(why) = obstacle() {
        println!("crash: skipped: {why}; 1 skip");
        return Ok(());
    }
    run::build_gopeek()?;
    let every: Vec<Wanted> = releases::minors().map(Wanted::LastOf).collect();
    let wanted = if args.go.is_empty() { &every } else { &args.go };
    let mut tally = Tally::default();
    for wanted in wanted {
        match toolchain::find(*wanted, !args.no_path_go) {
            Ok(go) => release(args, &go, &mut tally)?,
            Err(error) => {
                println!("{wanted:8} skipped: {error:#}");
                tally.skipped += 1;
            }
        }
    }
    let Tally {
        right,
        wrong,
        goroutines,
        skipped,
    } = tally;
    println!(
        "crash: {right} told as by themselves, {goroutines} goroutines; {wrong} not; {skipped} skipped"
    );
    if wrong > 0 || right == 0 {
        bail!("{wrong} crashes are not told right");
    }
    Ok(())
}

/// Every way of one release, in every mode.
fn release(args: &Args, go: &Toolchain, tally: &mut Tally) -> Result<()> {
    let cgo = Mode::named("cgo").context("no mode cgo")?;
    let modes = if args.mode.is_empty() {
        vec![&PLAIN, &STRIPPED, cgo]
    } else {
        args.mode.clone()
    };
    let ways = if args.way.is_empty() { WAYS } else { &args.way };
    for mode in modes {
        if mode.cgo && !run::exists("cc") {
            println!("{} {}: skipped, as there is no cc", go.version, mode.name);
            tally.skipped += 1;
            continue;
        }
        let built = build(go, mode, &CRASH)?;
        let folder = repo::target().join("crash").join(go.version.to_string());
        let folder = folder.join(mode.name);
        let before = (tally.right, tally.goroutines);
        for way in ways
            .iter()
            .filter(|way| way.cgo.is_none_or(|cgo| cgo == mode.cgo))
        {
            let folder = folder.join(way.name);
            tally.count(go, mode, way.name, one(&built, way, &folder));
        }
        let filtered = filtered(&built, ways, &folder);
        if let Err(error) = filtered {
            tally.count(go, mode, "filter", Err(error));
        }
        let (right, goroutines) = (tally.right - before.0, tally.goroutines - before.1);
        println!(
            "{} {}: {right} crashes, {goroutines} goroutines",
            go.version, mode.name
        );
    }
    Ok(())
}

impl Tally {
    fn count(&mut self, go: &Toolchain, mode: &Mode, way: &str, done: Result<usize>) {
        match done {
            Ok(goroutines) => {
                self.right += 1;
                self.goroutines += goroutines;
            }
            Err(error) => {
                self.wrong += 1;
                println!("{} {} {way}: FAILED: {error:#}", go.version, mode.name);
            }
        }
    }
}

/// One crash; how many goroutines it had. Only of one that is not told right is something left.
fn one(built: &Built, way: &Way, folder: &Path) -> Result<usize> {
    let left = crash(built, way, FILTER, folder)?;
    let goroutines = check(&left, way, folder)?;
    fs::remove_dir_all(folder)?;
    Ok(goroutines)
}

fn check(left: &Left, way: &Way, folder: &Path) -> Result<usize> {
    let told = gopeek(&left.core, "sigquit")?;
    let ours = String::from_utf8_lossy(&told.stdout).into_owned();
    fs::write(folder.join("gopeek.txt"), &ours)?;
    let said = String::from_utf8_lossy(&left.said);
    let formats = ["stack", "compat"].map(|format| gopeek(&left.core, format));
    let formats = formats.into_iter().map(|told| {
        let text = told?.stdout;
        Ok(String::from_utf8_lossy(&text).into_owned())
    });
    let formats = formats.collect::<Result<Vec<_>>>()?;
    tells(way, &said, &told.stderr, &formats)?;
    if !way.printed {
        return Ok(0);
    }
    let agreement = judge(&said, &ours)?;
    if !agreement.differences.is_empty() {
        let shown: Vec<_> = agreement.differences.into_iter().take(SHOWN).collect();
        bail!("see {}\n{}", folder.display(), shown.join("\n"));
    }
    Ok(agreement.identical)
}

/// Of the same crash, cores with more and with less memory.
fn filtered(built: &Built, ways: &[Way], folder: &Path) -> Result<()> {
    let Some(way) = ways.iter().find(|way| way.name == "nil") else {
        return Ok(());
    };
    let folder = folder.join("filter");
    for filter in ENOUGH {
        let left = crash(built, way, filter, &folder)?;
        check(&left, way, &folder).with_context(|| format!("filter {filter}"))?;
    }
    let (filter, code) = NOTHING;
    let left = crash(built, way, filter, &folder)?;
    let mut command = Command::new(repo::gopeek());
    let ended = run::within(LIMIT, command.arg("core").arg(&left.core))?;
    if ended.status.code() != Some(code) {
        bail!("filter {filter}: {}\n{}", ended.status, ended.stderr);
    }
    fs::remove_dir_all(folder)?;
    Ok(())
}

fn gopeek(core: &Path, format: &str) -> Result<run::Ended> {
    let mut command = Command::new(repo::gopeek());
    command.arg("core").arg(core).args(["--format", format]);
    run::gopeek(LIMIT, &mut command)
}
