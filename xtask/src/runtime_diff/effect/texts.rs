//! Wait reasons, statuses and function ids that differ between two tables.

use super::tables::Table;

/// A text or a number of an enumeration that differs.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(in super::super) struct TextChange {
    /// `wait reason`, `status`, or `function id`.
    pub(in super::super) of: &'static str,
    /// The text, or the function's name.
    pub(in super::super) text: String,
    /// Its number before and after.
    pub(in super::super) number: (Option<usize>, Option<usize>),
}

/// Compares two tables.
pub(super) fn compare(old: &Table, new: &Table) -> Vec<TextChange> {
    let number = |table: &Table, of: &str, text: &str| {
        let mut rows = table.texts.iter();
        let row = rows.find(|(what, other, _)| *what == of && other == text);
        row.map(|(_, _, number)| *number)
    };
    let old_only = old
        .texts
        .iter()
        .filter(|(of, text, _)| number(new, of, text).is_none());
    let both = new
        .texts
        .iter()
        .chain(old_only)
        .map(|(of, text, _)| TextChange {
            of,
            text: text.clone(),
            number: (number(old, of, text), number(new, of, text)),
        });
    both.filter(|change| change.number.0 != change.number.1)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::tables;
    use super::*;
    use crate::toolchain::Version;

    fn changes(from: u16, to: u16) -> Vec<TextChange> {
        let table = |minor| tables::of(Version::new(minor, 0)).unwrap().remove(0);
        compare(&table(from), &table(to))
    }

    #[test]
    fn a_status_that_came_has_its_number() {
        // A profile of leaked goroutines came with 1.26.
        let changes = changes(25, 26);
        let leaked = changes
            .iter()
            .find(|change| change.of == "status" && change.text == "leaked");
        assert_eq!(leaked.unwrap().number, (None, Some(10)));
    }

    #[test]
    fn an_id_that_came_is_told() {
        let changes = changes(21, 22);
        let of_ids = changes.iter().filter(|change| change.of == "function id");
        let corostart = of_ids
            .clone()
            .find(|change| change.text == "corostart")
            .unwrap();
        assert!(corostart.number.0.is_none() && corostart.number.1.is_some());
    }

    #[test]
    fn a_release_and_itself_do_not_differ() {
        assert!(changes(24, 24).is_empty());
    }
}
