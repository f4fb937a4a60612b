//! The sums over all cells, by the kind of core, and the verdict.

use std::collections::BTreeMap;

use anyhow::{Result, bail};

use super::debugger::{Answer, Compared, Said, Who};
use super::outcome::{KINDS, Kind, Outcome, Sameness};
use crate::agree::Cell;
use crate::table::{count, megabytes};

/// So many differences of a cell are shown.
const SHOWN: usize = 5;

/// Counts.
#[derive(Default)]
pub(super) struct Tally {
    cells: usize,
    failed: usize,
    cores: BTreeMap<Kind, Sum>,
    debuggers: BTreeMap<Who, Sum>,
    /// Goroutines as the programs had printed them, in saved cores.
    own: (usize, usize),
    /// By what could not be had and why, how often.
    skipped: BTreeMap<String, usize>,
    /// Cells that were not run.
    cells_skipped: usize,
}

/// What one kind of core, or one debugger, came to.
#[derive(Default)]
struct Sum {
    cores: usize,
    same: usize,
    all: usize,
    bytes: usize,
    compared: Compared,
}

impl Tally {
    /// Counts a cell that ran, and prints its line and its differences; gives whether all was the same.
    pub(super) fn ran(&mut self, cell: &Cell, outcome: &Outcome) -> bool {
        self.cells += 1;
        let (mut line, mut differences) = (Vec::new(), Vec::new());
        for (kind, sameness) in &outcome.cores {
            self.add_core(*kind, sameness);
            line.push(format!("{kind} {} of {}", sameness.same, sameness.all));
            differences.extend(sameness.differences.iter().map(String::as_str));
        }
        for answer in &outcome.debuggers {
            line.extend(self.add_answer(answer));
            if let Said::Differs(told) = &answer.said {
                differences.extend(told.iter().map(String::as_str));
            }
        }
        let own = &outcome.own;
        self.own.0 += own.identical;
        self.own.1 += own.total;
        line.push(format!("its own dump {} of {}", own.identical, own.total));
        differences.extend(own.differences.iter().map(String::as_str));
        let (plain, packed) = outcome.sizes;
        line.push(format!(
            "{}, packed {}",
            megabytes(plain),
            megabytes(packed)
        ));
        println!(
            "{cell} {}   {:.1} s",
            line.join("   "),
            outcome.took.as_secs_f64()
        );
        for (kind, why) in &outcome.skipped {
            self.leave_out(&format!("{kind}: {why}"), 1);
            println!("  {kind} skipped: {why}");
        }
        for difference in differences.iter().take(SHOWN) {
            println!("  {}", difference.trim_end().replace('\n', "\n  "));
        }
        if differences.len() > SHOWN {
            println!("  and {} more differences", differences.len() - SHOWN);
        }
        let same = differences.is_empty() && own.total > 0 && own.identical == own.total;
        self.failed += usize::from(!same);
        same
    }

    fn add_core(&mut self, kind: Kind, sameness: &Sameness) {
        let sum = self.cores.entry(kind).or_default();
        sum.cores += 1;
        sum.same += sameness.same;
        sum.all += sameness.all;
        sum.bytes += sameness.bytes;
    }

    fn add_answer(&mut self, answer: &Answer) -> Option<String> {
        let who = answer.who;
        match &answer.said {
            Said::Skipped(why) => {
                self.leave_out(&format!("{who}: {why}"), 1);
                None
            }
            Said::Same(compared) => {
                let sum = self.debuggers.entry(who).or_default();
                sum.cores += 1;
                sum.same += 1;
                sum.all += 1;
                sum.compared.stacks += compared.stacks;
                sum.compared.items += compared.items;
                let Compared { stacks, items } = compared;
                Some(format!("{who} {stacks}/{items}"))
            }
            Said::Differs(differences) => {
                let sum = self.debuggers.entry(who).or_default();
                sum.cores += 1;
                sum.all += 1;
                Some(format!("{who} DIFFERS ({})", differences.len()))
            }
        }
    }

    /// Counts a cell that could not be run to its end.
    pub(super) fn failed(&mut self, cell: &Cell, error: &anyhow::Error) {
        println!("{cell} FAILED: {error:#}");
        self.cells += 1;
        self.failed += 1;
    }

    /// Counts cells for which something is missing here.
    pub(super) fn skipped(&mut self, name: &str, reason: &str, cells: usize) {
        println!("{name} skipped: {reason}");
        self.cells_skipped += cells;
    }

    /// Counts what was left out of cells that ran.
    pub(super) fn leave_out(&mut self, what: &str, times: usize) {
        *self.skipped.entry(what.to_owned()).or_default() += times;
    }

    /// Prints the sums; the last line is the verdict.
    ///
    /// # Errors
    /// When something differs, or nothing was compared.
    pub(super) fn close(&self) -> Result<()> {
        println!();
        for kind in KINDS {
            let Some(sum) = self.cores.get(&kind) else {
                continue;
            };
            let Sum {
                cores,
                same,
                all,
                bytes,
                ..
            } = sum;
            let bytes = count(u64::try_from(*bytes)?);
            println!("{kind:8} {cores:4} cores: {same} of {all} texts the same, {bytes} bytes");
        }
        for (who, sum) in &self.debuggers {
            let Compared { stacks, items } = sum.compared;
            let (what, of) = match who {
                Who::Gdb => ("threads", "registers"),
                Who::Delve | Who::NewestDelve => ("goroutines", "frames"),
            };
            println!(
                "{who}: {} of {} cores: {stacks} {what} with {items} {of} the same",
                sum.same, sum.all
            );
        }
        for (what, times) in &self.skipped {
            println!("skipped {times} times: {what}");
        }
        let (identical, total) = self.own;
        println!("saved cores and the programs' own dumps: identical {identical} of {total}");
        println!(
            "cells: {}, skipped: {}, failed: {}",
            self.cells, self.cells_skipped, self.failed
        );
        if self.failed > 0 {
            bail!("{} of {} cells differ", self.failed, self.cells);
        }
        if total == 0 {
            bail!("nothing was compared");
        }
        Ok(())
    }
}
