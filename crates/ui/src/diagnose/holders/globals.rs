//! Globals that point to what goroutines wait at: whatever they lead to, somebody may still come to.

use super::Ground;
use super::targets::Targets;
use gopeek_layout::mem::Word;
use gopeek_layout::{Addr, Span};
use rustc_hash::FxHashSet;

/// So many bytes are read together.
const CHUNK: u64 = 1 << 20;
/// More globals than this are not searched.
const MOST: u64 = 256 << 20;

/// The objects that a global points to; nothing where there are too many globals to tell.
pub(super) fn pointed_to(ground: &Ground<'_>, targets: &Targets) -> Option<FxHashSet<u32>> {
    let modules = ground.found.modules.iter();
    let spans: Vec<Span> = modules
        .filter_map(|module| Span::between(module.data.data, module.data.ebss))
        .collect();
    if spans.iter().map(|span| span.len).sum::<u64>() > MOST {
        return None;
    }
    let mut found = FxHashSet::default();
    for span in spans.into_iter().flat_map(chunks) {
        ground.bytes.with(vec![span], &mut |_, bytes| {
            let words = bytes.chunks_exact(8).filter_map(u64::decode);
            found.extend(words.filter_map(|word| targets.at(word)));
        });
    }
    Some(found)
}

fn chunks(span: Span) -> impl Iterator<Item = Span> {
    let step = usize::try_from(CHUNK).unwrap_or(usize::MAX);
    (0..span.len).step_by(step).filter_map(move |offset| {
        let start: Addr = span.start.checked_add(offset)?;
        Some(Span::new(start, CHUNK.min(span.len - offset)))
    })
}
