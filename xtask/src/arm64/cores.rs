//! The cores that arm64's gopeek has saved on its kernel, read here by this machine's.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use super::job::Look;
use crate::agree::{Agreement, compare};
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

/// Compares it with what the program itself had said.
///
/// # Errors
/// When there is nothing to compare.
pub(super) fn compare_core(
    results: &Path,
    exe: &Path,
    oracle: &[u8],
    saved: Duration,
) -> Result<Agreed> {
    let said = read(results, exe)?;
    Ok(Agreed {
        agreement: compare(oracle, &said.stdout)?,
        bytes: fs::metadata(results.join(CORE))?.len(),
        saved,
        read: said.took,
    })
}

impl Sum {
    /// Counts one, and prints its line and what is wrong with it.
    pub(super) fn take(&mut self, core: Agreed) {
        let Agreement {
            identical,
            total,
            differences,
        } = core.agreement;
        println!(
            "  its core: identical {identical} of {total}   {}, saved in {}, read here in {}",
            megabytes(core.bytes),
            milliseconds(core.saved),
            milliseconds(core.read)
        );
        for difference in differences.iter().take(5) {
            println!("  {}", difference.trim_end().replace('\n', "\n  "));
        }
        self.cores += 1;
        self.bad += usize::from(!differences.is_empty() || total == 0);
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

    fn sum(identical: usize, total: usize, differences: &[&str]) -> Sum {
        let mut sum = Sum::default();
        sum.take(Agreed {
            agreement: Agreement {
                identical,
                total,
                differences: differences.iter().map(|it| (*it).to_owned()).collect(),
            },
            bytes: 1,
            saved: Duration::ZERO,
            read: Duration::ZERO,
        });
        sum
    }

    #[test]
    fn a_core_without_goroutines_or_with_other_ones_does_not_agree() {
        assert!(sum(3, 3, &[]).close().is_ok());
        assert!(sum(0, 0, &[]).close().is_err());
        assert!(sum(3, 3, &["goroutine 9 is extra"]).close().is_err());
    }
}
