//! How many cells are right, wrong and skipped.

use anyhow::{Error, Result};

/// Number of differences of a cell that are shown.
const SHOWN: usize = 12;

/// The cells so far.
#[derive(Default)]
pub(super) struct Tally {
    right: usize,
    wrong: Vec<String>,
    skipped: usize,
}

impl Tally {
    /// Adds a cell with what is wrong, and prints it.
    pub(super) fn add(&mut self, cell: &str, wrong: Result<Vec<String>>) {
        let wrong = wrong.unwrap_or_else(|error| vec![format!("FAILED: {error:#}")]);
        if wrong.is_empty() {
            println!("{cell}: right");
            self.right += 1;
            return;
        }
        println!("{cell}: WRONG");
        for difference in wrong.iter().take(SHOWN) {
            println!("    {difference}");
        }
        if wrong.len() > SHOWN {
            println!("    and {} more", wrong.len() - SHOWN);
        }
        self.wrong.push(cell.to_owned());
    }

    /// Counts what cannot be tried here, and prints why.
    pub(super) fn skip(&mut self, cell: &str, why: &Error) {
        println!("{cell}: skipped: {why:#}");
        self.skipped += 1;
    }

    /// Prints the figures, and the names of the cells that are wrong.
    pub(super) fn print(&self) {
        let (right, wrong, skipped) = (self.right, self.wrong.len(), self.skipped);
        println!("outages: {right} right, {wrong} wrong, {skipped} skipped");
        for cell in &self.wrong {
            println!("  wrong: {cell}");
        }
    }

    /// Whether something was tried, and nothing is wrong.
    pub(super) fn is_all_right(&self) -> bool {
        self.wrong.is_empty() && self.right > 0
    }
}

#[cfg(test)]
mod tests {
    use anyhow::anyhow;

    use super::Tally;

    #[test]
    fn one_wrong_cell_is_too_many_and_none_is_too_few() {
        let mut tally = Tally::default();
        tally.skip("a", &anyhow!("no Go"));
        assert!(!tally.is_all_right());
        tally.add("b", Ok(Vec::new()));
        assert!(tally.is_all_right());
        tally.add("c", Err(anyhow!("it ended")));
        assert!(!tally.is_all_right());
    }
}
