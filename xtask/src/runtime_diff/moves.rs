//! Which declarations of a file differ, and which of them came from another file.

use std::collections::{BTreeMap, BTreeSet};

use super::change::{DeclChange, Status};
use super::compare::{Numbers, decls, one_side};
use super::lines::Lines;
use super::release::{File, Release, folder};

/// One file on both sides.
pub(super) struct Side<'a> {
    /// In the older release.
    pub(super) old: Option<&'a File>,
    /// In the newer release.
    pub(super) new: Option<&'a File>,
    /// Its old path.
    pub(super) from: &'a str,
    /// Its new path.
    pub(super) path: &'a str,
}

/// A declaration of the older release: its file, its place in that, and its size.
type Old<'a> = (&'a str, usize, u32);

/// Where each declaration comes from that its file did not have.
pub(super) struct Origins<'a> {
    /// By the file and the name in the newer release.
    origins: BTreeMap<(&'a str, &'a str), Old<'a>>,
    /// Files and names of the older release that are the origin of something.
    moved: BTreeSet<(&'a str, &'a str)>,
}

impl<'a> Origins<'a> {
    /// Looks for them: of the same name and the same text anywhere, else the only one of that name that left a file of
    /// the same folder.
    pub(super) fn new(
        old: &'a Release,
        new: &'a Release,
        renames: &'a BTreeMap<String, String>,
    ) -> Self {
        let back: BTreeMap<&str, &str> = renames
            .iter()
            .map(|(new, old)| (&old[..], &new[..]))
            .collect();
        // A folder that was moved as a whole counts as the same.
        let folders: BTreeSet<(&str, &str)> = renames
            .iter()
            .map(|(new, old)| (folder(old), folder(new)))
            .collect();
        let mut left: BTreeMap<&str, Vec<(Old<'a>, u32)>> = BTreeMap::new();
        for (path, file) in &old.files {
            let now = back.get(&path[..]).copied().unwrap_or(path);
            let names = names(new.files.get(now));
            for (place, decl) in file.decls.iter().enumerate() {
                if !names.contains(&decl.name[..]) && is_told_apart(&decl.name) {
                    let row = ((&path[..], place, decl.lines), decl.hash);
                    left.entry(&decl.name).or_default().push(row);
                }
            }
        }
        let mut found = Self {
            origins: BTreeMap::new(),
            moved: BTreeSet::new(),
        };
        for (path, file) in &new.files {
            let from = renames.get(path).unwrap_or(path);
            let names = names(old.files.get(from));
            for decl in &file.decls {
                let Some(candidates) = left.get(&decl.name[..]) else {
                    continue;
                };
                if names.contains(&decl.name[..]) {
                    continue;
                }
                let near = |old: &str| {
                    let pair = (folder(old), folder(path));
                    pair.0 == pair.1 || folders.contains(&pair)
                };
                let same = candidates.iter().find(|(_, hash)| *hash == decl.hash);
                let mut of_folder = candidates.iter().filter(|((old, ..), _)| near(old));
                let only = of_folder.next().filter(|_| of_folder.next().is_none());
                if let Some((origin, _)) = same.or(only) {
                    found.origins.insert((path, &decl.name), *origin);
                    found.moved.insert((origin.0, &decl.name));
                }
            }
        }
        found
    }

    /// The declarations of a file that differ, largest first.
    pub(super) fn changes(&self, side: &Side<'_>, numbers: &impl Numbers) -> Vec<DeclChange> {
        let (before, after) = (places(side.old), places(side.new));
        let mut changes = Vec::new();
        for (at, decl) in decls(side.new).iter().enumerate() {
            let old = before
                .get(&decl.name[..])
                .and_then(|&place| Some((place, side.old?.decls.get(place)?)));
            let (status, lines, lines_before) = if let Some((place, old)) = old {
                if old.hash == decl.hash {
                    continue;
                }
                let lines = numbers.decl((side.from, place), (side.path, at));
                (Status::Changed, lines, old.lines)
            } else if let Some(&(from, place, size)) = self.origins.get(&(side.path, &decl.name)) {
                let lines = numbers.decl((from, place), (side.path, at));
                (
                    Status::Moved {
                        from: from.to_owned(),
                    },
                    lines,
                    size,
                )
            } else {
                (Status::New, one_side(0, decl.lines), 0)
            };
            changes.push(DeclChange {
                name: decl.name.clone(),
                status,
                lines,
                before: lines_before,
                after: decl.lines,
            });
        }
        for decl in decls(side.old) {
            let moved = self.moved.contains(&(side.from, &decl.name));
            if !after.contains_key(&decl.name[..]) && !moved {
                changes.push(DeclChange {
                    name: decl.name.clone(),
                    status: Status::Deleted,
                    lines: one_side(decl.lines, 0),
                    before: decl.lines,
                    after: 0,
                });
            }
        }
        changes.sort_by(|a, b| by_size(a.lines, &a.name).cmp(&by_size(b.lines, &b.name)));
        changes
    }
}

/// Sorts what changed most to the front, and equals by name.
pub(super) fn by_size(lines: Lines, name: &str) -> (std::cmp::Reverse<u32>, &str) {
    (std::cmp::Reverse(lines.churn()), name)
}

/// Whether a name says which declaration it is: many files have an `init`.
fn is_told_apart(name: &str) -> bool {
    let plain = name.split('#').next().unwrap_or(name);
    !matches!(
        plain,
        "init" | "main" | "_" | "var _" | "const _" | "type _"
    )
}

/// The places of a file's declarations, by name.
fn places(file: Option<&File>) -> BTreeMap<&str, usize> {
    let all = decls(file).iter().enumerate();
    all.map(|(place, decl)| (&decl.name[..], place)).collect()
}

fn names(file: Option<&File>) -> BTreeSet<&str> {
    decls(file).iter().map(|decl| &decl.name[..]).collect()
}
