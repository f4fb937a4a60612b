//! Numbers between all releases that matter, in one file of the repository: answers without a toolchain.

mod collect;
mod history;
mod read;
mod write;

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::change::Pair;
use super::compare::{self, Numbers};
use super::decls::Decl;
use super::kind::Kind;
use super::lines::Lines;
use super::release::{File, Release};
use crate::repo;
use crate::toolchain::Version;
use history::History;

pub(super) use collect::collect;
pub(super) use read::load;
pub(super) use write::text;

/// The mark of the file's form.
const SCHEMA: &str = "gopeek-runtime-facts/1";

/// Where the file lies.
pub(super) fn path() -> PathBuf {
    repo::root().join("testdata/runtime-facts.json")
}

/// What the file says. A release is known by its place in `releases`.
#[derive(PartialEq, Debug)]
pub(super) struct Facts {
    /// The releases, oldest first.
    releases: Vec<Version>,
    /// Files by path.
    files: BTreeMap<String, FileFacts>,
    /// Files that got another path: by old and new one.
    renames: BTreeMap<(String, String), Rename>,
    /// Numbers of declarations that moved and changed: by old path, new path, and name.
    moves: BTreeMap<(String, String, String), Across>,
}

/// One path in all releases.
#[derive(Default, PartialEq, Debug)]
struct FileFacts {
    /// Its contents.
    history: History,
    /// What kind of file it is, each from a release on.
    kinds: Vec<(usize, Kind)>,
    /// Its declarations.
    decls: BTreeMap<String, History>,
}

/// A file that got another path.
#[derive(Default, PartialEq, Debug)]
struct Rename {
    /// Pairs of releases between which it is no rename though it could be one: another file was more similar.
    except: Vec<(usize, usize)>,
    /// Numbers from each content of the old path to each of the new.
    numbers: Across,
}

/// Numbers from the nth content of one history to the nth of another.
type Across = BTreeMap<(usize, usize), Lines>;

impl Facts {
    /// A release's place; `None` if the facts do not have it.
    pub(super) fn place(&self, version: Version) -> Option<usize> {
        self.releases.iter().position(|known| *known == version)
    }

    /// The releases, oldest first.
    #[cfg(test)]
    pub(super) fn releases(&self) -> &[Version] {
        &self.releases
    }

    /// A release without its bytes.
    pub(super) fn release(&self, place: usize) -> Option<Release> {
        let version = *self.releases.get(place)?;
        let file = |facts: &FileFacts| {
            let content = facts.history.at(place)?;
            let decls = facts.decls.iter().filter_map(|(name, history)| {
                let content = history.at(place)?;
                let (name, lines, hash) = (name.clone(), content.lines, content.hash);
                Some(Decl { name, lines, hash })
            });
            let known = facts.kinds.iter().rev().find(|(since, _)| *since <= place);
            Some(File {
                lines: content.lines,
                hash: content.hash,
                kind: known.map(|(_, kind)| kind.clone()).unwrap_or_default(),
                decls: decls.collect(),
            })
        };
        let files = self.files.iter();
        let files = files.filter_map(|(path, facts)| Some((path.clone(), file(facts)?)));
        let files = files.collect();
        Some(Release { version, files })
    }

    /// What differs between two releases; `None` if the facts lack one of them.
    pub(super) fn pair(&self, from: Version, to: Version) -> Option<Pair> {
        let (from, to) = (self.place(from)?, self.place(to)?);
        let (old, new) = (self.release(from)?, self.release(to)?);
        Some(self.compare((from, &old), (to, &new)))
    }

    /// What differs between two releases by place, each with what [`Facts::release`] gave.
    pub(super) fn compare(
        &self,
        (from, old): (usize, &Release),
        (to, new): (usize, &Release),
    ) -> Pair {
        let numbers = Between {
            facts: self,
            from,
            to,
            old,
            new,
        };
        compare::compare(old, new, &numbers)
    }

    /// Pairs of releases that a rename may lie between: one has the old path alone, the other the new one.
    fn may_rename(&self, (old, new): (&str, &str), (from, to): (usize, usize)) -> bool {
        let has = |path: &str, place| {
            let file = self.files.get(path);
            file.is_some_and(|file| file.history.at(place).is_some())
        };
        has(old, from) && !has(old, to) && has(new, to) && !has(new, from)
    }
}

/// The numbers between two releases of the facts.
struct Between<'a> {
    facts: &'a Facts,
    from: usize,
    to: usize,
    old: &'a Release,
    new: &'a Release,
}

impl Between<'_> {
    fn across(&self, old: &History, new: &History, numbers: Option<&Across>) -> Option<Lines> {
        let (from, to) = (old.nth_at(self.from)?, new.nth_at(self.to)?);
        numbers?.get(&(from, to)).copied()
    }
}

impl Numbers for Between<'_> {
    fn renames(&self) -> BTreeMap<String, String> {
        let between = (self.from, self.to);
        let all = self.facts.renames.iter();
        let real = all.filter(|((old, new), rename)| {
            self.facts.may_rename((old, new), between) && !rename.except.contains(&between)
        });
        real.map(|((old, new), _)| (new.clone(), old.clone()))
            .collect()
    }

    fn file(&self, old: &str, new: &str) -> Lines {
        let files = &self.facts.files;
        let lines = || {
            let history = &files.get(old)?.history;
            if old == new {
                return history.between(self.from, self.to);
            }
            let rename = self.facts.renames.get(&(old.to_owned(), new.to_owned()));
            let numbers = rename.map(|rename| &rename.numbers);
            self.across(history, &files.get(new)?.history, numbers)
        };
        lines().unwrap_or_default()
    }

    fn decl(&self, (old, place): (&str, usize), (new, at): (&str, usize)) -> Lines {
        let name = |release: &Release, path: &str, place: usize| -> Option<String> {
            let decl = release.files.get(path)?.decls.get(place)?;
            Some(decl.name.clone())
        };
        let lines = || {
            let (before, after) = (name(self.old, old, place)?, name(self.new, new, at)?);
            let history = self.facts.files.get(old)?.decls.get(&before)?;
            if old == new {
                return history.between(self.from, self.to);
            }
            let target = self.facts.files.get(new)?.decls.get(&after)?;
            let key = (old.to_owned(), new.to_owned(), after);
            self.across(history, target, self.facts.moves.get(&key))
        };
        lines().unwrap_or_default()
    }
}
