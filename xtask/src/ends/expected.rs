//! How a gopeek may end that was disturbed.

use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;

use rustix::process::Signal;

/// What a way may come to.
#[derive(Clone, Copy, Debug)]
pub(super) enum Expected {
    /// The signal ends it, unless it had ended before.
    Signal(Signal),
    /// It ends well, whether anybody reads what it says or not.
    Success,
    /// It ends well, and its dump has all goroutines.
    Whole,
    /// It fails, and says this.
    Error(&'static str),
    /// Likewise, or it has what it needs and ends well.
    SuccessOr(&'static str),
    /// It ends, in whatever way: it may have had what it needs, or not even enough to say so.
    Anything,
}

/// A gopeek that has ended.
#[derive(Debug)]
pub(super) struct Left {
    pub(super) status: ExitStatus,
    /// What it said, where that was kept.
    pub(super) stderr: String,
    /// What is in the folder of its file afterwards, where that is full.
    pub(super) behind: String,
    /// How many goroutines its dump has, where that was kept.
    pub(super) goroutines: Option<usize>,
}

impl Expected {
    /// What is wrong with how gopeek ended; `goroutines` are those of an undisturbed run.
    pub(super) fn surprise(self, left: &Left, goroutines: usize) -> Option<String> {
        let (status, said) = (left.status, left.stderr.trim_end());
        let good = match self {
            Expected::Signal(signal) => {
                status.success() || status.signal() == Some(signal.as_raw())
            }
            Expected::Success => status.success(),
            Expected::Whole => {
                if let Some(got) = left.goroutines.filter(|got| *got != goroutines) {
                    return Some(format!("{got} goroutines of {goroutines}"));
                }
                status.success() && left.goroutines.is_some()
            }
            Expected::Error(_) if !left.behind.is_empty() => {
                return Some(format!("left behind: {}", left.behind));
            }
            Expected::Error(text) => {
                status.code().is_some_and(|code| code != 0) && said.contains(text)
            }
            Expected::SuccessOr(text) => status.success() || said.contains(text),
            Expected::Anything => true,
        };
        (!good).then(|| format!("{status}: {said}"))
    }
}

/// A short word for how it ended.
pub(super) fn word(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(0), _) => "done".to_owned(),
        (Some(code), _) => format!("exit {code}"),
        (None, Some(signal)) => NAMES
            .iter()
            .find(|(known, _)| known.as_raw() == signal)
            .map_or_else(
                || format!("signal {signal}"),
                |(_, name)| (*name).to_owned(),
            ),
        (None, None) => "?".to_owned(),
    }
}

/// The signals that are to be expected.
const NAMES: &[(Signal, &str)] = &[
    (Signal::KILL, "KILL"),
    (Signal::TERM, "TERM"),
    (Signal::HUP, "HUP"),
    (Signal::INT, "INT"),
    (Signal::ABORT, "ABRT"),
    (Signal::XFSZ, "XFSZ"),
];

#[cfg(test)]
mod tests {
    use super::*;

    /// As the kernel puts it: a code in the second byte, or a signal in the first.
    fn left(raw: i32, stderr: &str, goroutines: Option<usize>) -> Left {
        Left {
            status: ExitStatus::from_raw(raw),
            stderr: stderr.to_owned(),
            behind: String::new(),
            goroutines,
        }
    }

    #[test]
    fn each_way_has_ends_that_are_good_and_others() {
        let killed = || left(9, "", None);
        let done = |goroutines| left(0, "", goroutines);
        let full = || left(1 << 8, "No space left on device (os error 28)", None);
        let panicked = || left(101 << 8, "panicked", None);
        let by_kill = Expected::Signal(Signal::KILL);
        let full_disk = Expected::Error("No space left");
        for (expected, left, good) in [
            (by_kill, killed(), true),
            (by_kill, done(None), true),
            (by_kill, panicked(), false),
            (Expected::Signal(Signal::TERM), killed(), false),
            (Expected::Success, done(None), true),
            (Expected::Success, full(), false),
            (Expected::Whole, done(Some(7)), true),
            (Expected::Whole, done(Some(6)), false),
            (Expected::Whole, done(None), false),
            (full_disk, full(), true),
            (full_disk, panicked(), false),
            (full_disk, done(None), false),
            (Expected::SuccessOr("No space"), full(), true),
            (Expected::SuccessOr("No space"), done(None), true),
            (Expected::SuccessOr("No space"), panicked(), false),
            (Expected::Anything, panicked(), true),
        ] {
            let surprise = expected.surprise(&left, 7);
            assert_eq!(surprise.is_none(), good, "{expected:?} {left:?}");
        }
    }

    #[test]
    fn ends_have_short_names() {
        assert_eq!(word(ExitStatus::from_raw(0)), "done");
        assert_eq!(word(ExitStatus::from_raw(4 << 8)), "exit 4");
        assert_eq!(word(ExitStatus::from_raw(6)), "ABRT");
        assert_eq!(word(ExitStatus::from_raw(31)), "signal 31");
    }
}
