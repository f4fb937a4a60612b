//! The result of a run as the table of docs/supported-go.md.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use anyhow::Result;

use super::tally::Sum;
use crate::cell::MODES;
use crate::marks;
use crate::toolchain::Version;

/// Puts the table into the document.
///
/// # Errors
/// When the document can't be written.
pub(super) fn write(columns: &BTreeMap<(Version, &'static str), Sum>) -> Result<()> {
    let table = table(columns, &marks::today()?);
    marks::fill("docs/supported-go.md", "agree --record", &table)
}

fn table(columns: &BTreeMap<(Version, &'static str), Sum>, date: &str) -> String {
    let run: BTreeSet<&str> = columns.keys().map(|(_, mode)| *mode).collect();
    let modes: Vec<_> = MODES
        .iter()
        .map(|mode| mode.name)
        .filter(|name| run.contains(name))
        .collect();
    let releases: BTreeSet<Version> = columns.keys().map(|(go, _)| *go).collect();
    let sum = |field: fn(&Sum) -> usize| columns.values().map(field).sum::<usize>();
    let mut out = format!(
        "Last run on {date}, linux/amd64: {} of {} goroutines identical, {} cells failed.\n\n",
        sum(|sum| sum.identical),
        sum(|sum| sum.total),
        sum(|sum| sum.failed)
    );
    // Writing to a String does not fail.
    let _ = writeln!(out, "| Go | {} |", modes.join(" | "));
    let _ = writeln!(out, "|---|{}", "---:|".repeat(modes.len()));
    for go in releases {
        let cell = |mode: &&str| match columns.get(&(go, *mode)) {
            None => "-".to_owned(),
            Some(sum) if sum.failed > 0 => format!("**{} of {}**", sum.identical, sum.total),
            Some(sum) => sum.total.to_string(),
        };
        let cells: Vec<_> = modes.iter().map(cell).collect();
        let _ = writeln!(out, "| {go} | {} |", cells.join(" | "));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{Sum, Version, table};
    use std::collections::BTreeMap;

    #[test]
    fn a_failed_cell_stands_out_and_one_that_was_not_run_is_no_result() {
        let good = Sum {
            identical: 7,
            total: 7,
            failed: 0,
        };
        let bad = Sum {
            identical: 6,
            total: 7,
            failed: 1,
        };
        let columns = BTreeMap::from([
            ((Version::new(19, 0), "plain"), good),
            ((Version::new(27, 1), "plain"), good),
            ((Version::new(27, 1), "pie"), bad),
        ]);
        let table = table(&columns, "2026-01-02");
        assert!(table.contains("20 of 21 goroutines identical, 1 cells failed"));
        assert!(table.contains("| Go | plain | pie |"));
        assert!(table.contains("| 1.19 | 7 | - |"));
        assert!(table.contains("| 1.27.1 | 7 | **6 of 7** |"));
    }
}
