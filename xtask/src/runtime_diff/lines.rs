//! Added and deleted lines between two texts, with git's numbers.

use gix_imara_diff::{Algorithm, Diff, InternedInput, sources};

/// Lines added and deleted.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Lines {
    /// Lines that only the new text has.
    pub(super) added: u32,
    /// Lines that only the old text has.
    pub(super) deleted: u32,
}

impl Lines {
    /// Added and deleted together: how much there is to read.
    pub(super) const fn churn(self) -> u32 {
        self.added.saturating_add(self.deleted)
    }
}

impl std::ops::AddAssign for Lines {
    fn add_assign(&mut self, other: Self) {
        self.added = self.added.saturating_add(other.added);
        self.deleted = self.deleted.saturating_add(other.deleted);
    }
}

impl std::iter::Sum for Lines {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), |mut sum, lines| {
            sum += lines;
            sum
        })
    }
}

/// Compares two texts as `git diff --numstat` does by default. Where git's hunks begin does not change its numbers, so
/// that nothing is moved afterwards.
pub(super) fn diff(old: &[u8], new: &[u8]) -> Lines {
    let input = InternedInput::new(sources::byte_lines(old), sources::byte_lines(new));
    let diff = Diff::compute(Algorithm::Myers, &input);
    Lines {
        added: diff.count_additions(),
        deleted: diff.count_removals(),
    }
}

/// Number of lines; a last line without a line break counts.
pub(super) fn count(text: &[u8]) -> u32 {
    let breaks = memchr::memchr_iter(b'\n', text).count();
    let unended = text.last().is_some_and(|last| *last != b'\n');
    u32::try_from(breaks + usize::from(unended)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_counted_with_or_without_a_last_break() {
        assert_eq!(
            [count(b""), count(b"a"), count(b"a\n"), count(b"a\nb")],
            [0, 1, 1, 2]
        );
    }

    #[test]
    fn a_changed_line_is_one_added_and_one_deleted() {
        let lines = diff(b"a\nb\nc\n", b"a\nB\nc\nd\n");
        assert_eq!((lines.added, lines.deleted, lines.churn()), (2, 1, 3));
    }

    #[test]
    fn a_missing_last_break_is_a_change_as_for_git() {
        assert_eq!(
            diff(b"a\nb\n", b"a\nb"),
            Lines {
                added: 1,
                deleted: 1
            }
        );
    }
}
