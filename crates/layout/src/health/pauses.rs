//! How long the world stood for the last collections (`mstats.pause_ns`, `pause_end`).

use super::{Room, Source};
use crate::addr::Addr;
use crate::fields::MemStats;
use crate::mem::read_into;

/// A time for which the world stood, all stops of one collection together.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct Pause {
    /// In ns.
    pub len: u64,
    /// When the collection was over, in ns since 1970.
    pub end: u64,
}

/// No release remembers more.
const MAX_PAUSES: u64 = 4096;

/// The pauses that are remembered, newest first.
pub(super) fn read(
    source: &Source<'_>,
    fields: &MemStats,
    stats: Addr,
    mut pauses: Vec<Pause>,
    room: &mut Room,
) -> Option<Vec<Pause>> {
    let memory = source.memory;
    let ring = fields
        .pause_end
        .offset()
        .checked_sub(fields.pause_ns.offset())?;
    let ring = u64::from(ring / 8).min(MAX_PAUSES);
    let count = fields.num_gc.read(memory, stats).ok()?;
    let len = usize::try_from(ring.checked_mul(8)?).ok()?;
    let known = u64::from(count).min(ring);
    // The newest first.
    let index = |back: u64| u64::from(count).checked_sub(back)?.checked_rem(ring);
    let word = |bytes: &[u8], back: u64| {
        let (words, _) = bytes.as_chunks::<8>();
        let word = words.get(usize::try_from(index(back)?).ok()?)?;
        Some(u64::from_le_bytes(*word))
    };
    pauses.clear();
    // There will be as many, by and by.
    pauses.reserve_exact(usize::try_from(ring).ok()?);
    let at = fields.pause_ns.addr_in(stats)?;
    let lens = read_into(memory, at, len, &mut room.bytes).ok()?;
    let all = (1..=known).filter_map(|back| word(lens, back));
    pauses.extend(all.map(|len| Pause { len, end: 0 }));
    let at = fields.pause_end.addr_in(stats)?;
    let ends = read_into(memory, at, len, &mut room.bytes).ok()?;
    for (pause, back) in pauses.iter_mut().zip(1..) {
        pause.end = word(ends, back)?;
    }
    Some(pauses)
}
