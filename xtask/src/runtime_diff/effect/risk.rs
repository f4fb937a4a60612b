//! Changed files that gopeek depends on, by risk: how much changed, times how much of the file gopeek uses.

use super::super::change::{DeclChange, Pair, Status};
use super::super::lines::Lines;
use super::super::release::{File, Release, folder};
use super::uses::Uses;

/// A changed file that gopeek depends on.
#[derive(Clone, PartialEq, Debug)]
pub(in super::super) struct FileRisk {
    /// Its path; the old one if it was deleted.
    pub(in super::super) path: String,
    /// Its added and deleted lines.
    pub(in super::super) lines: Lines,
    /// Share of its lines that are in declarations gopeek uses; the greater one of the two releases.
    pub(in super::super) used: f64,
    /// `lines.churn() * used`.
    pub(in super::super) risk: f64,
    /// The declarations among them that changed, largest first.
    pub(in super::super) decls: Vec<UsedChange>,
}

/// A changed declaration, and where gopeek uses it.
#[derive(Clone, PartialEq, Debug)]
pub(in super::super) struct UsedChange {
    /// The change.
    pub(in super::super) decl: DeclChange,
    /// Files of gopeek.
    pub(in super::super) by: Vec<&'static str>,
}

/// Ranks the files of a pair.
pub(super) fn rank(pair: &Pair, old: &Release, new: &Release, uses: &Uses) -> Vec<FileRisk> {
    let mut files: Vec<FileRisk> = Vec::new();
    for change in &pair.files {
        let from = change.status.from().unwrap_or(&change.path);
        let share_used = [(from, old), (&change.path, new)]
            .map(|(path, release)| {
                release
                    .files
                    .get(path)
                    .map_or(0.0, |file| share(path, file, uses))
            })
            .into_iter()
            .fold(0.0, f64::max);
        if share_used == 0.0 {
            continue;
        }
        let decls = change.decls.iter().filter_map(|decl| {
            // A declaration that left the file may be gone from another folder than it came to.
            let by = uses
                .by(folder(&change.path), &decl.name)
                .or_else(|| uses.by(folder(from), &decl.name))?;
            Some(UsedChange {
                decl: decl.clone(),
                by: by.to_vec(),
            })
        });
        files.push(FileRisk {
            path: change.path.clone(),
            lines: change.lines,
            used: share_used,
            risk: f64::from(change.lines.churn()) * share_used,
            decls: decls.filter(|used| !is_only_moved(&used.decl)).collect(),
        });
    }
    files.sort_by(|a, b| b.risk.total_cmp(&a.risk).then_with(|| a.path.cmp(&b.path)));
    files
}

/// Whether a declaration is in another file and otherwise as it was.
fn is_only_moved(decl: &DeclChange) -> bool {
    matches!(decl.status, Status::Moved { .. }) && decl.lines == Lines::default()
}

/// Share of a file's lines that gopeek uses.
pub(super) fn share(path: &str, file: &File, uses: &Uses) -> f64 {
    let in_use = file
        .decls
        .iter()
        .filter(|decl| uses.by(folder(path), &decl.name).is_some());
    let lines: u32 = in_use.map(|decl| decl.lines).sum();
    if file.lines == 0 {
        return 0.0;
    }
    f64::from(lines) / f64::from(file.lines)
}
