//! Compares two releases file by file, and declaration by declaration.

use std::collections::{BTreeMap, BTreeSet};

use super::change::{FileChange, Pair, Status};
use super::lines::Lines;
use super::moves::{self, Origins};
use super::release::{File, Release};

/// Where the numbers come from: the files' bytes, or numbers that were taken from them earlier.
pub(super) trait Numbers {
    /// The old path of each new path that is a rename.
    fn renames(&self) -> BTreeMap<String, String>;
    /// Lines between two files, of the older release and of the newer.
    fn file(&self, old: &str, new: &str) -> Lines;
    /// Lines between two declarations, each given by its file and its place in that.
    fn decl(&self, old: (&str, usize), new: (&str, usize)) -> Lines;
}

/// Compares them.
pub(super) fn compare(old: &Release, new: &Release, numbers: &impl Numbers) -> Pair {
    let renames = numbers.renames();
    let old_paths: BTreeSet<&String> = renames.values().collect();
    let origins = Origins::new(old, new, &renames);
    let mut files = Vec::new();
    for (path, file) in &new.files {
        let from = renames.get(path).unwrap_or(path);
        let before = old.files.get(from);
        if from == path && before.is_some_and(|before| before.hash == file.hash) {
            continue;
        }
        let status = match before {
            None => Status::New,
            Some(_) if from == path => Status::Changed,
            Some(_) => Status::Moved { from: from.clone() },
        };
        let lines = match before {
            Some(_) if !file.kind.binary => numbers.file(from, path),
            _ => one_side(0, file.lines),
        };
        let pair = moves::Side {
            old: before,
            new: Some(file),
            from,
            path,
        };
        files.push(FileChange {
            path: path.clone(),
            status,
            lines,
            before: before.map_or(0, |file| file.lines),
            after: file.lines,
            kind: file.kind.clone(),
            decls: origins.changes(&pair, numbers),
        });
    }
    let gone = |path: &&String| !new.files.contains_key(*path) && !old_paths.contains(*path);
    for path in old.files.keys().filter(gone) {
        let Some(file) = old.files.get(path) else {
            continue;
        };
        let pair = moves::Side {
            old: Some(file),
            new: None,
            from: path,
            path,
        };
        files.push(FileChange {
            path: path.clone(),
            status: Status::Deleted,
            lines: one_side(file.lines, 0),
            before: file.lines,
            after: 0,
            kind: file.kind.clone(),
            decls: origins.changes(&pair, numbers),
        });
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Pair {
        from: old.version,
        to: new.version,
        files,
    }
}

/// The lines of something that only one side has.
pub(super) const fn one_side(before: u32, after: u32) -> Lines {
    Lines {
        added: after,
        deleted: before,
    }
}

/// The declarations of a file; none of a file that is not there.
pub(super) fn decls(file: Option<&File>) -> &[super::decls::Decl] {
    file.map_or(&[], |file| &file.decls)
}
