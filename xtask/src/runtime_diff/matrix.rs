//! The changes of several releases in a row, file by file: a file is one row, whatever it was called before.

use std::collections::BTreeMap;

use super::change::{FileChange, Pair};
use super::lines::Lines;
use crate::toolchain::Version;

/// Files by steps between releases.
pub(super) struct Matrix {
    /// The steps, oldest first.
    pub(super) steps: Vec<(Version, Version)>,
    /// The files, those that changed most first.
    pub(super) rows: Vec<Row>,
}

/// A file.
pub(super) struct Row {
    /// The newest path.
    pub(super) path: String,
    /// Its change in each step; `None` where it did not change.
    pub(super) cells: Vec<Option<FileChange>>,
    /// Whether gopeek depends on it, in any of the releases.
    pub(super) used: bool,
}

impl Matrix {
    /// The names of the oldest and of the newest release; empty where there is no step.
    pub(super) fn ends(&self) -> (String, String) {
        let first = self.steps.first().map(|(from, _)| from.to_string());
        let last = self.steps.last().map(|(_, to)| to.to_string());
        (first.unwrap_or_default(), last.unwrap_or_default())
    }
}

impl Row {
    /// Lines of all steps.
    pub(super) fn total(&self) -> Lines {
        self.cells.iter().flatten().map(|cell| cell.lines).sum()
    }
}

impl Matrix {
    /// Follows each file from the newest step back. `used` says whether gopeek depends on a path.
    pub(super) fn of(steps: &[Pair], used: impl Fn(&str) -> bool) -> Self {
        let mut rows: Vec<Row> = Vec::new();
        // Rows by the path that they have after the step that is looked at.
        let mut by_path: BTreeMap<String, usize> = BTreeMap::new();
        for (step, pair) in steps.iter().enumerate().rev() {
            let mut renamed = Vec::new();
            for change in &pair.files {
                let row = *by_path.entry(change.path.clone()).or_insert_with(|| {
                    rows.push(Row {
                        path: change.path.clone(),
                        cells: vec![None; steps.len()],
                        used: false,
                    });
                    rows.len() - 1
                });
                let Some(of_file) = rows.get_mut(row) else {
                    continue;
                };
                let from = change.status.from();
                of_file.used |= used(&change.path) || from.is_some_and(&used);
                if let Some(cell) = of_file.cells.get_mut(step) {
                    *cell = Some(change.clone());
                }
                renamed.extend(from.map(|from| (from.to_owned(), change.path.clone(), row)));
            }
            for (_, path, _) in &renamed {
                by_path.remove(path);
            }
            by_path.extend(renamed.into_iter().map(|(from, _, row)| (from, row)));
        }
        rows.sort_by(|a, b| {
            super::moves::by_size(a.total(), &a.path)
                .cmp(&super::moves::by_size(b.total(), &b.path))
        });
        Self {
            steps: steps.iter().map(|pair| (pair.from, pair.to)).collect(),
            rows,
        }
    }

    /// Lines of one step.
    pub(super) fn step_total(&self, step: usize) -> Lines {
        let cells = self
            .rows
            .iter()
            .filter_map(|row| row.cells.get(step)?.as_ref());
        cells.map(|cell| cell.lines).sum()
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::change::Status;
    use super::super::kind::Kind;
    use super::*;

    pub(in super::super) fn change(path: &str, from: Option<&str>, added: u32) -> FileChange {
        FileChange {
            path: path.to_owned(),
            status: from.map_or(Status::Changed, |from| Status::Moved {
                from: from.to_owned(),
            }),
            lines: Lines { added, deleted: 0 },
            before: 10,
            after: 10 + added,
            kind: Kind::default(),
            decls: Vec::new(),
        }
    }

    fn pair(minor: u16, files: Vec<FileChange>) -> Pair {
        let (from, to) = (Version::new(minor, 0), Version::new(minor + 1, 0));
        Pair { from, to, files }
    }

    #[test]
    fn a_file_that_moved_is_one_row() {
        let steps = [
            pair(21, vec![change("runtime/internal/x.go", None, 1)]),
            pair(
                22,
                vec![change(
                    "internal/runtime/x.go",
                    Some("runtime/internal/x.go"),
                    2,
                )],
            ),
            pair(
                23,
                vec![
                    change("internal/runtime/x.go", None, 4),
                    change("runtime/y.go", None, 9),
                ],
            ),
        ];
        let matrix = Matrix::of(&steps, |path| path == "runtime/internal/x.go");
        let rows: Vec<_> = matrix
            .rows
            .iter()
            .map(|row| (&row.path[..], row.total().added, row.used))
            .collect();
        assert_eq!(
            rows,
            [
                ("runtime/y.go", 9, false),
                ("internal/runtime/x.go", 7, true)
            ]
        );
        assert_eq!(matrix.step_total(2).added, 13);
    }

    #[test]
    fn two_files_that_change_places_stay_two_rows() {
        let swap = vec![
            change("a.go", Some("b.go"), 1),
            change("b.go", Some("a.go"), 2),
        ];
        let steps = [pair(21, vec![change("a.go", None, 30)]), pair(22, swap)];
        let matrix = Matrix::of(&steps, |_| false);
        let rows: Vec<_> = matrix
            .rows
            .iter()
            .map(|row| (&row.path[..], row.total().added))
            .collect();
        assert_eq!(rows, [("b.go", 32), ("a.go", 1)]);
    }
}
