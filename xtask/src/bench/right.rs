//! Whether a dump of the target is right: each goroutine's stack is one that it may have, whole and of one moment.

use std::fmt;
use std::io::BufRead;

use anyhow::{Context, Result};

use super::throng::Throng;
use crate::table::count;

/// The frames of a parked goroutine: `many -depth`'s, and the one that parks.
const PARKED_FRAMES: usize = 10;
/// The frames of a busy one at its deepest: half of what `ring.go` calls its sway.
const BUSY_FRAMES: usize = 8;
const MEMBER: &str = "main.(*ring).member";

/// How many of the goroutines that a target should have are in its dumps, and how.
#[derive(Debug, Default)]
pub(super) struct Right {
    expected: u64,
    good: u64,
    /// Said to be unavailable: moved, or running.
    unavailable: u64,
    wrong: u64,
    /// The first wrong stack.
    pub(super) example: Option<String>,
}

impl Right {
    /// Whether no stack is wrong, and no goroutine missing.
    pub(super) fn is_good(&self) -> bool {
        self.wrong == 0 && self.missing() == 0 && self.good > 0
    }

    fn missing(&self) -> u64 {
        let seen = self.good + self.unavailable + self.wrong;
        self.expected.saturating_sub(seen)
    }

    /// Adds what another dump was worth.
    pub(super) fn add(&mut self, other: Self) {
        self.expected += other.expected;
        self.good += other.good;
        self.unavailable += other.unavailable;
        self.wrong += other.wrong;
        self.example = self.example.take().or(other.example);
    }

    fn take(&mut self, block: &str) {
        match judge(block) {
            Verdict::Right => self.good += 1,
            Verdict::Unavailable => self.unavailable += 1,
            Verdict::Not => {}
            Verdict::Wrong => {
                self.wrong += 1;
                self.example.get_or_insert_with(|| block.to_owned());
            }
        }
    }
}

impl fmt::Display for Right {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {}", count(self.good), count(self.expected))?;
        let others = [
            (self.unavailable, "unavailable"),
            (self.wrong, "wrong"),
            (self.missing(), "missing"),
        ];
        for (number, what) in others.into_iter().filter(|(number, _)| *number > 0) {
            write!(f, ", {} {what}", count(number))?;
        }
        Ok(())
    }
}

/// Reads a dump of the target, of which it keeps one goroutine at a time.
///
/// # Errors
/// When it can't be read.
pub(super) fn check(mut dump: impl BufRead, throng: Throng) -> Result<Right> {
    let mut right = Right {
        expected: u64::from(throng.parked) + u64::from(throng.busy),
        ..Right::default()
    };
    let (mut block, mut line) = (String::new(), String::new());
    loop {
        line.clear();
        let length = dump.read_line(&mut line).context("read gopeek's text")?;
        if length == 0 || line == "\n" {
            right.take(&block);
            block.clear();
        } else {
            block.push_str(&line);
        }
        if length == 0 {
            return Ok(right);
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Verdict {
    Right,
    Unavailable,
    Wrong,
    /// None of those that were asked for: main, the heartbeat.
    Not,
}

fn judge(block: &str) -> Verdict {
    let created = block
        .lines()
        .find_map(|line| line.strip_prefix("created by "));
    let creator = created.map(|by| by.split(' ').next().unwrap_or(by));
    let busy = match creator {
        Some("main.startRing") => true,
        Some("main.main") => false,
        _ => return Verdict::Not,
    };
    // Go's own words for a stack that can't be shown, with its reason before them.
    if block
        .lines()
        .any(|line| line.ends_with("; stack unavailable"))
    {
        return Verdict::Unavailable;
    }
    let frames = block.lines().filter(|line| line.starts_with("main."));
    let mut frames: Vec<_> = frames
        .filter_map(|line| Some(line.rsplit_once('(')?.0))
        .collect();
    if busy && frames.pop() != Some(MEMBER) {
        return Verdict::Wrong;
    }
    let alike = frames.windows(2).all(|two| two[0] == two[1]);

    let known = frames.first().is_none_or(|first| {
        let known: &[&str] = if busy {
            &["main.even", "main.odd"]
        } else {
            &[
                "main.handleRecv",
                "main.handleSelect",
                "main.handleLock",
                "main.handleWait",
            ]
        };
        known.contains(first)
    });
    let number = if busy {
        frames.len() <= BUSY_FRAMES
    } else {
        frames.len() == PARKED_FRAMES
    };
    if alike && known && number {
        Verdict::Right
    } else {
        Verdict::Wrong
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(state: &str, frames: &[&str], creator: &str) -> String {
        let after = "(0xc000012000, 0x1?)\n\t/many/ring.go:1 +0x1\n";
        let frames = frames.iter().flat_map(|frame| [*frame, after]);
        let frames: String = frames.collect();
        format!(
            "goroutine 7 [{state}]:\n{frames}created by {creator} in goroutine 1\n\t/many/ring.go:9 +0x2\n"
        )
    }

    fn busy(frames: &[&str]) -> Verdict {
        judge(&block("chan receive", frames, "main.startRing"))
    }

    #[test]
    fn a_stack_of_two_moments_is_wrong() {
        assert_eq!(busy(&["main.even", "main.even", MEMBER]), Verdict::Right);
        assert_eq!(busy(&[MEMBER]), Verdict::Right);
        assert_eq!(busy(&["main.even", "main.odd", MEMBER]), Verdict::Wrong);
        assert_eq!(busy(&["main.even", "main.even"]), Verdict::Wrong);
        assert_eq!(busy(&["main.main", MEMBER]), Verdict::Wrong);
        let deep = [&["main.odd"; BUSY_FRAMES + 1][..], &[MEMBER]].concat();
        assert_eq!(busy(&deep), Verdict::Wrong);
        assert_eq!(busy(&[]), Verdict::Wrong);
        assert_eq!(busy(&["runtime.gopark"]), Verdict::Wrong);
        let moved = "goroutine 7 [select]:\n\tgoroutine moved; stack unavailable\n\
                     created by main.startRing in goroutine 1\n";
        assert_eq!(judge(moved), Verdict::Unavailable);
    }

    #[test]
    fn what_is_missing_is_counted() {
        let whole = block("select", &["main.handleSelect"; PARKED_FRAMES], "main.main");
        let short = block("select", &["main.handleSelect"; 9], "main.main");
        let main = "goroutine 1 [IO wait]:\nmain.main()\n\t/many/main.go:3 +0x1\n";
        let dump = [main, &whole, &short].join("\n");
        let throng = Throng { parked: 3, busy: 0 };
        let right = check(dump.as_bytes(), throng).unwrap();
        assert_eq!(right.to_string(), "1 of 3, 1 wrong, 1 missing");
        assert!(!right.is_good());
        assert_eq!(right.example, Some(short));
        let right = check(whole.as_bytes(), Throng { parked: 1, busy: 0 }).unwrap();
        assert!(right.is_good());
    }
}
