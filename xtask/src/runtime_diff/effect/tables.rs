//! gopeek's tables of layouts, read as text.
//!
//! xtask is built without the tables, so that `cargo xtask offsets` can write them after a field was added. Their text is
//! `offsets`' own, formatted, and so each entry has a line.

use std::collections::BTreeMap;
use std::fs;

use anyhow::{Context, Result};
use gopeek_layout::fields::{Fields, Member, Members};

use crate::repo;
use crate::toolchain::Version;

/// The layout of a range of releases on one architecture.
#[derive(Clone, Default, PartialEq, Debug)]
pub(super) struct Table {
    /// The first and the last patch release.
    patches: (u16, u16),
    /// Go's name of the architecture.
    pub(super) arch: String,
    /// Structs by their name in DWARF; `None` where the releases do not have it.
    pub(super) records: BTreeMap<String, Option<Record>>,
    /// Wait reasons, statuses and function ids: what it is, the text, and its number.
    pub(super) texts: Vec<(&'static str, String, usize)>,
}

/// A struct's size and the offsets of its fields, in bytes.
#[derive(Clone, Default, PartialEq, Debug)]
pub(super) struct Record {
    /// Size of the whole.
    pub(super) size: u32,
    /// Offsets by gopeek's names; `None` where the releases do not have the field.
    pub(super) fields: BTreeMap<String, Option<u32>>,
}

/// The tables of a release, one for each architecture; none if there is no table for it.
///
/// # Errors
/// If the file of its minor cannot be read though it is there.
pub(super) fn of(version: Version) -> Result<Vec<Table>> {
    let minor = version.minor;
    let path = repo::root().join(format!("crates/layout/src/tables/go1_{minor}.rs"));
    if !path.exists() {
        return Ok(Vec::new());
    }
    let text = fs::read_to_string(&path).with_context(|| format!("read {}", path.display()))?;
    let mut tables = parse(&text);
    tables.retain(|table| (table.patches.0..=table.patches.1).contains(&version.patch));
    Ok(tables)
}

/// The structs that gopeek reads: their places in a table and their names in DWARF.
pub(super) fn records() -> Vec<(&'static str, &'static str)> {
    let fields = Fields::resolve(&Everything).ok();
    let records = fields.iter().flat_map(Fields::records);
    records.map(|record| (record.slot, record.record)).collect()
}

/// A release that has every struct and every field.
struct Everything;

impl Members for Everything {
    fn size(&self, _: &str) -> Option<u32> {
        Some(u32::MAX)
    }

    fn member(&self, _: &str, _: &str) -> Option<Member> {
        Some(Member {
            offset: 0,
            size: u32::MAX,
        })
    }
}

/// A block of the text: from a line at the first column that opens it to the one that closes it.
type Block<'a> = Vec<&'a str>;

fn parse(text: &str) -> Vec<Table> {
    let mut blocks: BTreeMap<&str, Block<'_>> = BTreeMap::new();
    let mut open: Option<&str> = None;
    for line in text.lines() {
        let statics = line
            .strip_prefix("static ")
            .or_else(|| line.strip_prefix("pub(super) static "));
        if let Some((name, _)) = statics.and_then(|line| line.split_once(':')) {
            open = Some(name);
        } else if line.starts_with(['}', ']']) {
            open = None;
        } else if let Some(name) = open {
            blocks.entry(name).or_default().push(line);
        }
    }
    let mut tables: Vec<Table> = Vec::new();
    for line in blocks.get("TABLES").into_iter().flatten() {
        let line = line.trim().trim_end_matches(',');
        if line == "Table {" {
            tables.push(Table::default());
        }
        let Some(table) = tables.last_mut() else {
            continue;
        };
        if let Some(patches) = value(line, "patches: (", ")") {
            let both = patches.split_once(", ");
            let both =
                both.and_then(|(first, last)| Some((first.parse().ok()?, last.parse().ok()?)));
            table.patches = both.unwrap_or_default();
        } else if let Some(arch) = value(line, "arch: Arch::", "") {
            table.arch = arch.to_lowercase();
        } else if let Some(name) = value(line, "fields: &", "") {
            table.records = blocks
                .get(name)
                .map(|block| fields(block))
                .unwrap_or_default();
        } else if let Some(name) = value(line, "enums: &", "") {
            table.texts = blocks
                .get(name)
                .map(|block| enums(block))
                .unwrap_or_default();
        }
    }
    tables
}

fn fields(block: &Block<'_>) -> BTreeMap<String, Option<Record>> {
    let names: BTreeMap<&str, &str> = records().into_iter().collect();
    let mut found: BTreeMap<String, Option<Record>> = BTreeMap::new();
    let mut open = None;
    for line in block {
        let (indent, line) = (line.len() - line.trim_start().len(), line.trim());
        let Some((name, value)) = line.trim_end_matches(',').split_once(": ") else {
            continue;
        };
        if indent == 4 {
            open = names.get(name).copied();
            let record = value.ends_with('{').then(Record::default);
            found.extend(open.map(|name| (name.to_owned(), record)));
        } else if let Some(Some(record)) = open.and_then(|name| found.get_mut(name)) {
            let number = value
                .chars()
                .filter(char::is_ascii_digit)
                .collect::<String>()
                .parse()
                .ok();
            if name == "size" {
                record.size = number.unwrap_or_default();
            } else {
                record.fields.insert(name.to_owned(), number);
            }
        }
    }
    found
}

fn enums(block: &Block<'_>) -> Vec<(&'static str, String, usize)> {
    let mut found = Vec::new();
    let (mut of, mut number) = ("", 0);
    for line in block {
        let line = line.trim().trim_end_matches(',');
        let begins = [
            ("statuses: ", "status"),
            ("wait_reasons: ", "wait reason"),
            ("idle_in_synctest: ", ""),
            ("func_ids: ", "function id"),
        ];
        if let Some((_, what)) = begins.iter().find(|(begin, _)| line.starts_with(begin)) {
            (of, number) = (what, 0);
        } else if let Some(text) = value(line, "Cow::Borrowed(", ")") {
            let text: String = serde_json::from_str(text).unwrap_or_default();
            if !text.is_empty() {
                found.push((of, text, number));
            }
            number += 1;
        } else if let Some((name, value)) = line.split_once(": ").filter(|_| of == "function id") {
            let digits: String = value.chars().filter(char::is_ascii_digit).collect();
            found.extend(digits.parse().ok().map(|id| (of, name.to_owned(), id)));
        }
    }
    found
}

fn value<'a>(line: &'a str, begin: &str, end: &str) -> Option<&'a str> {
    line.strip_prefix(begin)?.strip_suffix(end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::toolchain::releases;

    #[test]
    fn every_number_of_every_table_is_read() {
        for minor in releases::minors() {
            let path = repo::root().join(format!("crates/layout/src/tables/go1_{minor}.rs"));
            let text = fs::read_to_string(path).unwrap();
            let tables = parse(&text);
            assert_eq!(
                tables.len(),
                text.matches("\n    Table {").count(),
                "1.{minor}"
            );
            // Each set of offsets is used by at least one table, and counted once.
            let mut sets: Vec<_> = Vec::new();
            for table in &tables {
                if !sets.contains(&&table.records) {
                    sets.push(&table.records);
                }
            }
            let records = sets.iter().flat_map(|set| set.values().flatten());
            let offsets = records.flat_map(|record| record.fields.values().flatten());
            assert_eq!(
                offsets.count(),
                text.matches("Field::at(").count(),
                "1.{minor}"
            );
            assert!(
                tables.iter().all(|table| table.texts.len() > 40),
                "1.{minor}"
            );
        }
    }

    #[test]
    fn every_release_of_the_facts_has_a_table_for_both_architectures() {
        for version in super::super::super::write_facts::first_and_last() {
            let tables = of(version).unwrap();
            let arches: Vec<_> = tables.iter().map(|table| &table.arch[..]).collect();
            assert_eq!(arches, ["amd64", "arm64"], "{version}");
        }
    }
}
