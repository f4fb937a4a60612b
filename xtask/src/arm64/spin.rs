//! The cell of goroutines that run: gopeek's stacks must be what they may be, and killing gopeek must leave no trace.
//!
//! Which stacks these are is `cargo xtask spin`'s to say.

use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Result, bail};

use super::cores;
use super::job::{self, Done, Job, LOOK, Look};
use crate::agree::{Cell, Show};
use crate::cell::SPIN;
use crate::spin::{Tally, Truth, take};

/// How many times gopeek is killed in the middle of a look.
const KILLS: u32 = 20;

/// What gopeek says on stderr when a thread took longer to stop than it waits for, and when there was no time left for what
/// runs. Its goroutine then has no stack, which is the machine's fault: each of its processors is a thread that others on
/// this machine hold up.
const LATE: [&str; 2] = ["did not stop in time", "the pause had reached its limit"];

/// What the cells of all releases came to.
#[derive(Debug, Default)]
pub(super) struct Sum {
    cells: usize,
    bad: usize,
    right: usize,
    total: usize,
    survived: usize,
    kills: usize,
}

/// The job of one cell.
pub(super) fn job(samples: u32) -> Job {
    Job {
        name: SPIN.name.to_owned(),
        command: vec![format!("/{}", SPIN.name)],
        env: Vec::new(),
        gopeek: LOOK.map(str::to_owned).to_vec(),
        repeat: samples,
        kills: KILLS,
        core: Some(cores::CORE.to_owned()),
        ..Job::default()
    }
}

/// Judges what came of it, counts it, and prints its line and all that is wrong. What `core` says is one look more.
///
/// # Errors
/// When there is nothing to judge.
pub(super) fn report(
    show: &Show,
    cell: &Cell,
    results: &Path,
    core: impl FnOnce() -> Result<Look>,
    truth: &Truth,
    sum: &mut Sum,
) -> Result<()> {
    let Done { looks, kills, .. } = job::done(results)?;
    let core = core()?;
    let mut tally = Tally::showing(usize::MAX);
    let took: Duration = looks.iter().map(|look| look.took).sum();
    let mut late = 0;
    for look in looks.iter().chain([&core]) {
        if LATE.iter().any(|late| look.stderr.contains(late)) {
            late += 1;
        } else {
            take(&look.stdout, truth, &mut tally)?;
        }
    }
    if late * 2 > looks.len() {
        bail!("{late} of {} looks had too little time", looks.len());
    }
    let harm: Vec<_> = kills.iter().filter(|kill| !kill.harm.is_empty()).collect();
    let held = kills.iter().filter(|kill| kill.held).count();
    print!("{cell} {}", tally.tell());
    println!(
        "  kills survived {} of {}, {held} of them while the target was held   gopeek {} ms",
        kills.len() - harm.len(),
        kills.len(),
        took.as_millis() / looks.len().max(1) as u128
    );
    if late > 0 {
        println!("  left out: {late} looks that had too little time");
    }
    for kill in &harm {
        println!("  killed, gopeek left behind: {}", kill.harm);
    }
    sum.cells += 1;
    sum.right += tally.right;
    sum.total += tally.total;
    sum.survived += kills.len() - harm.len();
    sum.kills += kills.len();
    let good = tally.is_good() && harm.is_empty();
    sum.bad += usize::from(!good);
    if good && tally.right == tally.total && !show.keep {
        let _ = fs::remove_dir_all(results);
    } else {
        println!("  the dumps: {}", results.display());
    }
    Ok(())
}

impl Sum {
    /// Prints the sums.
    pub(super) fn print(&self) {
        println!(
            "right {} of {}, kills survived {} of {}",
            self.right, self.total, self.survived, self.kills
        );
    }

    /// The verdict.
    ///
    /// # Errors
    /// When a cell is under the bar of `cargo xtask spin`, or a kill did harm.
    pub(super) fn close(&self) -> Result<()> {
        if self.bad > 0 {
            bail!(
                "{} of {} cells of running goroutines are wrong",
                self.bad,
                self.cells
            );
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::toolchain::Version;

    const RIGHT: &str = "goroutine 2 [running]:\nmain.f()\n\t/spin/main.go:2 +0x1\n\
        created by main.main\n\t/spin/main.go:1 +0x2\n";

    /// Judges looks that each printed a dump and a complaint, of which the last is of a core, and a kill that did harm.
    fn judged(name: &str, looks: &[(&str, &str)], harm: &str) -> (Sum, Result<()>) {
        let (core, looks) = looks.split_last().unwrap();
        let core = || {
            Ok(Look {
                stdout: core.0.into(),
                stderr: core.1.to_owned(),
                took: Duration::ZERO,
            })
        };
        let dir = std::env::temp_dir().join(format!("gopeek-spin-{name}-{}", std::process::id()));
        fs::create_dir_all(&dir).unwrap();
        for (n, (out, err)) in looks.iter().enumerate() {
            fs::write(dir.join(format!("gopeek.{n}.out")), out).unwrap();
            fs::write(dir.join(format!("gopeek.{n}.err")), err).unwrap();
        }
        let took = vec!["1"; looks.len()].join(",");
        let verdict = format!(
            r#"{{"error":"","took_ns":[{took}],"saved_ns":1,"kills":[{{"held":true,"harm":"{harm}"}}]}}"#
        );
        fs::write(dir.join("verdict.json"), verdict).unwrap();
        let truth = Truth::parse("runs main.f\n", "\tgo f()\n\tf //@\n").unwrap();
        let cell = Cell {
            go: Version::new(27, 0),
            mode: "arm64",
            program: SPIN.name.to_owned(),
        };
        let mut sum = Sum::default();
        let done = report(&Show::default(), &cell, &dir, core, &truth, &mut sum);
        let _ = fs::remove_dir_all(&dir);
        (sum, done)
    }

    #[test]
    fn right_stacks_and_survived_kills_are_good() {
        let (sum, done) = judged("good", &[(RIGHT, ""), (RIGHT, "")], "");
        done.unwrap();
        assert_eq!(
            (sum.right, sum.total, sum.survived, sum.kills),
            (2, 2, 1, 1)
        );
        assert!(sum.close().is_ok());
    }

    #[test]
    fn a_wrong_stack_or_what_a_kill_leaves_behind_is_not() {
        let wrong = RIGHT.replace("main.f", "main.g");
        let (sum, done) = judged("wrong", &[(RIGHT, ""), (&wrong, "")], "");
        done.unwrap();
        assert_eq!((sum.right, sum.total), (1, 2));
        assert!(sum.close().is_err());
        let (sum, done) = judged("harm", &[(RIGHT, ""), (RIGHT, "")], "thread 5: state t");
        done.unwrap();
        assert_eq!((sum.survived, sum.kills), (0, 1));
        assert!(sum.close().is_err());
    }

    #[test]
    fn looks_at_threads_that_were_late_tell_nothing_of_stacks() {
        let late = (
            "",
            "gopeek: warning: thread 7 did not stop in time (state R)",
        );
        let (sum, done) = judged("late", &[(RIGHT, ""), late, (RIGHT, "")], "");
        done.unwrap();
        assert_eq!((sum.right, sum.total), (2, 2));
        let later = [(RIGHT, ""), late, late, (RIGHT, "")];
        assert!(judged("later", &later, "").1.is_err());
    }
}
