//! `cargo xtask types`: what gopeek's layout reads by type descriptors must be what a program knows of its own fields.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use crate::cell::{Mode, PIE, PLAIN, Preset, STRIPPED, TYPED, build, each, sample};
use crate::target::Target;
use crate::toolchain::{Toolchain, Wanted, releases};
use crate::{agree, repo, run};

/// Which releases.
#[derive(clap::Args, Default)]
pub(crate) struct Args {
    /// Go releases (1.24.3) or minors (1.24: its last) [default: every minor].
    #[arg(long, value_name = "VERSION")]
    go: Vec<Wanted>,
    /// Ways to build [default: plain, stripped and pie].
    #[arg(long, value_name = "NAME", value_parser = agree::mode_named)]
    mode: Vec<&'static Mode>,
    /// Act as on a machine without Go.
    #[arg(long)]
    no_path_go: bool,
}

impl Args {
    /// A preset: of some minors in all but the fullest.
    pub(crate) fn preset(preset: Preset) -> Self {
        let some = sample().into_iter().filter(|_| preset != Preset::All);
        Self {
            go: some.map(Wanted::LastOf).collect(),
            ..Self::default()
        }
    }
}

const LIMIT: Duration = Duration::from_secs(60);

/// What either side says.
#[derive(Deserialize, Debug)]
struct Said {
    /// By method and field: `main.(*Pool).Wait lock.w`.
    values: BTreeMap<String, String>,
    /// What the locks and channels are called that goroutines wait at. They must be the same with DWARF and without.
    names: BTreeSet<String>,
}

/// Runs the verb.
///
/// # Errors
/// When a value is wrong, or a program can't be looked at.
pub(crate) fn run(args: &Args) -> Result<()> {
    run::build_example("types")?;
    let every: Vec<_> = releases::minors().map(Wanted::LastOf).collect();
    let wanted = if args.go.is_empty() { &every } else { &args.go };
    let modes = if args.mode.is_empty() {
        &[&PLAIN, &STRIPPED, &PIE][..]
    } else {
        &args.mode
    };
    let (mut right, mut total) = (0, 0);
    let skipped = each(wanted, modes, !args.no_path_go, |go, mode| {
        let (truth, ours) = look(go, mode)?;
        let wrong = compare(&truth, &ours);
        let all = truth.values.len() + truth.names.len();
        let good = all.saturating_sub(wrong.len());
        println!("{:8} {:10} {good} of {all}", go.version, mode.name);
        for wrong in &wrong {
            println!("    {wrong}");
        }
        right += good;
        total += all;
        Ok(())
    })?;
    println!("types: {right} of {total} values right, {skipped} programs skipped");
    if right < total || total == 0 {
        bail!("{} values are wrong", total - right);
    }
    Ok(())
}

fn look(go: &Toolchain, mode: &Mode) -> Result<(Said, Said)> {
    let program = build(go, mode, &TYPED)?;
    let scratch = repo::target().join("types").join(go.version.to_string());
    let errors = scratch.join(format!("{}.txt", mode.name));
    let mut target = Target::start(program.command(), &errors)?;
    target.wait_until_ready(LIMIT)?;
    let truth: Said = target.ask_for("values", LIMIT)?;
    let mut command = Command::new(repo::example("types"));
    command.arg(target.pid().to_string());
    let fields = truth.values.keys().filter_map(|key| key.split_once(' '));
    command.args(fields.flat_map(|(method, path)| [method, path]));
    let said = run::gopeek(LIMIT, &mut command)?;
    let text = String::from_utf8_lossy(&said.stdout);
    let ours = serde_json::from_str(&text).with_context(|| format!("{text:?} is no answer"))?;
    target.end(LIMIT)?;
    Ok((truth, ours))
}

/// What is wrong, in words.
fn compare(truth: &Said, ours: &Said) -> Vec<String> {
    let all = truth.values.iter();
    let wrong = all.filter_map(|(key, value)| match ours.values.get(key) {
        Some(our) if our == value => None,
        Some(our) => Some(format!("{key}: {our}, not {value}")),
        None => Some(format!("{key}: {value}, and nothing of ours")),
    });
    let unnamed = truth.names.difference(&ours.names);
    let unknown = ours.names.difference(&truth.names);
    let unnamed = unnamed.map(|name| format!("nothing is called {name}"));
    let unknown = unknown.map(|name| format!("{name} is none of the program's"));
    wrong.chain(unnamed).chain(unknown).collect()
}

#[cfg(test)]
mod tests {
    use super::{Said, compare};

    #[test]
    fn values_must_be_the_same() {
        let said = |values: &[(&str, &str)], name: &str| Said {
            values: values
                .iter()
                .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
                .collect(),
            names: [name.to_owned()].into(),
        };
        let truth = said(&[("a", "1"), ("b", "2"), ("c", "3")], "lock.w");
        let ours = said(&[("a", "1"), ("b", "3")], "lock");
        let expected = [
            "b: 3, not 2",
            "c: 3, and nothing of ours",
            "nothing is called lock.w",
            "lock is none of the program's",
        ];
        assert_eq!(compare(&truth, &ours), expected);
        assert!(compare(&truth, &truth).is_empty());
    }
}
