//! Tells what came of a cell: its line, its differences, and where its dumps are.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use super::compare::Agreement;
use super::reading::Reading;
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

/// What came of a cell that ran.
pub(crate) struct Outcome {
    /// How far the dumps agree.
    pub(crate) agreement: Agreement,
    /// How much of it other people's parsers read; nothing where they did not run.
    pub(crate) reading: Option<Reading>,
    /// gopeek's wall time.
    pub(crate) took: Duration,
    /// How many processes disagreed before it, and may have moved after gopeek's look.
    pub(crate) moved: usize,
    /// Where both dumps are.
    pub(crate) dumps: PathBuf,
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
