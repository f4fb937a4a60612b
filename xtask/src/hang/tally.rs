//! The sums over all runs, and whether they will do.

use std::collections::BTreeMap;

use anyhow::{Result, bail};

use super::compare::{Outcome, Share};
use crate::table;

/// Culprits that must be named first, in percent.
const CULPRITS: usize = 95;
/// Likely suspects that may be wrong, in percent.
const WRONG_LIKELY: usize = 2;
/// Leaked goroutines that a search through the heap must find, in percent: words that are left over hide some.
const FOUND: usize = 80;

/// What all runs came to.
#[derive(Default)]
pub(super) struct Tally {
    by_incident: BTreeMap<String, [Share; 10]>,
    runs: usize,
    failed: usize,
}

/// The columns, in the order of [`shares`].
const NAMES: [&str; 10] = [
    "goroutines",
    "objects",
    "culprits",
    "calm",
    "certain",
    "likely",
    "leaks",
    "deep",
    "found",
    "cycles",
];

fn shares(outcome: &Outcome) -> [Share; 10] {
    [
        outcome.goroutines,
        outcome.objects,
        outcome.culprits,
        outcome.calm,
        outcome.certain,
        outcome.likely,
        outcome.leaks,
        outcome.deep,
        outcome.found,
        outcome.cycles,
    ]
}

impl Tally {
    /// Adds a run's.
    pub(super) fn add(&mut self, incident: &str, outcome: &Outcome) {
        self.runs += 1;
        let sums = self.by_incident.entry(incident.to_owned()).or_default();
        add(sums, &shares(outcome));
    }

    /// Adds one that could not be compared.
    pub(super) fn fail(&mut self) {
        self.failed += 1;
    }

    /// Prints the table.
    pub(super) fn print(&self) {
        let names: Vec<_> = ["incident"].into_iter().chain(NAMES).collect();
        println!("\n{}", table::head(&names));
        for (incident, sums) in &self.by_incident {
            println!("{}", line(incident, sums));
        }
        println!("{}", line("all", &self.sums()));
        println!(
            "\nhang: {} runs compared, {} failed",
            self.runs, self.failed
        );
    }

    fn sums(&self) -> [Share; 10] {
        let mut all = [Share::default(); 10];
        for sums in self.by_incident.values() {
            add(&mut all, sums);
        }
        all
    }

    /// Whether that will do.
    ///
    /// # Errors
    /// With everything that is not good enough.
    pub(super) fn judge(&self) -> Result<()> {
        let [
            goroutines,
            objects,
            culprits,
            calm,
            certain,
            likely,
            _,
            deep,
            found,
            _,
        ] = self.sums();
        let mut wrong = Vec::new();
        for (share, what) in [
            (goroutines, "goroutines are not where they wait"),
            (objects, "objects have other waiters"),
            (calm, "false alarms"),
            (certain, "certain suspects hold nothing"),
            (deep, "goroutines are said to be leaked, and are not"),
        ] {
            if share.wrong() > 0 {
                wrong.push(format!("{} {what}", share.wrong()));
            }
        }
        if culprits.right * 100 < culprits.of * CULPRITS {
            wrong.push(format!("{} culprits are not named first", culprits.wrong()));
        }
        if likely.wrong() * 100 > likely.of * WRONG_LIKELY {
            wrong.push(format!("{} likely suspects hold nothing", likely.wrong()));
        }
        if found.right * 100 < found.of * FOUND {
            wrong.push(format!("{} leaked goroutines are not found", found.wrong()));
        }
        if self.failed > 0 {
            wrong.push(format!("{} runs failed", self.failed));
        }
        if self.runs == 0 {
            wrong.push("nothing was compared".to_owned());
        }
        if !wrong.is_empty() {
            bail!("{}", wrong.join(", "));
        }
        Ok(())
    }
}

fn add(sums: &mut [Share; 10], shares: &[Share; 10]) {
    for (sum, share) in sums.iter_mut().zip(shares) {
        sum.right += share.right;
        sum.of += share.of;
    }
}

/// What a run came to, in a few words.
pub(super) fn words(outcome: &Outcome) -> String {
    let shares = shares(outcome);
    let told = NAMES.iter().zip(shares).filter(|(_, share)| share.of > 0);
    let told: Vec<_> = told
        .map(|(name, share)| format!("{name} {}", text(share)))
        .collect();
    told.join(", ")
}

fn line(name: &str, sums: &[Share; 10]) -> String {
    let cells = sums.iter().map(|share| text(*share));
    table::row(
        &[name.to_owned()]
            .into_iter()
            .chain(cells)
            .collect::<Vec<_>>(),
    )
}

fn text(share: Share) -> String {
    if share.of == 0 {
        return "-".to_owned();
    }
    format!("{}/{}", share.right, share.of)
}

#[cfg(test)]
mod tests {
    use super::{Outcome, Share, Tally};

    fn judged(change: impl Fn(&mut Outcome)) -> Option<String> {
        let mut outcome = Outcome {
            culprits: Share {
                right: 100,
                of: 100,
            },
            likely: Share {
                right: 100,
                of: 100,
            },
            found: Share {
                right: 100,
                of: 100,
            },
            ..Outcome::default()
        };
        change(&mut outcome);
        let mut tally = Tally::default();
        tally.add("one", &outcome);
        tally.judge().err().map(|error| error.to_string())
    }

    #[test]
    fn few_culprits_and_likely_suspects_may_be_wrong_and_nothing_else() {
        assert_eq!(judged(|_| {}), None);
        assert_eq!(judged(|it| it.culprits.right = 95), None);
        assert!(judged(|it| it.culprits.right = 94).is_some());
        assert_eq!(judged(|it| it.likely.right = 98), None);
        assert!(judged(|it| it.likely.right = 97).is_some());
        assert_eq!(judged(|it| it.found.right = 80), None);
        assert!(judged(|it| it.found.right = 79).is_some());
        for number in 0..5 {
            let wrong = judged(|it| {
                let shares = [
                    &mut it.goroutines,
                    &mut it.objects,
                    &mut it.calm,
                    &mut it.certain,
                    &mut it.deep,
                ];
                for (index, share) in shares.into_iter().enumerate() {
                    share.count(index != number);
                }
            });
            assert!(wrong.unwrap().starts_with("1 "));
        }
    }

    #[test]
    fn nothing_and_a_failure_will_not_do() {
        assert!(Tally::default().judge().is_err());
        let mut tally = Tally::default();
        tally.add("one", &Outcome::default());
        assert!(tally.judge().is_ok());
        tally.fail();
        assert!(tally.judge().is_err());
    }
}
