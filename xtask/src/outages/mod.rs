//! `cargo xtask outages`: what gopeek says of outages made of real libraries must be what the programs know.
//!
//! It judges by gopeek's JSON and its exit codes, never by its words.

mod daemons;
mod judge;
mod look;
mod said;
mod started;
mod tally;
mod truth;

use anyhow::{Result, bail};

use crate::cell::{Mode, OUTAGES, Preset, build, sampled_pairs};
use crate::toolchain::{self, Wanted};
use crate::{agree, repo, run};
use started::Started;
use tally::Tally;

/// Number of releases and modes whose programs run at the same time: they wait for a minute, most of them idle.
const AT_ONCE: usize = 3;

/// What to look at.
#[derive(clap::Args, Default)]
pub(crate) struct Args {
    /// Go releases (1.24.3) or minors (1.24: its last) [default: those of --ci].
    #[arg(long, value_name = "VERSION")]
    go: Vec<Wanted>,
    /// Ways to build [default: stripped].
    #[arg(long, value_name = "NAME", value_parser = agree::mode_named)]
    mode: Vec<&'static Mode>,
    /// Outages [default: all that the program knows].
    #[arg(long, visible_alias = "incident", value_name = "NAME")]
    outage: Vec<String>,
    /// The last release of every minor, plain and stripped.
    #[arg(long)]
    all: bool,
    /// The oldest minor, one in the middle and the newest, stripped.
    #[arg(long, conflicts_with = "all")]
    ci: bool,
    /// Run `gopeek --check` this many times more on each outage: all must end with the same code.
    #[arg(long, value_name = "N", default_value_t = 0)]
    repeat: usize,
    /// Look only at calm services, this many times at each: none may raise an alarm.
    #[arg(long, value_name = "N")]
    calm: Option<usize>,
    /// Look at Debian's prometheus, etcd, caddy, nats-server, syncthing and containerd, idle and under load.
    #[arg(long)]
    daemons: bool,
    /// Act as on a machine without Go.
    #[arg(long)]
    no_path_go: bool,
}

impl Args {
    /// A preset.
    pub(crate) fn preset(preset: Preset) -> Self {
        Self {
            all: preset == Preset::All,
            ci: preset != Preset::All,
            ..Self::default()
        }
    }

    /// The releases and modes, in the order in which they run.
    fn pairs(&self) -> Vec<(Wanted, &'static Mode)> {
        sampled_pairs(self.all, &self.go, &self.mode)
    }

    fn is_asked_for(&self, outage: &str) -> bool {
        let named = self.outage.is_empty() || self.outage.iter().any(|it| it == outage);
        named && (self.calm.is_none() || outage.starts_with("calm-"))
    }
}

/// Runs the verb.
///
/// # Errors
/// When gopeek says something else than is true.
pub(crate) fn run(args: &Args) -> Result<()> {
    run::build_gopeek()?;
    let mut tally = Tally::default();
    if args.daemons {
        daemons::run(args.calm.unwrap_or(20), &mut tally);
    } else {
        for pairs in args.pairs().chunks(AT_ONCE) {
            let mut started = Vec::new();
            for (wanted, mode) in pairs {
                start(args, *wanted, mode, &mut started, &mut tally);
            }
            started.sort_by_key(|(_, it)| it.due);
            for (cell, started) in started {
                let wrong = one(args, started);
                tally.add(&cell, wrong);
            }
        }
    }
    tally.print();
    if tally.is_all_right() {
        return Ok(());
    }
    bail!("outages: some are not told as they are")
}

/// Starts all outages of a release and a mode.
fn start(
    args: &Args,
    wanted: Wanted,
    mode: &Mode,
    started: &mut Vec<(String, Started)>,
    tally: &mut Tally,
) {
    let go = match toolchain::find(wanted, !args.no_path_go) {
        Ok(go) => go,
        Err(error) => return tally.skip(&format!("{wanted:8}"), &error),
    };
    let built = build(&go, mode, &OUTAGES);
    let known = built.and_then(|built| Ok((run::read(&mut built.command())?, built)));
    let (known, built) = match known {
        Ok(known) => known,
        Err(error) => return tally.add(&format!("{:8} {:9}", go.version, mode.name), Err(error)),
    };
    for outage in known.lines().filter(|it| args.is_asked_for(it)) {
        let folder = repo::target().join("outages").join(go.version.to_string());
        let folder = folder.join(mode.name).join(outage);
        let cell = format!("{:8} {:9} {outage}", go.version, mode.name);
        match Started::start(&built, outage, &folder) {
            Ok(it) => started.push((cell, it)),
            Err(error) => tally.add(&cell, Err(error)),
        }
    }
}

/// Looks at one outage once it is old enough, and returns what is wrong.
fn one(args: &Args, started: Started) -> Result<Vec<String>> {
    started.wait();
    let file = started.folder.join("gopeek.json");
    let mut wrong = Vec::new();
    for _ in 0..args.calm.unwrap_or(1) {
        let (said, code) = look::report(started.pid(), &file)?;
        wrong.extend(judge::judge(&started.truth, &said, code));
    }
    let codes = look::codes(started.pid(), args.repeat)?;
    if codes.len() > 1 {
        wrong.push(format!("exit codes and how often: {codes:?}"));
    }
    started.end()?;
    Ok(wrong)
}
