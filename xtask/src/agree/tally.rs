//! The sums over all cells, the lines that tell of each, and the verdict.

use std::time::Duration;

use anyhow::{Result, bail};

use super::compare::Agreement;

/// Counts cells and goroutines.
#[derive(Debug, Default)]
pub(super) struct Tally {
    cells: usize,
    skipped: usize,
    failed: usize,
    identical: usize,
    total: usize,
}

impl Tally {
    /// Counts a cell that ran; gives whether it agreed.
    pub(super) fn ran(&mut self, name: &str, agreement: &Agreement, took: Duration) -> bool {
        let Agreement {
            identical,
            total,
            differences,
        } = agreement;
        let milliseconds = took.as_millis();
        println!("{name} identical {identical} of {total}   gopeek {milliseconds} ms");
        self.cells += 1;
        self.identical += identical;
        self.total += total;
        let agreed = differences.is_empty() && *total > 0;
        if !agreed {
            self.failed += 1;
        }
        agreed
    }

    /// Counts a cell that could not be run to its end.
    pub(super) fn failed(&mut self, name: &str, error: &anyhow::Error) {
        println!("{name} FAILED: {error:#}");
        self.cells += 1;
        self.failed += 1;
    }

    /// Counts cells for which something is missing here.
    pub(super) fn skipped(&mut self, name: &str, reason: &str, cells: usize) {
        println!("{name} skipped: {reason}");
        self.skipped += cells;
    }

    /// Prints the sums; the last line is the verdict in numbers.
    ///
    /// # Errors
    /// When a cell failed, or nothing was compared.
    pub(super) fn close(&self) -> Result<()> {
        println!();
        println!(
            "cells: {}, skipped: {}, failed: {}",
            self.cells, self.skipped, self.failed
        );
        println!("identical {} of {}", self.identical, self.total);
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

    fn agreement(identical: usize, total: usize, differences: &[&str]) -> Agreement {
        let differences = differences.iter().map(|text| (*text).to_owned()).collect();
        Agreement {
            identical,
            total,
            differences,
        }
    }

    #[test]
    fn agreeing_needs_cells_and_no_difference() {
        assert!(Tally::default().close().is_err());
        let mut tally = Tally::default();
        assert!(tally.ran("a", &agreement(3, 3, &[]), Duration::ZERO));
        tally.skipped("b", "no cc", 2);
        assert!(tally.close().is_ok());
        assert!(!tally.ran(
            "c",
            &agreement(3, 3, &["goroutine 9 is extra"]),
            Duration::ZERO
        ));
        assert!(tally.close().is_err());
    }

    #[test]
    fn a_failed_cell_is_no_agreement() {
        let mut tally = Tally::default();
        tally.ran("a", &agreement(3, 3, &[]), Duration::ZERO);
        tally.failed("b", &anyhow::anyhow!("crashed"));
        assert!(tally.close().is_err());
    }

    #[test]
    fn an_empty_dump_is_no_agreement() {
        assert!(!Tally::default().ran("a", &agreement(0, 0, &[]), Duration::ZERO));
    }
}
