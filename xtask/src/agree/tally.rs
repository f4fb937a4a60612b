//! The sums over all cells, the lines that tell of each, and the verdict.

use std::collections::BTreeMap;
use std::fmt;

use anyhow::{Result, bail};

use super::compare::Agreement;
use super::outcome::Outcome;
use super::reading::Reading;
use crate::cell::{Mode, Program};
use crate::toolchain::{Toolchain, Version};

/// Counts cells and goroutines.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    cells: usize,
    skipped: usize,
    failed: usize,
    identical: usize,
    total: usize,
    /// Goroutines that other people's parsers read, and all that they were given.
    read: (usize, usize),
    /// Cells without the parsers.
    unread: usize,
    columns: BTreeMap<(Version, &'static str), Sum>,
}

/// What the cells of one release in one mode came to.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Sum {
    /// Goroutines that are the same.
    pub(crate) identical: usize,
    /// Goroutines compared.
    pub(crate) total: usize,
    /// Cells that did not agree.
    pub(crate) failed: usize,
}

/// Which cell a line is about.
#[derive(Clone, Debug)]
pub(crate) struct Cell {
    /// The release.
    pub(crate) go: Version,
    /// The mode.
    pub(crate) mode: &'static str,
    /// Program and variant.
    pub(crate) program: String,
}

impl Cell {
    /// A program in one of its variants, whose suffix that is.
    pub(crate) fn new(go: &Toolchain, mode: &Mode, program: &Program, suffix: &str) -> Cell {
        Cell {
            go: go.version,
            mode: mode.name,
            program: format!("{}{suffix}", program.name),
        }
    }

    /// The name of its own folder.
    pub(crate) fn folder(&self) -> String {
        format!("{}-{}-{}", self.go, self.mode, self.program)
    }
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:8} {:10} {:14}", self.go, self.mode, self.program)
    }
}

impl Tally {
    /// The sums by release and mode.
    pub(crate) fn columns(&self) -> &BTreeMap<(Version, &'static str), Sum> {
        &self.columns
    }

    fn sum(&mut self, cell: &Cell) -> &mut Sum {
        self.columns.entry((cell.go, cell.mode)).or_default()
    }

    /// Counts a cell that ran; gives whether it agreed.
    pub(crate) fn ran(&mut self, cell: &Cell, outcome: &Outcome) -> bool {
        let Agreement {
            identical,
            total,
            differences,
        } = &outcome.agreement;
        let milliseconds = outcome.took.as_millis();
        let parsed = match &outcome.reading {
            Some(Reading { read, total, .. }) => format!("   parsed {read} of {total}"),
            None => String::new(),
        };
        let moved = match outcome.moved {
            0 => String::new(),
            moved => format!("   after {moved} that moved"),
        };
        println!(
            "{cell} identical {identical} of {total}{parsed}   gopeek {milliseconds} ms{moved}"
        );
        self.cells += 1;
        self.identical += identical;
        self.total += total;
        let was_read = self.was_read(outcome.reading.as_ref());
        let agreed = differences.is_empty() && *total > 0 && was_read;
        let failed = usize::from(!agreed);
        self.failed += failed;
        let sum = self.sum(cell);
        sum.identical += identical;
        sum.total += total;
        sum.failed += failed;
        agreed
    }

    fn was_read(&mut self, reading: Option<&Reading>) -> bool {
        let Some(reading) = reading else {
            self.unread += 1;
            return true;
        };
        self.read.0 += reading.read;
        self.read.1 += reading.total;
        reading.differences.is_empty() && reading.read == reading.total
    }

    /// Counts a cell that could not be run to its end.
    pub(crate) fn failed(&mut self, cell: &Cell, error: &anyhow::Error) {
        println!("{cell} FAILED: {error:#}");
        self.cells += 1;
        self.failed += 1;
        self.sum(cell).failed += 1;
    }

    /// Counts cells for which something is missing here.
    pub(crate) fn skipped(&mut self, name: &str, reason: &str, cells: usize) {
        println!("{name} skipped: {reason}");
        self.skipped += cells;
    }

    /// How many cells were skipped.
    pub(crate) fn cells_skipped(&self) -> usize {
        self.skipped
    }

    /// Whether any cell was not skipped.
    pub(crate) fn has_cells(&self) -> bool {
        self.cells > 0
    }

    /// Prints the sums.
    pub(crate) fn print(&self) {
        println!();
        println!(
            "cells: {}, skipped: {}, failed: {}",
            self.cells, self.skipped, self.failed
        );
        let (read, given) = self.read;
        println!(
            "parsed {read} of {given}, without parsers: {} cells",
            self.unread
        );
        println!("identical {} of {}", self.identical, self.total);
    }

    /// Prints the sums; the last line is the verdict in numbers.
    ///
    /// # Errors
    /// When a cell failed, or nothing was compared.
    pub(crate) fn close(&self) -> Result<()> {
        self.print();
        if self.failed > 0 {
            bail!("{} of {} cells do not agree", self.failed, self.cells);
        }
        if self.total == 0 || self.identical != self.total {
            bail!("nothing was compared");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;
    use std::time::Duration;

    fn cell(program: &str) -> Cell {
        let (go, mode) = (Version::new(27, 0), "plain");
        Cell {
            go,
            mode,
            program: program.to_owned(),
        }
    }

    fn outcome(identical: usize, total: usize, differences: &[&str]) -> Outcome {
        let differences = differences.iter().map(|text| (*text).to_owned()).collect();
        Outcome {
            agreement: Agreement {
                identical,
                total,
                differences,
            },
            reading: None,
            took: Duration::ZERO,
            moved: 0,
            dumps: PathBuf::new(),
        }
    }

    #[test]
    fn agreeing_needs_cells_and_no_difference() {
        assert!(Tally::default().close().is_err());
        let mut tally = Tally::default();
        assert!(tally.ran(&cell("a"), &outcome(3, 3, &[])));
        tally.skipped("b", "no cc", 2);
        assert!(tally.close().is_ok());
        assert!(!tally.ran(&cell("c"), &outcome(3, 3, &["goroutine 9 is extra"])));
        assert!(tally.close().is_err());
    }

    #[test]
    fn a_failed_cell_is_no_agreement() {
        let mut tally = Tally::default();
        tally.ran(&cell("a"), &outcome(3, 3, &[]));
        tally.failed(&cell("b"), &anyhow::anyhow!("crashed"));
        assert!(tally.close().is_err());
    }

    #[test]
    fn an_empty_dump_is_no_agreement() {
        assert!(!Tally::default().ran(&cell("a"), &outcome(0, 0, &[])));
    }

    #[test]
    fn what_a_parser_loses_is_no_agreement() {
        for (read, agreed) in [(4, true), (3, false)] {
            let mut outcome = outcome(3, 3, &[]);
            outcome.reading = Some(Reading {
                read,
                total: 4,
                differences: Vec::new(),
            });
            let mut tally = Tally::default();
            assert_eq!(tally.ran(&cell("a"), &outcome), agreed);
            assert_eq!(tally.close().is_ok(), agreed);
        }
    }
}
