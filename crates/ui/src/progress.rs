//! How far a long write has come, on standard error.

use crate::words::bytes;
use std::io::{self, IsTerminal, Write};
use std::time::{Duration, Instant};

/// What takes no longer is not worth a word.
const QUIET: Duration = Duration::from_secs(1);
/// On a terminal the line is written anew; elsewhere each is one more.
const ON_TERMINAL: Duration = Duration::from_millis(200);
const ELSEWHERE: Duration = Duration::from_secs(10);

/// A writer that says how far it has come.
pub(crate) struct Progress<'a> {
    to: &'a mut dyn Write,
    done: u64,
    total: u64,
    next: Instant,
    terminal: bool,
    said: bool,
}

impl<'a> Progress<'a> {
    /// `total` is about how many bytes there will be.
    pub(crate) fn new(to: &'a mut dyn Write, total: u64) -> Progress<'a> {
        Progress {
            to,
            done: 0,
            total,
            next: Instant::now() + QUIET,
            terminal: io::stderr().is_terminal(),
            said: false,
        }
    }

    fn say(&mut self) {
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
        let (done, total) = (bytes(self.done.min(self.total)), bytes(self.total));
        // If nobody reads it any more, that is no failure of ours.
        let _ = write!(
            io::stderr(),
            "{start}gopeek: {done} of {total} written{end}"
        );
    }
}

impl Write for Progress<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.to.write(bytes)?;
        self.done += count as u64;
        self.say();
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

impl Drop for Progress<'_> {
    fn drop(&mut self) {
        if self.said && self.terminal {
            let _ = write!(io::stderr(), "\r\x1b[K");
        }
    }
}
