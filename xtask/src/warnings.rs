//! What gopeek warned of in many looks: each kind once, with how often.

use std::collections::BTreeMap;

/// Kinds of warnings, with the numbers left out of their text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Warnings(BTreeMap<String, u64>);

impl Warnings {
    /// Counts one look's.
    pub(crate) fn count(&mut self, warnings: &[String]) {
        for warning in warnings {
            *self.0.entry(without_numbers(warning)).or_default() += 1;
        }
    }

    /// Adds those of other looks.
    pub(crate) fn add(&mut self, other: Self) {
        for (warning, times) in other.0 {
            *self.0.entry(warning).or_default() += times;
        }
    }

    /// A line for each kind.
    pub(crate) fn lines(&self) -> impl Iterator<Item = String> {
        let kinds = self.0.iter();
        kinds.map(|(warning, times)| format!("warned {times} times: {warning}"))
    }
}

/// Goroutines and addresses differ from look to look; what is wrong with them does not.
fn without_numbers(warning: &str) -> String {
    let word = |word: &str| {
        let number = word.starts_with(|first: char| first.is_ascii_digit());
        let text = if number { "N" } else { word };
        // What follows a number still belongs to the sentence.
        let end = word.trim_end_matches([':', ',', ';']);
        let end = if number { &word[end.len()..] } else { "" };
        format!("{text}{end}")
    };
    let words: Vec<_> = warning.split(' ').map(word).collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::Warnings;

    #[test]
    fn warnings_of_one_kind_are_counted_together() {
        let mut warnings = Warnings::default();
        for goroutine in [7, 8] {
            let warning =
                format!("goroutine {goroutine}: the pc 0x4{goroutine} is in no Go function");
            warnings.count(&[warning]);
        }
        let mut all = warnings.clone();
        all.add(warnings);
        let lines: Vec<_> = all.lines().collect();
        assert_eq!(
            lines,
            ["warned 4 times: goroutine N: the pc N is in no Go function"]
        );
    }
}
