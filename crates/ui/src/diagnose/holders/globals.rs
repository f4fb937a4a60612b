//! Globals that point to what goroutines wait at: whatever they lead to, somebody may still come to.

use super::Ground;
use super::targets::Targets;
use crate::diagnose::globals;
use gopeek_layout::mem::Word;
use rustc_hash::FxHashSet;

/// The objects that a global points to; nothing where that can't be told.
pub(super) fn pointed_to(ground: &Ground<'_>, targets: &Targets) -> Option<FxHashSet<u32>> {
    let mut found = FxHashSet::default();
    let spans = ground.found.globals_with_pointers();
    globals::each(ground, spans, &mut |bytes| {
        let words = bytes.chunks_exact(8).filter_map(u64::decode);
        found.extend(words.filter_map(|word| targets.at(word)));
    })
    .ok()?;
    Some(found)
}
