//! Many goroutines: the target's runtime.Stack against gopeek, in time and in how long the target stands still.

use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::Value;

use super::measure::{gopeek, median};
use super::table::{head, megabytes, milliseconds, ratio, row};
use crate::cell::{Built, MANY, STRIPPED, build};
use crate::repo;
use crate::target::Target;
use crate::toolchain::Toolchain;

/// A hundred thousand goroutines take their time to park, and to be printed.
const LIMIT: Duration = Duration::from_secs(120);

/// One look at the target by each of the two.
#[derive(Clone, Copy)]
struct Round {
    /// runtime.Stack(all), as the target measures it.
    stack: Duration,
    /// The heartbeat's longest gap meanwhile.
    stack_gap: Duration,
    gopeek: Duration,
    gopeek_gap: Duration,
    memory: u64,
}

/// Measures, and gives a table.
pub(super) fn table(go: &Toolchain, sizes: &[u32], rounds: usize) -> Result<String> {
    let built = build(go, &STRIPPED, &MANY)?;
    let mut lines = vec![head(COLUMNS)];
    for n in sizes {
        lines.push(row(&measure(&built, *n, rounds)?));
    }
    lines.push(NOTE.to_owned());
    Ok(lines.join("\n"))
}

const NOTE: &str = "
A gap is the longest time for which a thread of the target that looks at the clock every 100 µs did not get
to. Time and gap are measured in the same looks, in turn. Wall time of gopeek is of the whole process.";

const COLUMNS: [&str; 8] = [
    "goroutines",
    "runtime.Stack",
    "gopeek",
    "ratio",
    "gap: runtime.Stack",
    "gap: gopeek",
    "ratio",
    "gopeek's memory",
];

fn measure(built: &Built, n: u32, rounds: usize) -> Result<[String; 8]> {
    let dir = repo::target().join("bench");
    let mut command = built.command();
    command.args(["-n", &n.to_string()]);
    let mut target = Target::start(command, &dir.join("stderr.txt"))?;
    target.wait_until_ready(LIMIT)?;
    // The first of each is slower for both: it touches memory for the first time.
    look(&mut target)?;
    let rounds: Vec<_> = (0..rounds)
        .map(|_| look(&mut target))
        .collect::<Result<_>>()?;
    target.end(LIMIT)?;

    let of = |pick: fn(&Round) -> Duration| median(rounds.iter().map(pick));
    let (stack, gopeek) = (of(|round| round.stack)?, of(|round| round.gopeek)?);
    let stack_gap = of(|round| round.stack_gap)?;
    let gopeek_gap = of(|round| round.gopeek_gap)?;
    Ok([
        n.to_string(),
        milliseconds(stack),
        milliseconds(gopeek),
        ratio(stack, gopeek),
        milliseconds(stack_gap),
        milliseconds(gopeek_gap),
        ratio(stack_gap, gopeek_gap),
        megabytes(median(rounds.iter().map(|round| round.memory))?),
    ])
}

fn look(target: &mut Target) -> Result<Round> {
    target.ask("reset", LIMIT)?;
    let stack = nanoseconds(target, "stack", "stack_ns")?;
    let stack_gap = nanoseconds(target, "gap", "max_gap_ns")?;
    target.ask("reset", LIMIT)?;
    let cost = gopeek(target.pid())?;
    let gopeek_gap = nanoseconds(target, "gap", "max_gap_ns")?;
    Ok(Round {
        stack,
        stack_gap,
        gopeek: cost.wall,
        gopeek_gap,
        memory: cost.memory,
    })
}

fn nanoseconds(target: &mut Target, question: &str, field: &str) -> Result<Duration> {
    let answer = target.ask(question, LIMIT)?;
    let value: Value = serde_json::from_str(&answer).with_context(|| format!("read {answer:?}"))?;
    let number = value.get(field).and_then(Value::as_u64);
    let number = number.with_context(|| format!("no {field} in {answer:?}"))?;
    Ok(Duration::from_nanos(number))
}
