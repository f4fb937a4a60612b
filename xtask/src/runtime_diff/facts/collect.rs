//! Takes the facts from the sources of all releases.

use std::cell::RefCell;
use std::collections::BTreeMap;

use super::super::compare::{self, Numbers};
use super::super::from_trees::Trees;
use super::super::lines::{self, Lines};
use super::super::tree::Tree;
use super::history::{Content, History};
use super::{Across, Facts, FileFacts};

/// Takes them from releases, oldest first.
pub(in super::super) fn collect(trees: &[Tree]) -> Facts {
    let mut facts = Facts {
        releases: trees.iter().map(|tree| tree.release.version).collect(),
        files: BTreeMap::new(),
        renames: BTreeMap::new(),
        moves: BTreeMap::new(),
    };
    let paths = trees.iter().flat_map(|tree| tree.bytes.keys());
    for path in paths {
        if !facts.files.contains_key(path) {
            facts.files.insert(path.clone(), file(path, trees));
        }
    }
    for (from, old) in trees.iter().enumerate() {
        for (to, new) in trees.iter().enumerate().skip(from + 1) {
            pair(&mut facts, (from, old), (to, new));
        }
    }
    add_exceptions(&mut facts, trees);
    facts
}

fn file(path: &str, trees: &[Tree]) -> FileFacts {
    let bytes = |tree: &Tree| tree.bytes.get(path).cloned();
    let binary = |tree: &Tree| {
        tree.release
            .files
            .get(path)
            .is_some_and(|file| file.kind.binary)
    };
    let mut facts = FileFacts {
        history: history(trees.iter().map(bytes), trees.iter().any(binary)),
        ..FileFacts::default()
    };
    let mut decls: BTreeMap<String, Vec<Option<Vec<u8>>>> = BTreeMap::new();
    for (place, tree) in trees.iter().enumerate() {
        let Some(file) = tree.release.files.get(path) else {
            continue;
        };
        if facts
            .kinds
            .last()
            .is_none_or(|(_, kind)| *kind != file.kind)
        {
            facts.kinds.push((place, file.kind.clone()));
        }
        for (decl, text) in tree.decls(path) {
            let texts = decls.entry(decl).or_insert_with(|| vec![None; trees.len()]);
            if let Some(at) = texts.get_mut(place) {
                *at = Some(text.to_vec());
            }
        }
    }
    let histories = decls.into_iter();
    facts.decls = histories
        .map(|(name, texts)| (name, history(texts.into_iter(), false)))
        .collect();
    facts
}

/// The history of what has these bytes in the releases.
fn history(bytes: impl Iterator<Item = Option<Vec<u8>>>, binary: bool) -> History {
    let mut history = History::default();
    let mut contents: Vec<Vec<u8>> = Vec::new();
    let mut last: Option<Vec<u8>> = None;
    for (place, bytes) in bytes.enumerate() {
        if bytes == last {
            continue;
        }
        let content = bytes.as_ref().map(|bytes| Content {
            lines: if binary { 0 } else { lines::count(bytes) },
            hash: crc32fast::hash(bytes),
            from_earlier: if binary {
                vec![Lines::default(); contents.len()]
            } else {
                contents.iter().map(|old| lines::diff(old, bytes)).collect()
            },
        });
        history.rows.push((place, content));
        contents.extend(bytes.clone());
        last = bytes;
    }
    history
}

/// Adds what lies across files between two releases.
fn pair(facts: &mut Facts, (from, old): (usize, &Tree), (to, new): (usize, &Tree)) {
    let listener = Listener {
        trees: Trees { old, new },
        files: RefCell::default(),
        decls: RefCell::default(),
        renames: RefCell::default(),
    };
    compare::compare(&old.release, &new.release, &listener);
    for (new_path, old_path) in listener.renames.into_inner() {
        facts.renames.entry((old_path, new_path)).or_default();
    }
    let files = &facts.files;
    let nth = |path: &str, place| files.get(path)?.history.nth_at(place);
    for ((old_path, new_path), lines) in listener.files.into_inner() {
        let contents = nth(&old_path, from).zip(nth(&new_path, to));
        let rename = facts.renames.entry((old_path, new_path)).or_default();
        rename
            .numbers
            .extend(contents.map(|contents| (contents, lines)));
    }
    let nth = |path: &str, name: &str, place| files.get(path)?.decls.get(name)?.nth_at(place);
    for ((old_path, new_path, name), lines) in listener.decls.into_inner() {
        let contents = nth(&old_path, &name, from).zip(nth(&new_path, &name, to));
        let numbers: &mut Across = facts.moves.entry((old_path, new_path, name)).or_default();
        numbers.extend(contents.map(|contents| (contents, lines)));
    }
    facts.moves.retain(|_, numbers| !numbers.is_empty());
}

/// Notes between which releases something is no rename though it could be.
fn add_exceptions(facts: &mut Facts, trees: &[Tree]) {
    for (from, old) in trees.iter().enumerate() {
        for (to, new) in trees.iter().enumerate().skip(from + 1) {
            let found = Trees { old, new }.renames();
            let keys: Vec<_> = facts.renames.keys().cloned().collect();
            for (old_path, new_path) in keys {
                let may = facts.may_rename((&old_path, &new_path), (from, to));
                if may && found.get(&new_path) != Some(&old_path) {
                    let rename = facts.renames.entry((old_path, new_path)).or_default();
                    rename.except.push((from, to));
                }
            }
        }
    }
}

/// Passes numbers on, and keeps those across files.
struct Listener<'a> {
    trees: Trees<'a>,
    renames: RefCell<BTreeMap<String, String>>,
    files: RefCell<BTreeMap<(String, String), Lines>>,
    decls: RefCell<BTreeMap<(String, String, String), Lines>>,
}

impl Numbers for Listener<'_> {
    fn renames(&self) -> BTreeMap<String, String> {
        let found = self.trees.renames();
        self.renames.replace(found.clone());
        found
    }

    /// Numbers within a path are in its history already.
    fn file(&self, old: &str, new: &str) -> Lines {
        if old == new {
            return Lines::default();
        }
        let lines = self.trees.file(old, new);
        let key = (old.to_owned(), new.to_owned());
        self.files.borrow_mut().insert(key, lines);
        lines
    }

    fn decl(&self, old: (&str, usize), new: (&str, usize)) -> Lines {
        if old.0 == new.0 {
            return Lines::default();
        }
        let lines = self.trees.decl(old, new);
        let file = self.trees.new.release.files.get(new.0);
        let name = file.and_then(|file| file.decls.get(new.1));
        if let Some(decl) = name.filter(|_| lines != Lines::default()) {
            let key = (old.0.to_owned(), new.0.to_owned(), decl.name.clone());
            self.decls.borrow_mut().insert(key, lines);
        }
        lines
    }
}
