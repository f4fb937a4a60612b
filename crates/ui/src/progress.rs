//! How far a long write has come, on standard error.

use crate::words::bytes;
use std::fmt;
use std::io::{self, IsTerminal, Write};
use std::time::{Duration, Instant};

/// What takes no longer is not worth a word.
const QUIET: Duration = Duration::from_secs(1);
/// On a terminal the line is written anew; elsewhere each is one more.
const ON_TERMINAL: Duration = Duration::from_millis(200);
const ELSEWHERE: Duration = Duration::from_secs(10);

/// Says how far it has come.
#[derive(Debug)]
pub(crate) struct Progress {
    what: &'static str,
    total: u64,
    next: Instant,
    terminal: bool,
    said: bool,
}

impl Progress {
    /// `what` is done with about so many bytes.
    pub(crate) fn new(what: &'static str, total: u64) -> Progress {
        Progress {
            what,
            total,
            next: Instant::now() + QUIET,
            terminal: io::stderr().is_terminal(),
            said: false,
        }
    }

    /// So many of them are done.
    pub(crate) fn at(&mut self, done: u64) {
        let now = Instant::now();
        if now < self.next {
            return;
        }
        let (start, end) = if self.terminal {
            ("\r", "\x1b[K")
        } else {
            ("", "\n")
        };
        self.next = now
            + if self.terminal {
                ON_TERMINAL
            } else {
                ELSEWHERE
            };
        self.said = true;
        let (what, done, total) = (self.what, bytes(done.min(self.total)), bytes(self.total));
        // If nobody reads it any more, that is no failure of ours.
        let _ = write!(io::stderr(), "{start}gopeek: {done} of {total} {what}{end}");
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.said && self.terminal {
            let _ = write!(io::stderr(), "\r\x1b[K");
        }
    }
}

/// A line of its own on a terminal, for what takes long and can't say how far it has come.
#[derive(Debug)]
pub(crate) struct Line {
    shown: bool,
    said: bool,
}

impl Line {
    /// Shown only of what takes over a second, and where somebody looks.
    pub(crate) fn new(takes: Duration) -> Line {
        Line {
            shown: takes > QUIET && io::stderr().is_terminal(),
            said: false,
        }
    }

    /// Takes the place of what was said before.
    pub(crate) fn say(&mut self, text: fmt::Arguments<'_>) {
        if self.shown {
            self.said = true;
            let _ = write!(io::stderr(), "\rgopeek: {text}\x1b[K");
        }
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        if self.said {
            let _ = write!(io::stderr(), "\r\x1b[K");
        }
    }
}
