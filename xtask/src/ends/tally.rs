//! What many ends in one way come to.

use std::collections::BTreeMap;
use std::time::Duration;

use super::expected::word;
use super::run::Ended;

/// The head of the table that [`Tally::line`] makes the lines of.
pub(super) const HEAD: &str = "\
way                   runs  held  stood  free at once  gap: median    longest  half files  gopeek's ends";

/// The sums.
#[derive(Default)]
pub(super) struct Tally {
    runs: usize,
    held: usize,
    stood: usize,
    free_at_once: usize,
    half_files: usize,
    gaps: Vec<Duration>,
    ends: BTreeMap<String, usize>,
    troubles: Vec<String>,
}

impl Tally {
    /// Counts one.
    pub(super) fn add(&mut self, number: usize, ended: Ended) {
        self.runs += 1;
        self.held += usize::from(ended.held);
        self.stood += usize::from(ended.stood);
        self.free_at_once += usize::from(ended.free_at_once);
        self.half_files += usize::from(ended.leftover);
        self.gaps.push(ended.gap);
        *self.ends.entry(word(ended.status)).or_default() += 1;
        let harm = ended
            .harm
            .map(|harm| format!("run {number}: target: {harm}"));
        let surprise = ended
            .surprise
            .map(|surprise| format!("run {number}: gopeek: {surprise}"));
        self.troubles.extend(harm.into_iter().chain(surprise));
    }

    /// How many there were.
    pub(super) fn runs(&self) -> usize {
        self.runs
    }

    /// What must not have been.
    pub(super) fn troubles(&self) -> &[String] {
        &self.troubles
    }

    /// A line of the table.
    pub(super) fn line(&self, name: &str) -> String {
        let ends: Vec<_> = self
            .ends
            .iter()
            .map(|(word, count)| format!("{word} {count}"))
            .collect();
        let mut gaps = self.gaps.clone();
        gaps.sort_unstable();
        let gap = |gap: Option<&Duration>| gap.map_or(0.0, Duration::as_secs_f64) * 1e3;
        format!(
            "{name:20} {:5} {:5} {:6} {:13} {:9.1} ms {:7.1} ms {:11}  {}",
            self.runs,
            self.held,
            self.stood,
            self.free_at_once,
            gap(gaps.get(gaps.len() / 2)),
            gap(gaps.last()),
            self.half_files,
            ends.join(", ")
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::process::ExitStatusExt;
    use std::process::ExitStatus;

    #[test]
    fn harm_and_surprises_are_troubles() {
        let ended = |harm: Option<&str>, surprise: Option<&str>| Ended {
            status: ExitStatus::from_raw(9),
            held: true,
            stood: false,
            free_at_once: true,
            gap: Duration::from_millis(3),
            leftover: false,
            harm: harm.map(str::to_owned),
            surprise: surprise.map(str::to_owned),
        };
        let mut tally = Tally::default();
        tally.add(0, ended(None, None));
        assert!(tally.troubles().is_empty());
        tally.add(1, ended(Some("still held"), Some("exit 101")));
        let expected = ["run 1: target: still held", "run 1: gopeek: exit 101"];
        assert_eq!(tally.troubles(), expected);
        assert_eq!(tally.runs(), 2);
        assert!(
            tally.line("SIGKILL").ends_with("KILL 2"),
            "{}",
            tally.line("SIGKILL")
        );
        let columns = HEAD.split("  ").filter(|column| !column.is_empty());
        assert_eq!(columns.count(), 9);
    }
}
