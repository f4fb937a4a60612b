//! A target that has damaged its own memory: what can be told is told, within bounds, and the rest is a warning.

use anyhow::{Context, Result, ensure};

use super::look::Seen;
use super::outcome::Outcome;
use super::stage::Stage;
use super::victim::Victim;

/// What is left after a damage.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Left {
    /// Every goroutine but the damaged ones, which are warned of.
    Others,
    /// Every goroutine but the damaged ones; nothing shows that they are.
    Unnoticed,
    /// Every goroutine: the damage is to what only other questions look at.
    All,
    /// Nothing: an error.
    Nothing,
}

/// A Go release that can't be read, as docs/exit-codes.md has it: nothing is where it should be.
const UNREADABLE: i32 = 6;

/// What `states -do damaged -what` does, and what is left.
const DAMAGES: &[(&str, Left)] = &[
    ("allgs-length", Left::Nothing),
    ("allgs-nowhere", Left::Nothing),
    ("g-nowhere", Left::Others),
    ("g-kernels", Left::Others),
    ("g-closed", Left::Others),
    ("g-zeros", Left::Unnoticed),
    ("g-crooked", Left::Unnoticed),
    ("g-twice", Left::Unnoticed),
    ("g-status", Left::Unnoticed),
    ("g-goid", Left::Unnoticed),
    ("g-m", Left::Unnoticed),
    ("g-startpc", Left::Unnoticed),
    ("stack-endless", Left::All),
    ("stack-upside", Left::Others),
    ("stack-nowhere", Left::Others),
    ("stack-closed", Left::Others),
    ("stack-again", Left::Others),
    ("sp-zero", Left::Others),
    ("sp-outside", Left::Others),
    ("sp-crooked", Left::Others),
    ("pc-nowhere", Left::Others),
    ("labels-nowhere", Left::All),
    ("labels-cycle", Left::All),
    ("ancestors", Left::Unnoticed),
    ("defer-nowhere", Left::All),
    ("defer-cycle", Left::All),
    ("panic-cycle", Left::All),
    ("sudog-cycle", Left::All),
    ("sudog-nowhere", Left::All),
    ("allm-cycle", Left::All),
    ("allm-nowhere", Left::All),
    ("m-link", Left::All),
    ("m-procid", Left::Unnoticed),
    ("m-curg", Left::All),
    ("m-g0", Left::All),
    ("m-gsignal", Left::All),
    ("modules-cycle", Left::All),
    ("modules-nowhere", Left::All),
];

/// Each damage, to a target of its own.
pub(super) fn damaged(stage: &Stage) -> Result<Outcome> {
    let mut wrong = Vec::new();
    let (mut memory, mut took) = (0, 0);
    for (what, left) in DAMAGES {
        match one(stage, what, *left) {
            Ok(seen) => {
                memory = memory.max(seen.memory >> 20);
                took = took.max(seen.took.as_millis());
            }
            Err(error) => wrong.push(format!("{what}: {error:#}")),
        }
    }
    ensure!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    Ok(Outcome::Passed(format!(
        "{} damages; at most {took} ms and {memory} MB",
        DAMAGES.len()
    )))
}

fn one(stage: &Stage, what: &str, left: Left) -> Result<Seen> {
    let mut victim = Victim::start(stage, &["-do", "damaged", "-what", what])?;
    let doomed: Vec<u64> = victim.ask("begin")?;
    if left != Left::All {
        for id in &doomed {
            victim.forget(*id);
        }
    }
    let seen = victim.look(&[])?;
    match left {
        Left::Nothing => seen.refused(UNREADABLE)?,
        Left::All => victim.is_shown_whole(&seen)?,
        Left::Others | Left::Unnoticed => {
            let (right, of) = (victim.is_shown_in_part(&seen)?, victim.steady());
            ensure!(
                right == of,
                "{right} of {of} goroutines are right: {}",
                seen.said
            );
        }
    }
    if left == Left::Others {
        ensure!(seen.said.contains("warning"), "no warning: {}", seen.said);
    }
    ensure!(
        !seen.said.contains("nearest table"),
        "another release is read: {}",
        seen.said
    );
    // All other questions end as well, whatever they find.
    let ids: Vec<String> = doomed.iter().map(ToString::to_string).collect();
    let mut questions = vec![
        vec!["--threads", "--runtime"],
        vec!["--native"],
        vec!["--format=sigquit"],
    ];
    questions.extend(ids.iter().map(|id| vec!["-g", id, "--locals"]));
    for options in questions {
        victim
            .look(&options)
            .with_context(|| format!("gopeek {options:?}"))?;
    }
    victim.goes_on()?;
    Ok(seen)
}
