//! The middle of what was measured.

use anyhow::{Context, Result};

/// The middle; of an even number, the upper one of the two.
///
/// # Errors
/// When nothing was measured.
pub(crate) fn median<T: Ord + Copy>(measured: impl IntoIterator<Item = T>) -> Result<T> {
    let mut sorted: Vec<_> = measured.into_iter().collect();
    sorted.sort_unstable();
    let middle = sorted.get(sorted.len() / 2);
    middle.copied().context("nothing was measured")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_in_the_middle() {
        assert_eq!(median([9, 1, 5]).unwrap(), 5);
        assert_eq!(median([4, 1, 3, 2]).unwrap(), 3);
        assert!(median([0; 0]).is_err());
    }
}
