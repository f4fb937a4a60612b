//! What a comparison of two releases says: plain data, whoever compared.

use super::kind::Kind;
use super::lines::Lines;
use crate::toolchain::Version;

/// Everything that differs between two releases.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Pair {
    /// The older release.
    pub(super) from: Version,
    /// The newer one.
    pub(super) to: Version,
    /// The files that differ, by path.
    pub(super) files: Vec<FileChange>,
}

/// How a file or a declaration differs.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Status {
    /// It has other lines.
    Changed,
    /// Only the newer release has it.
    New,
    /// Only the older release has it.
    Deleted,
    /// A file has another path, a declaration is in another file; `from` is the old one.
    Moved {
        /// The old path of the file.
        from: String,
    },
}

impl Status {
    /// The status in one word.
    pub(super) const fn word(&self) -> &'static str {
        match self {
            Self::Changed => "changed",
            Self::New => "new",
            Self::Deleted => "deleted",
            Self::Moved { .. } => "moved",
        }
    }

    /// The old path of what moved.
    pub(super) fn from(&self) -> Option<&str> {
        match self {
            Self::Moved { from } => Some(from),
            _ => None,
        }
    }
}

/// A file that differs.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct FileChange {
    /// Its path below `src`; the old one if it was deleted.
    pub(super) path: String,
    /// How it differs.
    pub(super) status: Status,
    /// Its added and deleted lines.
    pub(super) lines: Lines,
    /// Lines that it had; 0 if it is new.
    pub(super) before: u32,
    /// Lines that it has; 0 if it was deleted.
    pub(super) after: u32,
    /// What kind of file it is, in the newer release if that has it.
    pub(super) kind: Kind,
    /// Its declarations that differ, largest first.
    pub(super) decls: Vec<DeclChange>,
}

/// A declaration that differs.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct DeclChange {
    /// Its name, as in `Decl`.
    pub(super) name: String,
    /// How it differs.
    pub(super) status: Status,
    /// Its added and deleted lines; against the old file's if it moved.
    pub(super) lines: Lines,
    /// Lines that it had.
    pub(super) before: u32,
    /// Lines that it has.
    pub(super) after: u32,
}

impl FileChange {
    /// Added and deleted lines, as a share of the lines of both sides: 1 for a new, a deleted, or a rewritten file.
    pub(super) fn share(&self) -> f64 {
        let both = self.before.saturating_add(self.after);
        if both == 0 {
            return 0.0;
        }
        f64::from(self.lines.churn()) / f64::from(both)
    }
}

impl Pair {
    /// Lines of all files together.
    pub(super) fn total(&self) -> Lines {
        self.files.iter().map(|file| file.lines).sum()
    }
}
