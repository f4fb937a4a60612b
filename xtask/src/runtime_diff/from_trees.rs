//! Numbers taken from the bytes of two releases' files.

use std::collections::BTreeMap;

use super::compare::Numbers;
use super::lines::{self, Lines};
use super::renames;
use super::tree::Tree;

/// Two releases with their bytes.
pub(super) struct Trees<'a> {
    /// The older release.
    pub(super) old: &'a Tree,
    /// The newer release.
    pub(super) new: &'a Tree,
}

impl Numbers for Trees<'_> {
    fn renames(&self) -> BTreeMap<String, String> {
        let (deleted, new) = (only(self.old, self.new), only(self.new, self.old));
        let found = renames::find(&deleted, &new).into_iter();
        found
            .map(|(new, old)| (new.to_owned(), old.to_owned()))
            .collect()
    }

    fn file(&self, old: &str, new: &str) -> Lines {
        lines::diff(bytes(self.old, old), bytes(self.new, new))
    }

    fn decl(&self, old: (&str, usize), new: (&str, usize)) -> Lines {
        lines::diff(text(self.old, old), text(self.new, new))
    }
}

/// The files that one release has and the other has not.
fn only<'a>(tree: &'a Tree, other: &Tree) -> Vec<renames::Named<'a>> {
    let files = tree.bytes.iter();
    let only = files.filter(|(path, _)| !other.bytes.contains_key(*path));
    only.map(|(path, bytes)| (&path[..], &bytes[..])).collect()
}

fn bytes<'a>(tree: &'a Tree, path: &str) -> &'a [u8] {
    tree.bytes.get(path).map_or(&[], |bytes| &bytes[..])
}

/// The text of a declaration.
fn text<'a>(tree: &'a Tree, (path, place): (&str, usize)) -> &'a [u8] {
    let mut decls = tree.decls(path).into_iter();
    decls.nth(place).map_or(&[], |(_, text)| text)
}
