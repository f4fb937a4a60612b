//! `cargo xtask spin`: the stacks of goroutines that are running must be what they may be, sample by sample.

mod judge;
mod stack;
mod tally;
mod truth;

use std::collections::HashMap;
use std::fs;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::cell::{Mode, Preset, SPIN, STRIPPED, Shape, build, each};
use crate::target::Target;
use crate::toolchain::{Toolchain, Wanted, releases};
use crate::{agree, dump, repo, run};
use judge::{Wrong, judge};

pub(crate) use tally::Tally;
pub(crate) use truth::Truth;

/// How many wrong stacks of each kind are shown: of so many samples, a few.
const SHOWN: usize = 2;

/// Its goroutines leave little of the CPUs to others.
const LIMIT: Duration = Duration::from_secs(60);

/// What to sample.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Go releases (1.24.3) or minors (1.24: its last) [default: 1.19, 1.21 and the newest minor].
    #[arg(long, value_name = "VERSION")]
    go: Vec<Wanted>,
    /// Ways to build [default: stripped].
    #[arg(long, value_name = "NAME", value_parser = agree::mode_named)]
    mode: Vec<&'static Mode>,
    /// How often to look at each program.
    #[arg(long, default_value_t = 1000)]
    samples: usize,
    /// Act as on a machine without Go.
    #[arg(long)]
    no_path_go: bool,
}

impl Args {
    /// A preset as it stands: every minor in the fullest only, and few samples in the others.
    pub(crate) fn preset(preset: Preset) -> Self {
        let all = preset == Preset::All;
        let every = releases::minors().filter(|_| all);
        Self {
            go: every.map(Wanted::LastOf).collect(),
            mode: Vec::new(),
            samples: if all { 1000 } else { 100 },
            no_path_go: false,
        }
    }
}

/// Runs the verb.
///
/// # Errors
/// When a program can't be sampled, or one stack in a thousand is wrong.
pub(crate) fn run(args: &Args) -> Result<()> {
    run::build_gopeek()?;
    let truth = truth()?;
    let modes = if args.mode.is_empty() {
        &[&STRIPPED][..]
    } else {
        &args.mode
    };
    let defaults = [19, 21, releases::newest_minor()].map(Wanted::LastOf);
    let releases = if args.go.is_empty() {
        &defaults[..]
    } else {
        &args.go
    };
    let (mut right, mut total, mut bad) = (0, 0, 0);
    let skipped = each(releases, modes, !args.no_path_go, |go, mode| {
        let tally = sample(go, mode, args.samples, &truth)?;
        print!("{:8} {:10} {}", go.version, mode.name, tally.tell());
        right += tally.right;
        total += tally.total;
        bad += usize::from(!tally.is_good());
        Ok(())
    })?;
    println!();
    println!(
        "programs: {}, skipped: {skipped}",
        releases.len() * modes.len()
    );
    println!("right {right} of {total}");
    if bad > 0 {
        bail!("{bad} programs have more than one wrong stack in a thousand");
    }
    if total == 0 {
        bail!("nothing was sampled");
    }
    Ok(())
}

/// What the program's stacks may be.
///
/// # Errors
/// When its files can't be read.
pub(crate) fn truth() -> Result<Truth> {
    let dir = repo::programs().join(SPIN.name);
    let read = |name: &str| {
        let path = dir.join(name);
        fs::read_to_string(&path).with_context(|| format!("read {}", path.display()))
    };
    Truth::parse(&read("truth.txt")?, &read("main.go")?)
}

fn sample(go: &Toolchain, mode: &Mode, samples: usize, truth: &Truth) -> Result<Tally> {
    if mode.shape != Shape::Exe || mode.emulated {
        bail!(
            "the mode {} makes no program that can be sampled",
            mode.name
        );
    }
    let built = build(go, mode, &SPIN)?;
    let dir = repo::target().join("spin");
    let mut target = Target::start(built.command(), &dir.join("stderr.txt"))?;
    target.wait_until_ready(LIMIT).context("the program")?;
    let mut tally = Tally::showing(SHOWN);
    for _ in 0..samples {
        let mut gopeek = Command::new(repo::gopeek());
        // Stacks are judged here, not the pause: on a busy machine, threads may need longer than usual to stop.
        gopeek.args([
            "--format=stack",
            "--pause-limit=1s",
            &target.pid().to_string(),
        ]);
        let gopeek = run::gopeek(LIMIT, &mut gopeek)?;
        take(&gopeek.stdout, truth, &mut tally)?;
    }
    target.end(LIMIT).context("the program")?;
    Ok(tally)
}

/// Judges every goroutine that should be in a dump.
///
/// # Errors
/// When it is no dump.
pub(crate) fn take(dump: &[u8], truth: &Truth, tally: &mut Tally) -> Result<()> {
    let blocks = dump::split(dump).context("what gopeek wrote")?;
    let stacks: HashMap<_, _> = blocks
        .iter()
        .filter_map(|block| {
            let text = String::from_utf8_lossy(block.text);
            let stack = stack::parse(&text);
            Some((stack.made_at?, (stack, text)))
        })
        .collect();
    for (line, expected) in &truth.goroutines {
        match stacks.get(line) {
            None => tally.add(&expected.name, false, "", Err(Wrong::Missing)),
            Some((stack, text)) => {
                let verdict = judge(expected, truth, stack);
                tally.add(&expected.name, stack.running, text, verdict);
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{Tally, Truth, take};

    #[test]
    fn every_goroutine_of_the_table_is_judged_in_every_sample() {
        let source = "\tgo f()\n\tgo g()\n\tf //@\n";
        let truth = Truth::parse("runs main.f\nruns main.g\n", source).unwrap();
        let dump = b"goroutine 1 [select]:\nmain.main()\n\t/spin/main.go:9\n\n\
            goroutine 2 [running]:\nmain.f()\n\t/spin/main.go:3 +0x1\n\
            created by main.main\n\t/spin/main.go:1 +0x2\n";
        let mut tally = Tally::showing(2);
        take(dump, &truth, &mut tally).unwrap();
        take(dump, &truth, &mut tally).unwrap();
        assert_eq!((tally.right, tally.total), (2, 4));
        assert!(tally.tell().contains("goroutine missing: 2 (main.g 2)"));
    }
}
