//! What Go prints of goroutines itself, read by gopeek: at a SIGQUIT, by a panic, by `debug=2`. It must have the goroutines, the
//! states and the groups that gopeek saw in the process just before.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::LIMIT;
use crate::cell::{Mode, TEXTS, build};
use crate::target::Target;
use crate::toolchain::Toolchain;
use crate::{repo, run};

/// Fewer goroutines are no test.
const FEWEST: usize = 500;

/// The ways in which a program prints its goroutines.
const WAYS: [&str; 3] = ["debug=2", "panic", "SIGQUIT"];

/// Looks at the program before it prints its goroutines in each way, and at what it prints. Returns how many there were.
///
/// # Errors
/// When a text has other goroutines, states or groups than the process.
pub(super) fn look(go: &Toolchain, mode: &Mode, dir: &Path) -> Result<usize> {
    let built = build(go, mode, &TEXTS)?;
    let mut least = usize::MAX;
    for way in WAYS {
        let stderr = dir.join(format!("{way}.txt"));
        let mut command = built.command();
        // A panic prints other goroutines, too; SIGQUIT does in any case.
        command.env("GOTRACEBACK", "all");
        let mut target = Target::start(command, &stderr)?;
        target.wait_until_ready(LIMIT).context("the program")?;
        let before = gopeek(
            &target.pid().to_string(),
            &dir.join(format!("{way}.before.json")),
        )?;
        match way {
            "debug=2" => {
                target.ask(way, LIMIT)?;
                target.end(LIMIT).context("the program")?;
            }
            "panic" => {
                target.tell(way)?;
                target.death(LIMIT)?;
            }
            _ => {
                target.quit(LIMIT)?;
            }
        }
        let text = gopeek(
            &stderr.display().to_string(),
            &dir.join(format!("{way}.json")),
        )?;
        least = least.min(compare(&before, &text).with_context(|| way.to_owned())?);
    }
    ensure!(least >= FEWEST, "only {least} goroutines");
    Ok(least)
}

/// What gopeek says of a process or a text.
fn gopeek(target: &str, file: &PathBuf) -> Result<Value> {
    let mut gopeek = Command::new(repo::gopeek());
    gopeek.args(["--json", "-o"]).arg(file).arg(target);
    run::gopeek(LIMIT, &mut gopeek).with_context(|| target.to_owned())?;
    let json = fs::read_to_string(file).with_context(|| format!("read {}", file.display()))?;
    serde_json::from_str(&json).context("the JSON")
}

/// The first goroutine asks for the text, and is elsewhere then.
const CALLER: u64 = 1;

fn compare(process: &Value, text: &Value) -> Result<usize> {
    let (before, after) = (states(process), states(text));
    for (id, state) in &before {
        let said = after.get(id).map(String::as_str);
        ensure!(
            said == Some(state),
            "goroutine {id}: {state:?} in the process, {said:?} in the text"
        );
    }
    ensure!(
        before.len() == after.len(),
        "{} and {} goroutines",
        before.len(),
        after.len()
    );
    let differ: Vec<_> = groups(process)
        .symmetric_difference(&groups(text))
        .cloned()
        .collect();
    ensure!(differ.is_empty(), "other groups: {differ:?}");
    Ok(before.len())
}

/// States of the program's goroutines, by number.
fn states(document: &Value) -> BTreeMap<u64, String> {
    let all = document["goroutines"].as_array().into_iter().flatten();
    let users = all.filter(|it| it["system"] == false && it["id"] != CALLER);
    let state = |it: &Value| format!("{}, locked {}", it["state"], it["locked"]);
    users
        .filter_map(|it| Some((it["id"].as_u64()?, state(it))))
        .collect()
}

/// The groups, as goroutines that are in one.
fn groups(document: &Value) -> BTreeSet<Vec<u64>> {
    let groups = document["groups"].as_array().into_iter().flatten();
    let ids = groups.map(|group| {
        let ids = group["goroutines"].as_array().into_iter().flatten();
        let mut ids: Vec<u64> = ids.filter_map(Value::as_u64).collect();
        ids.retain(|id| *id != CALLER);
        ids.sort_unstable();
        ids
    });
    ids.filter(|ids| !ids.is_empty()).collect()
}
