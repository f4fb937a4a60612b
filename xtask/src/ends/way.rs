//! The ways in which gopeek is ended: what is done, how often, and to what it may come.

use rustix::process::Signal;

use super::expected::Expected;

/// A way to end gopeek.
#[derive(Debug)]
pub(super) struct Way {
    /// What `--only` and the report call it.
    pub(super) name: &'static str,
    /// What is done.
    pub(super) kind: Kind,
    /// How gopeek may end then.
    pub(super) expected: Expected,
    /// How often in the full run.
    pub(super) all: usize,
    /// How often where time is short.
    pub(super) few: usize,
}

/// What is done to gopeek.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    /// A signal, at a moment.
    Signal(Signal),
    /// SIGTSTP at a moment; once it stands still, this.
    Stopped(Signal),
    /// The terminal that controls it is closed, at a moment.
    Terminal,
    /// Nobody reads its standard output.
    StdoutUnread,
    /// Its reader leaves midway.
    StdoutCut,
    /// Nobody reads its standard error.
    StderrUnread,
    /// It has no standard error at all.
    StderrClosed,
    /// Standard output is a device that is full.
    StdoutFull,
    /// The file is on a file system that is full.
    FileFull,
    /// The file may not become so large.
    FileLimit,
    /// Less memory than it takes.
    Memory,
    /// Fewer open files than it takes.
    Files,
    /// No further thread.
    Threads,
}

impl Kind {
    /// Something is done at a moment, rather than there from the start.
    pub(super) fn has_moment(self) -> bool {
        matches!(self, Kind::Signal(_) | Kind::Stopped(_) | Kind::Terminal)
    }
}

const fn way(name: &'static str, kind: Kind, expected: Expected, all: usize, few: usize) -> Way {
    Way {
        name,
        kind,
        expected,
        all,
        few,
    }
}

/// All of them.
pub(super) const WAYS: &[Way] = &[
    way(
        "SIGKILL",
        Kind::Signal(Signal::KILL),
        Expected::Signal(Signal::KILL),
        1000,
        40,
    ),
    way(
        "SIGTERM",
        Kind::Signal(Signal::TERM),
        Expected::Signal(Signal::TERM),
        200,
        10,
    ),
    way(
        "SIGHUP",
        Kind::Signal(Signal::HUP),
        Expected::Signal(Signal::HUP),
        200,
        10,
    ),
    way(
        "SIGINT",
        Kind::Signal(Signal::INT),
        Expected::Signal(Signal::INT),
        200,
        10,
    ),
    way(
        "SIGTSTP-SIGKILL",
        Kind::Stopped(Signal::KILL),
        Expected::Signal(Signal::KILL),
        200,
        10,
    ),
    way(
        "SIGTSTP-SIGCONT",
        Kind::Stopped(Signal::CONT),
        Expected::Success,
        200,
        10,
    ),
    way(
        "terminal-closed",
        Kind::Terminal,
        Expected::Signal(Signal::HUP),
        200,
        10,
    ),
    way(
        "stdout-unread",
        Kind::StdoutUnread,
        Expected::Success,
        50,
        3,
    ),
    way("stdout-cut", Kind::StdoutCut, Expected::Success, 50, 3),
    way("stderr-unread", Kind::StderrUnread, Expected::Whole, 50, 3),
    way("stderr-closed", Kind::StderrClosed, Expected::Whole, 50, 3),
    way(
        "stdout-full",
        Kind::StdoutFull,
        Expected::Error("No space left on device"),
        50,
        3,
    ),
    way(
        "file-full",
        Kind::FileFull,
        Expected::Error("No space left on device"),
        50,
        3,
    ),
    way("file-limit", Kind::FileLimit, Expected::Anything, 50, 3),
    way("memory-limit", Kind::Memory, Expected::Anything, 200, 10),
    way(
        "files-limit",
        Kind::Files,
        // EMFILE, as gopeek puts it, and as the dynamic linker does, which may get no further.
        Expected::SuccessOr("rror 24"),
        50,
        5,
    ),
    way(
        "threads-limit",
        Kind::Threads,
        Expected::Error("Resource temporarily unavailable"),
        50,
        3,
    ),
];
