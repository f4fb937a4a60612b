//! What a change of the runtime means for gopeek: from gopeek's own tables, and from what it uses of each file.

mod layouts;
mod risk;
mod rules;
mod tables;
mod texts;
pub(super) mod uses;

use anyhow::Result;

use super::change::Pair;
use super::release::Release;
use crate::toolchain::Version;

pub(super) use layouts::{FieldChange, RecordChange};
pub(super) use risk::FileRisk;
pub(super) use rules::RuleChange;
pub(super) use texts::TextChange;
use uses::Uses;

/// Everything of a pair of releases that concerns gopeek.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Effect {
    /// Releases that have no table of layouts; the first two lists are empty if there is one.
    pub(super) without_table: Vec<Version>,
    /// Structs whose layout differs.
    pub(super) records: Vec<RecordChange>,
    /// Wait reasons, statuses and function ids that differ.
    pub(super) texts: Vec<TextChange>,
    /// What differs in how tracebacks are walked and printed.
    pub(super) rules: Vec<RuleChange>,
    /// Changed files that gopeek depends on, by risk.
    pub(super) files: Vec<FileRisk>,
    /// Declarations that gopeek uses, that the older release has, and the newer one has nowhere: folder and name.
    pub(super) gone: Vec<(String, String)>,
}

impl Effect {
    /// Works it out.
    ///
    /// # Errors
    /// If a table of layouts cannot be read.
    pub(super) fn of(pair: &Pair, old: &Release, new: &Release) -> Result<Self> {
        let uses = Uses::known();
        let (before, after) = (tables::of(pair.from)?, tables::of(pair.to)?);
        let both = [(pair.from, &before), (pair.to, &after)];
        let without = both.iter().filter(|(_, tables)| tables.is_empty());
        let without_table = without.map(|(version, _)| *version).collect();
        let (mut records, mut texts) = (Vec::new(), Vec::new());
        for new_table in &after {
            let Some(old_table) = before.iter().find(|table| table.arch == new_table.arch) else {
                continue;
            };
            layouts::compare(&mut records, old_table, new_table);
            // The same on all architectures.
            if texts.is_empty() {
                texts = texts::compare(old_table, new_table);
            }
        }
        Ok(Self {
            without_table,
            records,
            texts,
            rules: rules::compare(pair.from.minor, pair.to.minor),
            files: risk::rank(pair, old, new, &uses),
            gone: uses.gone(old, new),
        })
    }
}
