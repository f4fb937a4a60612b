//! The cores that arm64's gopeek has saved on its kernel, read here by this machine's.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use super::job::{Look, done};
use crate::agree::{Agreement, Cell, Show, compare};
use crate::table::{megabytes, milliseconds};
use crate::{repo, run};

/// Where a core is, in the folder of its results.
pub(super) const CORE: &str = "gopeek.core.zst";

const GOPEEK: Duration = Duration::from_secs(60);

/// How far a core agrees with what its program had said.
pub(super) struct Agreed {
    agreement: Agreement,
    bytes: u64,
    saved: Duration,
    read: Duration,
    dumps: PathBuf,
}

/// What the cores of all cells came to.
#[derive(Debug, Default)]
pub(super) struct Sum {
    cores: usize,
    bad: usize,
    identical: usize,
    total: usize,
}

/// What this machine's gopeek says of the core among `results`.
///
/// # Errors
/// When it can't read it.
pub(super) fn read(results: &Path, exe: &Path) -> Result<Look> {
    let mut gopeek = Command::new(repo::gopeek());
    gopeek.args(["core", "--format=stack"]);
    gopeek.arg(results.join(CORE)).arg(exe);
    let ended = run::gopeek(GOPEEK, &mut gopeek).context("read its core")?;
    Ok(Look {
        stdout: ended.stdout,
        stderr: ended.stderr,
        took: ended.took,
    })
}

/// Compares what is in it with what the program itself had said.
///
/// # Errors
/// When there is nothing to compare.
pub(super) fn compare_core(results: &Path, exe: &Path, oracle: &Path) -> Result<Agreed> {
    let saved = done(results)?.saved;
    let said = read(results, exe)?;
    let oracle = fs::read(oracle).context("read what the program wrote")?;
    Ok(Agreed {
        agreement: compare(&oracle, &said.stdout)?,
        bytes: fs::metadata(results.join(CORE))?.len(),
        saved,
        read: said.took,
        dumps: results.to_path_buf(),
    })
}

impl Sum {
    /// Counts one, and prints its line and what is wrong with it.
    pub(super) fn take(&mut self, show: &Show, cell: &Cell, core: Agreed) {
        let Agreement {
            identical,
            total,
            differences,
        } = core.agreement;
        println!(
            "{cell} identical {identical} of {total}   {}, saved in {}, read here in {}",
            megabytes(core.bytes),
            milliseconds(core.saved),
            milliseconds(core.read)
        );
        for difference in differences.iter().take(5) {
            println!("  {}", difference.trim_end().replace('\n', "\n  "));
        }
        let bad = !differences.is_empty() || total == 0;
        if bad || show.keep {
            println!("  the dumps: {}", core.dumps.display());
        } else {
            let _ = fs::remove_dir_all(core.dumps);
        }
        self.cores += 1;
        self.bad += usize::from(bad);
        self.identical += identical;
        self.total += total;
    }

    /// Prints the sums.
    pub(super) fn print(&self) {
        println!("cores: {} of {} identical", self.identical, self.total);
    }

    /// The verdict.
    ///
    /// # Errors
    /// When a core does not say what its program had said.
    pub(super) fn close(&self) -> Result<()> {
        if self.bad > 0 {
            bail!("{} of {} cores do not agree", self.bad, self.cores);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::toolchain::Version;

    fn sum(identical: usize, total: usize, differences: &[&str]) -> Sum {
        let cell = Cell {
            go: Version::new(27, 0),
            mode: "arm64",
            program: "zoo".to_owned(),
        };
        let core = Agreed {
            agreement: Agreement {
                identical,
                total,
                differences: differences.iter().map(|it| (*it).to_owned()).collect(),
            },
            bytes: 1,
            saved: Duration::ZERO,
            read: Duration::ZERO,
            dumps: PathBuf::new(),
        };
        let mut sum = Sum::default();
        sum.take(&Show::default(), &cell, core);
        sum
    }

    #[test]
    fn a_core_without_goroutines_or_with_other_ones_does_not_agree() {
        assert!(sum(3, 3, &[]).close().is_ok());
        assert!(sum(0, 0, &[]).close().is_err());
        assert!(sum(3, 3, &["goroutine 9 is extra"]).close().is_err());
    }
}
