//! What differs between two minors in how tracebacks are walked and printed, by gopeek's own rules.

use gopeek_layout::rules::rules;

/// A rule that differs.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(in super::super) struct RuleChange {
    /// Its name in `rules.rs`.
    pub(in super::super) rule: String,
    /// Its value before and after.
    pub(in super::super) value: (String, String),
}

/// Compares the rules of two minors. Their `Debug` form names every rule, so that a new one needs no change here.
pub(super) fn compare(from: u16, to: u16) -> Vec<RuleChange> {
    let (old, new) = (named(from), named(to));
    let both = old.into_iter().zip(new);
    let changed = both.filter(|((rule, before), (_, after))| rule != "since" && before != after);
    changed
        .map(|((rule, before), (_, after))| RuleChange {
            rule,
            value: (before, after),
        })
        .collect()
}

/// Rules with their values. A value that is a struct takes several lines, further in.
fn named(minor: u16) -> Vec<(String, String)> {
    let text = format!("{:#?}", rules(minor));
    let mut all: Vec<(String, String)> = Vec::new();
    for line in text.lines() {
        let Some(line) = line.strip_prefix("    ") else {
            continue;
        };
        if line.starts_with(' ') || line.starts_with(['}', ')']) {
            if let Some((_, value)) = all.last_mut() {
                *value += line.trim();
            }
        } else if let Some((rule, value)) = line.split_once(": ") {
            all.push((rule.to_owned(), value.to_owned()));
        }
    }
    for (_, value) in &mut all {
        value.truncate(value.trim_end_matches(',').len());
        *value = value
            .replace(",}", " }")
            .replace(",)", ")")
            .replace('{', "{ ")
            .replace(',', ", ");
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_that_changed_are_told_with_both_values() {
        let changes = compare(26, 27);
        let labels = changes
            .iter()
            .find(|change| change.rule == "labels")
            .unwrap();
        assert_eq!(labels.value, ("Inside".to_owned(), "Behind".to_owned()));
        assert!(changes.iter().all(|change| change.rule != "since"));
    }

    #[test]
    fn a_struct_is_one_value() {
        let buckets = compare(19, 20)
            .into_iter()
            .find(|change| change.rule == "time_buckets");
        assert_eq!(
            buckets.unwrap().value.1,
            "TimeBuckets { min_bits: 9, sub_bits: 2 }"
        );
        assert!(compare(23, 23).is_empty());
    }
}
