//! Tells what came of a cell: its line, its differences, and where its dumps are.

use std::fs;

use super::outcome::Outcome;
use super::tally::{Cell, Tally};

/// What to leave for people to read.
#[derive(clap::Args, Default)]
pub(crate) struct Show {
    /// Keep the dumps of cells that agree, too.
    #[arg(long)]
    pub(crate) keep: bool,
    /// Show every difference, not only a cell's first five.
    #[arg(long)]
    verbose: bool,
}

/// Counts a cell and prints what there is to say about it.
pub(crate) fn report(show: &Show, cell: &Cell, outcome: &Outcome, tally: &mut Tally) {
    let agreed = tally.ran(cell, outcome);
    if agreed && !show.keep {
        let _ = fs::remove_dir_all(&outcome.dumps);
    }
    let reading = outcome.reading.iter().flat_map(|it| &it.differences);
    let differences: Vec<_> = outcome
        .agreement
        .differences
        .iter()
        .chain(reading)
        .collect();
    let all = differences.len();
    let shown = if show.verbose { all } else { all.min(5) };
    for difference in differences.iter().take(shown) {
        println!("  {}", difference.trim_end().replace('\n', "\n  "));
    }
    if shown < all {
        println!(
            "  and {} more differences (--verbose shows them)",
            all - shown
        );
    }
    if !agreed || show.keep {
        println!("  the dumps: {}", outcome.dumps.display());
    }
}
