//! How long the world stood for the last collections (`mstats.pause_ns`, `pause_end`).

use super::Source;
use crate::addr::Addr;
use crate::fields::MemStats;
use crate::mem::read_bytes;
use crate::record::Field;

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
pub(super) fn read(source: &Source<'_>, fields: &MemStats, stats: Addr) -> Option<Vec<Pause>> {
    let memory = source.memory;
    let ring = fields
        .pause_end
        .offset()
        .checked_sub(fields.pause_ns.offset())?;
    let ring = u64::from(ring / 8).min(MAX_PAUSES);
    let count = fields.num_gc.read(memory, stats).ok()?;
    let whole = |field: Field<u64>| {
        let len = usize::try_from(ring.checked_mul(8)?).ok()?;
        read_bytes(memory, field.addr_in(stats)?, len).ok()
    };
    let (lens, ends) = (whole(fields.pause_ns)?, whole(fields.pause_end)?);
    let known = u64::from(count).min(ring);
    let word = |bytes: &[u8], index: u64| {
        let (words, _) = bytes.as_chunks::<8>();
        let word = words.get(usize::try_from(index).ok()?)?;
        Some(u64::from_le_bytes(*word))
    };
    let newest_first = (1..=known).filter_map(|back| {
        let index = u64::from(count).checked_sub(back)?.checked_rem(ring)?;
        Some(Pause {
            len: word(&lens, index)?,
            end: word(&ends, index)?,
        })
    });
    Some(newest_first.collect())
}
