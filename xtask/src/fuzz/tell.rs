//! The table of a run, and how what was found is brought again.

use super::campaign::{Ended, Outcome};
use crate::table::{count, head, row};

/// A row for each target.
pub(super) fn table(ended: &[Ended]) -> String {
    let names = [
        "target",
        "executions",
        "a second",
        "cov",
        "features",
        "corpus",
        "CPU",
        "memory",
        "findings",
    ];
    let rows = ended.iter().map(|it| {
        let numbers = &it.numbers;
        let seconds = it.cpu_time.as_secs().max(1);
        row(&[
            it.target.to_owned(),
            count(numbers.executions),
            count(numbers.executions / seconds),
            count(numbers.coverage),
            count(numbers.features),
            count(numbers.corpus),
            format!("{:.1} min", it.cpu_time.as_secs_f64() / 60.0),
            format!("{} MB", numbers.memory),
            u8::from(matches!(it.outcome, Outcome::Found(_))).to_string(),
        ])
    });
    let lines = std::iter::once(head(&names)).chain(rows);
    lines.map(|line| line + "\n").collect()
}

/// What is wrong with how it ended: the command that brings a finding again.
pub(super) fn wrong(ended: &Ended) -> Option<String> {
    let target = ended.target;
    match &ended.outcome {
        Outcome::Passed => None,
        Outcome::Found(file) => Some(format!(
            "{target}: cargo xtask fuzz --target {target} --replay {file}"
        )),
        Outcome::Broken(log) => Some(format!("{target}: it was ended, or did not end: {log}")),
    }
}
