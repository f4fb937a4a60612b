//! Which declarations of the runtime gopeek depends on, and where in gopeek.
//!
//! The structs that gopeek reads are taken from its own list of fields. The rest is the reviewed table in `used.txt`.

use std::collections::{BTreeMap, BTreeSet};

use super::super::release::{Release, folder};

/// The reviewed table: a line is a folder, a declaration, and the file of gopeek that depends on it.
const TABLE: &str = include_str!("used.txt");
/// The file that lists the structs.
const RECORDS: &str = "layout/src/fields/records.rs";

/// Declarations by folder and name, with gopeek's files.
pub(in super::super) struct Uses(BTreeMap<(String, String), Vec<&'static str>>);

impl Uses {
    /// The declarations that gopeek uses.
    pub(in super::super) fn known() -> Self {
        let mut uses: BTreeMap<(String, String), Vec<&'static str>> = BTreeMap::new();
        for (folder, record) in records() {
            uses.entry((folder, format!("type {record}")))
                .or_default()
                .push(RECORDS);
        }
        for (folder, decl, by) in rows() {
            uses.entry((folder.to_owned(), decl.to_owned()))
                .or_default()
                .push(by);
        }
        Self(uses)
    }

    /// Files of gopeek that use a declaration; `None` if there are none.
    pub(in super::super) fn by(&self, folder: &str, decl: &str) -> Option<&[&'static str]> {
        // The runtime has no two functions of a name for one platform, but one for each.
        let plain = decl.split('#').next().unwrap_or(decl);
        let key = (folder.to_owned(), plain.to_owned());
        self.0.get(&key).map(Vec::as_slice)
    }

    /// Declarations that one release has and another has nowhere.
    pub(super) fn gone(&self, old: &Release, new: &Release) -> Vec<(String, String)> {
        let (before, after) = (names(old), names(new));
        let used = self.0.keys();
        let gone = used.filter(|(folder, name)| {
            let key = (&folder[..], &name[..]);
            // One that went to another folder is there still.
            before.contains(&key) && !after.iter().any(|(_, other)| other == name)
        });
        gone.cloned().collect()
    }
}

/// Folders and names of a release.
fn names(release: &Release) -> BTreeSet<(&str, &str)> {
    let files = release.files.iter();
    let names = files.flat_map(|(path, file)| {
        let decls = file.decls.iter();
        decls.map(move |decl| (folder(path), &decl.name[..]))
    });
    names.collect()
}

/// Packages and names of the structs that gopeek reads.
fn records() -> BTreeSet<(String, String)> {
    let records = super::tables::records().into_iter();
    let split = records.filter_map(|(_, record)| record.rsplit_once('.'));
    split
        .map(|(package, name)| (package.to_owned(), name.to_owned()))
        .collect()
}

/// The rows of the reviewed table.
fn rows() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    let lines = TABLE
        .lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty());
    lines.filter_map(|line| {
        let mut columns = line.split('|').map(str::trim);
        Some((columns.next()?, columns.next()?, columns.next()?))
    })
}

#[cfg(test)]
mod tests {
    use super::super::super::facts;
    use super::*;
    use crate::repo;

    #[test]
    fn every_row_names_a_declaration_of_some_release_and_a_file_of_gopeek() {
        let facts = facts::load().unwrap();
        let releases = (0..facts.releases().len()).filter_map(|place| facts.release(place));
        let releases: Vec<Release> = releases.collect();
        let known: Vec<_> = releases.iter().map(names).collect();
        let mut wrong = Vec::new();
        for (folder, decl, by) in rows() {
            if !known.iter().any(|names| names.contains(&(folder, decl))) {
                wrong.push(format!("no release has {decl} in {folder}"));
            }
            if !repo::root().join("crates").join(by).is_file() {
                wrong.push(format!("gopeek has no {by}"));
            }
        }
        assert!(wrong.is_empty(), "{wrong:#?}");
        assert_eq!(TABLE.matches(" | ").count(), 2 * rows().count());
    }

    #[test]
    fn structs_come_from_the_list_of_fields() {
        let uses = Uses::known();
        assert_eq!(uses.by("runtime", "type g"), Some(&[RECORDS][..]));
        assert_eq!(uses.by("runtime", "type gQueue"), None);
    }
}
