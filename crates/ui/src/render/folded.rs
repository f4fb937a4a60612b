//! `--format=folded`: a line for each way through the code, its calls from the outermost on, and how many goroutines are
//! there. Flame graphs are made of it: flamegraph.pl, inferno, speedscope.

use super::profiled::{self, Call};
use crate::report::{Goroutine, Report};
use std::collections::HashMap;
use std::io::{self, Write};

/// Writes the goroutines that are shown; the line with the most of them goes first.
///
/// # Errors
/// What `out` answers.
pub fn write(out: &mut dyn Write, report: &Report, shown: &[&Goroutine]) -> io::Result<()> {
    let mut counts: HashMap<String, u64> = HashMap::new();
    for goroutine in shown {
        let calls = profiled::calls(report, &goroutine.stack);
        let mut names: Vec<String> = calls.map(|call| name(&call)).collect();
        names.reverse();
        *counts.entry(names.join(";")).or_default() += 1;
    }
    let mut lines: Vec<_> = counts.into_iter().collect();
    lines.sort_by(|(one, count), (other, others)| others.cmp(count).then_with(|| one.cmp(other)));
    let mut lines = lines.iter();
    lines.try_for_each(|(stack, count)| writeln!(out, "{stack} {count}"))
}

/// A name without what ends a call, a line, or the name.
fn name(call: &Call<'_>) -> String {
    let ends = |c: char| c == ';' || c.is_whitespace() || c.is_control();
    call.name.replace(ends, "_")
}
