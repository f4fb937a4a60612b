//! One file or declaration through all releases: its contents, and the lines between each two of them.

use super::super::lines::Lines;

/// What it was, from one release on.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Content {
    /// Number of lines.
    pub(super) lines: u32,
    /// CRC-32 of its bytes.
    pub(super) hash: u32,
    /// Lines from each earlier content to this one, oldest first.
    pub(super) from_earlier: Vec<Lines>,
}

/// Its contents, each from the place of a release on; `None` where it is not there.
#[derive(Clone, Default, PartialEq, Debug)]
pub(super) struct History {
    /// In the order of the releases.
    pub(super) rows: Vec<(usize, Option<Content>)>,
}

impl History {
    /// Its content in a release.
    pub(super) fn at(&self, place: usize) -> Option<&Content> {
        let row = self.row_at(place)?;
        self.rows.get(row)?.1.as_ref()
    }

    /// Which of its contents a release has, counted from 0 without the gaps.
    pub(super) fn nth_at(&self, place: usize) -> Option<usize> {
        let row = self.row_at(place)?;
        self.rows.get(row)?.1.as_ref()?;
        let before = self.rows.get(..row)?.iter();
        Some(before.filter(|(_, content)| content.is_some()).count())
    }

    /// Lines between two releases; none where one of them does not have it, or the second is older.
    pub(super) fn between(&self, from: usize, to: usize) -> Option<Lines> {
        let (old, new) = (self.nth_at(from)?, self.nth_at(to)?);
        if old == new {
            return Some(Lines::default());
        }
        self.at(to)?.from_earlier.get(old).copied()
    }

    fn row_at(&self, place: usize) -> Option<usize> {
        self.rows.iter().rposition(|(since, _)| *since <= place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gap_has_no_content_and_does_not_count() {
        let lines = |added, deleted| Lines { added, deleted };
        let content = |lines, from_earlier| {
            let hash = lines;
            Some(Content {
                lines,
                hash,
                from_earlier,
            })
        };
        let history = History {
            rows: vec![
                (1, content(10, vec![])),
                (3, content(12, vec![lines(2, 0)])),
                (4, None),
                (6, content(5, vec![lines(0, 5), lines(1, 8)])),
            ],
        };
        assert_eq!([0, 4].map(|place| history.at(place)), [None, None]);
        assert_eq!(
            [1, 2, 3, 7].map(|place| history.nth_at(place)),
            [Some(0), Some(0), Some(1), Some(2)]
        );
        assert_eq!(history.between(1, 2), Some(lines(0, 0)));
        assert_eq!(history.between(2, 3), Some(lines(2, 0)));
        assert_eq!(history.between(3, 7), Some(lines(1, 8)));
        assert_eq!(history.between(3, 4), None);
    }
}
