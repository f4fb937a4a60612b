//! What is missing or doubtful in a report.

use gopeek_attach::files::MappedFile;
use gopeek_unwind::End;

/// Something that is missing or doubtful in a report.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Problem {
    /// allgs names a g that is none.
    NotAGoroutine {
        /// Its address.
        addr: u64,
    },
    /// A stack is not whole.
    BrokenStack {
        /// The goroutine.
        id: u64,
        /// Where its walk ended.
        end: End,
    },
    /// A stack has more frames than are kept.
    LeftOut {
        /// The goroutine.
        id: u64,
        /// How many of its frames, in the middle, were counted only.
        frames: u64,
    },
    /// The variables that were asked for can't be told.
    NoVariables {
        /// Why.
        why: String,
    },
    /// What goroutines wait for could not be read, of so many.
    NoWaits {
        /// How many.
        count: usize,
    },
    /// The heap could not be searched.
    NoHeap {
        /// Why.
        why: &'static str,
    },
    /// Its C frames are not whole.
    BrokenNative {
        /// The goroutine.
        id: u64,
        /// Why.
        why: String,
    },
    /// It runs on a CPU, and its thread's registers were not read, or do not tell where it is.
    Running {
        /// The goroutine.
        id: u64,
    },
    /// It does not run, and says that it goes on outside of its own stack: it is damaged.
    Misplaced {
        /// The goroutine.
        id: u64,
    },
    /// allgs claims more goroutines than are read.
    TooManyGoroutines {
        /// How many it claims.
        claimed: u64,
    },
    /// The limit of bytes was reached before everything was copied.
    TooManyBytes,
    /// The time was up before everything was copied.
    CutShort,
    /// Something is wrong with the core.
    Core {
        /// What.
        what: String,
    },
    /// Something is missing in a text dump.
    Text {
        /// What.
        what: String,
    },
    /// A file that the process ran code from was not found.
    NoFile {
        /// Where it was.
        path: String,
    },
    /// A file that the process ran code from, or the core, was cut off while it was read.
    FileCut {
        /// Where it is.
        path: String,
    },
    /// A thread did not stop in time.
    ThreadMissed {
        /// Its id.
        tid: i32,
        /// Its state in /proc.
        state: char,
        /// Where in the kernel it sleeps, where that shows.
        wait_channel: Option<String>,
    },
}

impl Problem {
    /// One for each file that was cut off while it was read.
    pub(crate) fn cut_files(files: &[MappedFile]) -> impl Iterator<Item = Problem> {
        let cut = files.iter().filter(|file| file.bytes.is_cut());
        cut.map(|file| Problem::FileCut {
            path: file.path.display().to_string(),
        })
    }

    /// Variables that were asked for can't be told.
    pub(crate) fn no_variables(why: impl std::fmt::Display) -> Problem {
        Problem::NoVariables {
            why: why.to_string(),
        }
    }
}
