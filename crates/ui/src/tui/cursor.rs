//! Where one is in a table that moves: the selection follows what it is about, not the row.

/// A selection.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Cursor {
    /// Which row is selected.
    pub(crate) at: usize,
    /// The first row that is in sight.
    pub(crate) top: usize,
    /// What is selected.
    pub(crate) key: Option<u64>,
}

impl Cursor {
    /// Moves by so many rows of `len`.
    pub(crate) fn go(&mut self, by: isize, len: usize) {
        self.to(self.at.saturating_add_signed(by), len);
    }

    /// Goes to a row of `len`, or the last one.
    pub(crate) fn to(&mut self, at: usize, len: usize) {
        self.at = at.min(len.saturating_sub(1));
    }

    /// Scrolls as little as needed for the selection to be in sight where there are `height` rows of `len`.
    pub(crate) fn scroll(&mut self, height: usize, len: usize) {
        self.to(self.at, len);
        let lowest = (self.at + 1).saturating_sub(height.max(1));
        self.top = self.top.clamp(lowest, self.at.max(lowest));
        self.top = self.top.min(len.saturating_sub(height.min(len)));
    }
}

#[cfg(test)]
mod tests {
    use super::Cursor;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_selection_is_always_in_sight(
            moves in prop::collection::vec((-300isize..300, 0usize..200, 0usize..50), 1..50),
        ) {
            let mut cursor = Cursor::default();
            for (by, len, height) in moves {
                cursor.go(by, len);
                cursor.scroll(height, len);
                prop_assert!(cursor.at < len.max(1));
                prop_assert!(cursor.top <= cursor.at);
                prop_assert!(cursor.at < cursor.top + height.max(1));
            }
        }
    }
}
