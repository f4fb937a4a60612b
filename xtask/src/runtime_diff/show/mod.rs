//! What the verb writes: to a terminal, as a page, as a picture, as JSON.

pub(super) mod heat;
pub(super) mod html;
pub(super) mod json;
mod meaning;
pub(super) mod paint;
pub(super) mod pair;
pub(super) mod svg;
mod text;

use std::collections::BTreeMap;

use super::change::Pair;
use super::effect::Effect;
use super::kind::{Left, Selection};

/// A pair of releases as it is shown: without the files that are not wanted, and with what it means for gopeek.
pub(super) struct Shown {
    /// The files that are wanted, largest first.
    pub(super) pair: Pair,
    /// Number of files that were left out, by reason.
    pub(super) left: BTreeMap<Left, usize>,
    /// What it means for gopeek.
    pub(super) effect: Effect,
    /// Number of files of the newer release that are wanted, and of their lines.
    pub(super) whole: (usize, u64),
}

impl Shown {
    /// Leaves out what is not wanted.
    pub(super) fn new(
        mut pair: Pair,
        mut effect: Effect,
        newer: &super::release::Release,
        selection: &Selection,
    ) -> Self {
        let mut left = BTreeMap::new();
        pair.files
            .retain(|file| match selection.leaves_out(&file.path, &file.kind) {
                Some(why) => {
                    *left.entry(why).or_default() += 1;
                    false
                }
                None => true,
            });
        pair.files.sort_by(|a, b| {
            super::moves::by_size(a.lines, &a.path).cmp(&super::moves::by_size(b.lines, &b.path))
        });
        effect
            .files
            .retain(|risk| pair.files.iter().any(|file| file.path == risk.path));
        let files = newer.files.iter();
        let wanted = files.filter(|(path, file)| selection.leaves_out(path, &file.kind).is_none());
        let whole = wanted.fold((0, 0), |(files, lines), (_, file)| {
            (files + 1, lines + u64::from(file.lines))
        });
        Self {
            pair,
            left,
            effect,
            whole,
        }
    }

    /// Whether gopeek depends on a changed file.
    pub(super) fn is_used(&self, path: &str) -> bool {
        self.effect.files.iter().any(|file| file.path == path)
    }
}

/// How much a terminal shows, and how.
#[derive(Clone, Copy, Debug)]
pub(super) struct Look {
    /// Columns.
    pub(super) width: usize,
    /// Whether colours are used.
    pub(super) colour: bool,
    /// Whether all rows are shown.
    pub(super) all: bool,
}

impl Look {
    /// Rows of a table that shows `usual` unless all are wanted.
    pub(super) const fn rows(self, usual: usize) -> usize {
        if self.all { usize::MAX } else { usual }
    }
}
