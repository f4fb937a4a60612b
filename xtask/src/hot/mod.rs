//! `cargo xtask hot`: goroutines that switch all the time must have stacks of one moment, or none, sample by sample.

mod judge;

use std::collections::BTreeMap;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::cell::{HOT, Preset, STRIPPED, build};
use crate::target::Target;
use crate::toolchain::{self, Toolchain, Wanted, releases};
use crate::{dump, repo, run};
use judge::{Verdict, judge};

/// Its goroutines leave little of the CPUs to others.
const LIMIT: Duration = Duration::from_secs(60);
/// How many wrong stacks are shown.
const SHOWN: usize = 3;
/// The ways to look: without a stop, and with one.
const LOOKS: [&[&str]; 2] = [&["--no-stop"], &[]];

/// What to sample.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Go releases (1.24.3) or minors (1.24: its last) [default: 1.19 and the newest minor].
    #[arg(long, value_name = "VERSION")]
    go: Vec<Wanted>,
    /// How often to look at each program, in each way.
    #[arg(long, default_value_t = 1000)]
    samples: usize,
    /// Act as on a machine without Go.
    #[arg(long)]
    no_path_go: bool,
}

impl Args {
    /// A preset as it stands.
    pub(crate) fn preset(preset: Preset) -> Self {
        let all = preset == Preset::All;
        let every = releases::minors().filter(|_| all);
        Self {
            go: every.map(Wanted::LastOf).collect(),
            samples: if all { 1000 } else { 100 },
            no_path_go: false,
        }
    }
}

/// What the samples came to.
#[derive(Default)]
struct Tally {
    right: usize,
    moved: usize,
    running: usize,
    wrong: BTreeMap<&'static str, usize>,
    shown: Vec<String>,
}

/// Runs the verb.
///
/// # Errors
/// When a program can't be sampled, or one stack is wrong.
pub(crate) fn run(args: &Args) -> Result<()> {
    run::build_gopeek()?;
    let defaults = [19, releases::newest_minor()].map(Wanted::LastOf);
    let wanted = if args.go.is_empty() {
        &defaults[..]
    } else {
        &args.go
    };
    let (mut right, mut wrong, mut skipped) = (0, 0, 0);
    for wanted in wanted {
        let go = match toolchain::find(*wanted, !args.no_path_go) {
            Ok(go) => go,
            Err(error) => {
                println!("{wanted:8} skipped: {error:#}");
                skipped += 1;
                continue;
            }
        };
        for options in LOOKS {
            let tally = sample(&go, options, args.samples)?;
            let bad: usize = tally.wrong.values().sum();
            println!(
                "{:8} {:10} right {}, moved {}, running {}, wrong {bad}",
                go.version,
                options.first().unwrap_or(&"stopped"),
                tally.right,
                tally.moved,
                tally.running,
            );
            for (why, count) in &tally.wrong {
                println!("  {why}: {count}");
            }
            for block in &tally.shown {
                println!("    {}", block.trim_end().replace('\n', "\n    "));
            }
            (right, wrong) = (right + tally.right, wrong + bad);
        }
    }
    println!();
    println!("programs: {}, skipped: {skipped}", wanted.len());
    println!("right {right}, wrong {wrong}");
    if wrong > 0 {
        bail!("{wrong} stacks are not of one moment");
    }
    if right == 0 {
        bail!("no stack was seen");
    }
    Ok(())
}

fn sample(go: &Toolchain, options: &[&str], samples: usize) -> Result<Tally> {
    let built = build(go, &STRIPPED, &HOT)?;
    let dir = repo::target().join("hot");
    let mut target = Target::start(built.command(), &dir.join("stderr.txt"))?;
    target.wait_until_ready(LIMIT).context("the program")?;
    let mut tally = Tally::default();
    for _ in 0..samples {
        let mut gopeek = Command::new(repo::gopeek());
        gopeek.args(options).arg(target.pid().to_string());
        let gopeek = run::gopeek(LIMIT, &mut gopeek)?;
        for block in dump::split(&gopeek.stdout).context("what gopeek wrote")? {
            let text = String::from_utf8_lossy(block.text);
            tally.add(judge(&text)?, &text);
        }
    }
    target.end(LIMIT).context("the program")?;
    Ok(tally)
}

impl Tally {
    fn add(&mut self, verdict: Option<Verdict>, block: &str) {
        match verdict {
            None => {}
            Some(Verdict::Right) => self.right += 1,
            Some(Verdict::Moved) => self.moved += 1,
            Some(Verdict::Running) => self.running += 1,
            Some(Verdict::Wrong(why)) => {
                *self.wrong.entry(why).or_default() += 1;
                if self.shown.len() < SHOWN {
                    self.shown.push(format!("{why}: {block}"));
                }
            }
        }
    }
}
