//! What libFuzzer says of a run: numbers, and where it has put what it found.

/// How far a run got.
#[derive(Default, PartialEq, Eq, Debug)]
pub(super) struct Numbers {
    /// Inputs that were tried.
    pub(super) executions: u64,
    /// Edges of the code that were taken.
    pub(super) coverage: u64,
    /// Edges, by how often they were taken, and comparisons.
    pub(super) features: u64,
    /// Inputs that are kept.
    pub(super) corpus: u64,
    /// Most memory, in megabytes.
    pub(super) memory: u64,
}

/// The last numbers that it told.
pub(super) fn numbers(said: &str) -> Numbers {
    let mut numbers = Numbers::default();
    for line in said.lines() {
        let mut words = line.split_whitespace();
        while let Some(word) = words.next() {
            let place = match word {
                "cov:" => &mut numbers.coverage,
                "ft:" => &mut numbers.features,
                "corp:" => &mut numbers.corpus,
                "stat::number_of_executed_units:" => &mut numbers.executions,
                "stat::peak_rss_mb:" => &mut numbers.memory,
                _ => continue,
            };
            // `corp: 1131/3136Kb`.
            let number = words.next().and_then(|word| word.split('/').next());
            *place = number.and_then(|word| word.parse().ok()).unwrap_or(*place);
        }
    }
    numbers
}

/// The file with the input that it found. Its reports of slow inputs are none: a machine that stands still for a moment
/// makes one of any.
pub(super) fn finding(said: &str) -> Option<String> {
    let written = said
        .lines()
        .filter_map(|line| line.split_once("Test unit written to "));
    let mut paths = written.map(|(_, path)| path.trim());
    let found = paths.find(|path| !path.contains("/slow-unit-"))?;
    Some(found.to_owned())
}

#[cfg(test)]
mod tests {
    use super::{Numbers, finding, numbers};

    const SAID: &str = "\
        INFO: seed corpus: files: 9 min: 1b max: 4599b total: 40960b rss: 27Mb\n\
        #10\tINITED cov: 403 ft: 447 corp: 4/16Kb exec/s: 0 rss: 27Mb\n\
        #2957158\tDONE   cov: 793 ft: 3486 corp: 1131/3136Kb lim: 13070 exec/s: 72125 rss: 33Mb\n\
        stat::number_of_executed_units: 2957158\n\
        stat::peak_rss_mb:              33\n";

    #[test]
    fn the_last_numbers_count() {
        let expected = Numbers {
            executions: 2_957_158,
            coverage: 793,
            features: 3486,
            corpus: 1131,
            memory: 33,
        };
        assert_eq!(numbers(SAID), expected);
        assert_eq!(numbers(""), Numbers::default());
    }

    #[test]
    fn a_finding_is_a_file() {
        assert_eq!(finding(SAID), None);
        let said = format!(
            "{SAID}artifact_prefix='/f/'; Test unit written to /f/crash-7d8c\nBase64: ESE=\n"
        );
        assert_eq!(finding(&said).as_deref(), Some("/f/crash-7d8c"));
        let slow = said.replace("crash", "slow-unit");
        assert_eq!(finding(&slow), None);
        assert_eq!(finding(&(slow + &said)).as_deref(), Some("/f/crash-7d8c"));
    }
}
