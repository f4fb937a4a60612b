//! Other people's debuggers on gopeek's cores: they must see what they see of the process, and what gopeek sees.

mod delve;
mod frames;
mod gdb;

use std::fmt;
use std::path::{Path, PathBuf};

use anyhow::Result;

use super::cell::{Job, has_dwarf};
use crate::run;

/// One of them.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Who {
    /// Threads and registers.
    Gdb,
    /// Goroutines and their frames; Debian's.
    Delve,
    /// Likewise, of the release that knows the newest Go here.
    NewestDelve,
}

impl fmt::Display for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Gdb => "gdb",
            Self::Delve => "Debian's delve",
            Self::NewestDelve => "newest delve",
        })
    }
}

/// What came of asking one.
pub(super) struct Answer {
    /// Who was asked.
    pub(super) who: Who,
    /// What came of it.
    pub(super) said: Said,
}

/// How much is the same.
pub(super) enum Said {
    /// All of it: what was compared.
    Same(Compared),
    /// What is not.
    Differs(Vec<String>),
    /// It could not be asked, and why.
    Skipped(String),
}

/// What was compared, counted.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub(super) struct Compared {
    /// Threads, or goroutines.
    pub(super) stacks: usize,
    /// Their registers, or frames.
    pub(super) items: usize,
}

/// Those that are here, and are to be asked.
pub(super) struct Debuggers {
    /// None is.
    pub(super) off: bool,
    /// Debian's delve.
    pub(super) delve: Option<PathBuf>,
    /// The newest.
    pub(super) newest_delve: Option<PathBuf>,
}

impl Debuggers {
    /// Has them read the core of a process that stands still.
    ///
    /// # Errors
    /// When one that is here cannot be run.
    pub(super) fn ask(&self, job: &Job<'_>, pid: u32, core: &Path) -> Result<Vec<Answer>> {
        // Without DWARF delve knows no goroutine, and of a host in C no more.
        if self.off || !has_dwarf(job.mode) || job.built.library.is_some() {
            return Ok(Vec::new());
        }
        let exe = &job.built.exe;
        let said = if run::exists("gdb") {
            gdb::ask(exe, pid, core)?
        } else {
            Said::Skipped("no gdb here".to_owned())
        };
        let mut answers = vec![Answer {
            who: Who::Gdb,
            said,
        }];
        for (who, tool) in [
            (Who::Delve, &self.delve),
            (Who::NewestDelve, &self.newest_delve),
        ] {
            let said = match tool {
                Some(tool) => delve::ask(tool, exe, core, job.dir)?,
                None => Said::Skipped("not here".to_owned()),
            };
            answers.push(Answer { who, said });
        }
        Ok(answers)
    }
}
