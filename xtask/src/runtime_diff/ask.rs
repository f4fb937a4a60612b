//! What is asked: two releases, or a range of minors.

use anyhow::{Context, Result, bail};

use crate::toolchain::{Version, Wanted, releases};

/// The question.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Question {
    /// Two releases, the older one first.
    Pair(Version, Version),
    /// Three releases or more, oldest first: each is compared with the next.
    Steps(Vec<Version>),
}

/// Reads `1.21 1.22`, `go1.21.13 1.22.0`, or `1.19..1.27`.
///
/// # Errors
/// If a version is no Go version, is unknown, or they are in the wrong order.
pub(super) fn read(words: &[String], first: bool) -> Result<Question> {
    match words {
        [range] => {
            let (from, to) = range.split_once("..").with_context(|| {
                format!(
                    "{range} is one release: give two (1.21 1.22) or a range of minors (1.19..1.27)"
                )
            })?;
            steps(from.parse()?, to.parse()?, first)
        }
        [from, to] => {
            let (from, to) = (exactly(from.parse()?, first)?, exactly(to.parse()?, first)?);
            if from >= to {
                bail!("Go {from} is not older than Go {to}: give the older release first");
            }
            Ok(Question::Pair(from, to))
        }
        _ => bail!("give two releases (1.21 1.22), or a range of minors (1.19..1.27)"),
    }
}

/// The releases of a range: its two ends, and one release of each minor between.
fn steps(from: Wanted, to: Wanted, first: bool) -> Result<Question> {
    let (oldest, newest) = (exactly(from, first)?, exactly(to, first)?);
    if oldest.minor >= newest.minor {
        bail!("{from}..{to} is no range of minors: write the older one first, as in 1.19..1.27");
    }
    let between =
        (oldest.minor + 1..newest.minor).map(|minor| exactly(Wanted::LastOf(minor), first));
    let mut releases = vec![oldest];
    for release in between {
        releases.push(release?);
    }
    releases.push(newest);
    if let [from, to] = releases[..] {
        return Ok(Question::Pair(from, to));
    }
    Ok(Question::Steps(releases))
}

/// The release that is meant: of a bare minor its last, or its first if that is asked for.
fn exactly(wanted: Wanted, first: bool) -> Result<Version> {
    let minor = wanted.minor();
    let known = format!(
        "1.{} to 1.{}",
        releases::minors().next().unwrap_or_default(),
        releases::newest_minor()
    );
    match wanted {
        Wanted::Exactly(version) => match releases::last(minor) {
            Some(last) if version > last => {
                bail!("Go {version} is unknown: the last release of 1.{minor} known here is {last}")
            }
            // A minor that is newer than the tables may still be had as a toolchain.
            None if minor < releases::minors().next().unwrap_or_default() => {
                bail!("Go {version} is too old: minors known here are {known}")
            }
            _ => Ok(version),
        },
        Wanted::LastOf(_) if first => exactly(Wanted::Exactly(Version::new(minor, 0)), first),
        Wanted::LastOf(_) => releases::last(minor)
            .with_context(|| format!("Go 1.{minor} is unknown: minors known here are {known}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(words: &[&str], first: bool) -> Result<Question> {
        let words: Vec<_> = words.iter().map(|word| (*word).to_owned()).collect();
        read(&words, first)
    }

    fn last(minor: u16) -> Version {
        releases::last(minor).unwrap()
    }

    #[test]
    fn a_bare_minor_is_its_last_release_or_its_first() {
        assert_eq!(
            ask(&["1.21", "1.22"], false).unwrap(),
            Question::Pair(last(21), last(22))
        );
        let firsts = Question::Pair(Version::new(21, 0), Version::new(22, 0));
        assert_eq!(ask(&["1.21", "go1.22"], true).unwrap(), firsts);
        let mixed = Question::Pair(Version::new(21, 13), Version::new(22, 0));
        assert_eq!(ask(&["go1.21.13", "1.22.0"], false).unwrap(), mixed);
    }

    #[test]
    fn a_range_has_a_release_of_each_minor() {
        let steps = Question::Steps(vec![last(20), last(21), last(22)]);
        assert_eq!(ask(&["1.20..1.22"], false).unwrap(), steps);
        assert_eq!(
            ask(&["1.21..1.22"], false).unwrap(),
            Question::Pair(last(21), last(22))
        );
    }

    #[test]
    fn bad_questions_get_one_clear_error() {
        let said = |words: &[&str]| ask(words, false).unwrap_err().to_string();
        assert_eq!(
            said(&["1.21"]),
            "1.21 is one release: give two (1.21 1.22) or a range of minors (1.19..1.27)"
        );
        assert_eq!(
            said(&["1.22", "1.21.0"]),
            "Go 1.22.12 is not older than Go 1.21.0: give the older release first"
        );
        assert_eq!(
            said(&["1.21", "banana"]),
            "\"banana\" is no Go version: write 1.24 or 1.24.3"
        );
        assert_eq!(
            said(&["1.18", "1.21"]),
            "Go 1.18 is unknown: minors known here are 1.19 to 1.27"
        );
        assert_eq!(
            said(&["1.21.99", "1.22"]),
            "Go 1.21.99 is unknown: the last release of 1.21 known here is 1.21.13"
        );
        assert!(said(&["1.22..1.21"]).contains("no range of minors"));
    }
}
