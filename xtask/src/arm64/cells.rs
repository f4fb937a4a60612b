//! The cells of one Go release: builds them, has a guest run them all in one boot, and judges what it sends.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

use super::cores::{self, CORE};
use super::job::{self, Job, LOOK};
use super::{Args, Parts, Sums, sid, spin};
use crate::agree::{Cell, Outcome, compare, report};
use crate::cell::{ARM64, CROSS_CC, Mode, PROGRAMS, Program, SPIN, Variant, build};
use crate::run;
use crate::toolchain::Toolchain;

/// Where a program writes its own dump, in the folder of its results.
const ORACLE: &str = "oracle.txt";

/// What gopeek says on stderr when it stopped the target. Programs whose goroutines are all parked would agree
/// without a stop, too, and the stop is what is tried here.
const STOPPED: &str = "target stopped for";

/// The programs asked for that a minor can build for arm64, and how.
pub(super) fn programs(
    args: &Args,
    minor: u16,
) -> impl Iterator<Item = (&'static Program, &'static Mode)> + use<'_> {
    let asked = |program: &&Program| {
        args.program.is_empty() || args.program.iter().any(|asked| asked.name == program.name)
    };
    let known = PROGRAMS
        .iter()
        .chain([&SPIN])
        .filter(move |program| program.since <= minor);
    let asked = known.filter(asked);
    asked.filter_map(|program| Some((program, program.arm64_mode()?)))
}

/// Runs them all and counts each.
pub(super) fn run(args: &Args, parts: &Parts, go: &Toolchain, sums: &mut Sums) {
    let tally = &mut sums.tally;
    let cell = |mode: &Mode, program: &str| Cell {
        go: go.version,
        mode: mode.name,
        program: program.to_owned(),
    };
    let mut jobs = Vec::new();
    let mut exes = Vec::new();
    for (program, mode) in programs(args, go.version.minor) {
        let variants = program.living_variants_in(go.version.minor);
        if mode.cgo && !run::exists(CROSS_CC) {
            let name = cell(mode, program.name).to_string();
            tally.skipped(&name, &format!("no {CROSS_CC} here"), variants.count());
            continue;
        }
        match build(go, mode, program) {
            Ok(built) => exes.push((program.name.to_owned(), built.exe)),
            Err(error) => {
                tally.failed(&cell(mode, program.name), &error);
                continue;
            }
        }
        let exe = exes.len() - 1;
        if *program == SPIN {
            jobs.push((mode, exe, spin::job(args.samples)));
        } else {
            let jobs_of = |variant| [job(program, variant), saved(job(program, variant))];
            jobs.extend(variants.flat_map(jobs_of).map(|job| (mode, exe, job)));
        }
    }
    if jobs.is_empty() {
        return;
    }
    let dir = sid::home().join("results").join(go.version.to_string());
    let all = jobs.iter().map(|(_, _, job)| job);
    if let Err(error) = parts.guest.boot(&exes, all, &dir) {
        tally.failed(&cell(&ARM64, "(guest)"), &error);
    }
    for (mode, exe, Job { name, core, .. }) in &jobs {
        let cell = cell(mode, name);
        let results = dir.join(name);
        let (_, exe) = &exes[*exe];
        let judged = if name == SPIN.name {
            let core = || cores::read(&results, exe);
            let (show, truth) = (&args.show, &parts.truth);
            spin::report(show, &cell, &results, core, truth, &mut sums.spin)
        } else if core.is_some() {
            let oracle = results.join(ORACLE);
            let agreed = cores::compare_core(&results, exe, &oracle);
            agreed.map(|agreed| sums.cores.take(&args.show, &cell, agreed))
        } else {
            judge(&results).map(|outcome| report(&args.show, &cell, &outcome, tally))
        };
        if let Err(error) = judged {
            tally.failed(&cell, &error);
        }
    }
}

fn job(program: &Program, variant: &Variant) -> Job {
    let mut env = vec![format!("GOPEEK_ORACLE={ORACLE}")];
    if !variant.godebug.is_empty() {
        env.push(format!("GODEBUG={}", variant.godebug));
    }
    Job {
        name: format!("{}{}", program.name, variant.suffix),
        command: vec![format!("/{}", program.name)],
        env,
        gopeek: LOOK.map(str::to_owned).to_vec(),
        repeat: 1,
        ..Job::default()
    }
}

/// Likewise, to be saved instead. Not the same process: a stop ends a raw epoll_wait, whose caller then calls again, and a
/// second stop finds what that has left.
fn saved(job: Job) -> Job {
    Job {
        name: format!("{}+saved", job.name),
        gopeek: Vec::new(),
        repeat: 0,
        core: Some(CORE.to_owned()),
        ..job
    }
}

/// Compares the dumps of one job.
fn judge(results: &Path) -> Result<Outcome> {
    let looks = job::done(results)?.looks;
    let [look] = looks.as_slice() else {
        bail!("gopeek was to look once, and has {} times", looks.len());
    };
    if !look.stderr.contains(STOPPED) {
        bail!("gopeek did not stop the target:\n{}", look.stderr);
    }
    let oracle = fs::read(results.join(ORACLE)).context("read what the program wrote")?;
    Ok(Outcome {
        agreement: compare(&oracle, &look.stdout)?,
        reading: None,
        took: look.took,
        moved: 0,
        dumps: results.to_path_buf(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(args: &Args, minor: u16) -> Vec<&'static str> {
        let programs = programs(args, minor);
        programs.map(|(program, _)| program.name).collect()
    }

    #[test]
    fn a_minor_has_the_executables_that_it_knows() {
        let all = Args::default();
        assert_eq!(named(&all, 19), ["zoo", "zoohttp", "small", "cgo", "spin"]);
        assert_eq!(
            named(&all, 27),
            [
                "zoo", "zoohttp", "small", "synctest", "leaked", "cgo", "spin"
            ]
        );
        let one = Args {
            program: vec![Program::named("leaked").unwrap()],
            ..Args::default()
        };
        assert_eq!(named(&one, 27), ["leaked"]);
        assert!(named(&one, 26).is_empty());
    }

    #[test]
    fn a_variant_is_a_job_of_its_own_with_the_same_program() {
        let zoo = Program::named("zoo").unwrap();
        let jobs: Vec<_> = zoo
            .living_variants_in(27)
            .map(|variant| job(zoo, variant))
            .collect();
        let names: Vec<_> = jobs.iter().map(|job| job.name.as_str()).collect();
        assert_eq!(names, ["zoo", "zoo+ancestors", "zoo+labels"]);
        assert!(jobs.iter().all(|job| job.command == ["/zoo"]));
        assert_eq!(jobs[0].env, ["GOPEEK_ORACLE=oracle.txt"]);
        assert_eq!(jobs[2].env[1], "GODEBUG=tracebacklabels=1");
        let saved = saved(job(zoo, &zoo.variants[0]));
        assert_eq!((saved.name.as_str(), saved.repeat), ("zoo+saved", 0));
        assert_eq!(saved.env, jobs[0].env);
    }
}
