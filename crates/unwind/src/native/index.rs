//! An index of the entries of a section of call frame information that comes without one.

use super::Slice;
use gimli::{BaseAddresses, CieOrFde, UnwindOffset, UnwindSection};

/// Which pcs an entry is for, as linked, and where it lies in its section.
#[derive(Copy, Clone, Debug)]
struct Entry {
    start: u64,
    end: u64,
    offset: usize,
}

/// The entries of one section, by pc.
#[derive(Debug, Default)]
pub(super) struct Index(Vec<Entry>);

impl Index {
    /// Reads all entries up to the first that makes no sense.
    pub(super) fn new<'d, S>(section: &S, bases: &BaseAddresses) -> Index
    where
        S: UnwindSection<Slice<'d>>,
    {
        let mut index = Vec::new();
        let mut entries = section.entries(bases);
        while let Ok(Some(entry)) = entries.next() {
            let CieOrFde::Fde(partial) = entry else {
                continue;
            };
            let Ok(fde) = partial.parse(S::cie_from_offset) else {
                continue;
            };
            if fde.len() > 0 {
                index.push(Entry {
                    start: fde.initial_address(),
                    end: fde.end_address(),
                    offset: fde.offset(),
                });
            }
        }
        index.sort_by_key(|entry| entry.start);
        Index(index)
    }

    /// The offset of the entry for the linked address `pc`.
    pub(super) fn offset<O: UnwindOffset>(&self, pc: u64) -> Option<O> {
        let after = self.0.partition_point(|entry| entry.start <= pc);
        let entry = self.0.get(after.checked_sub(1)?)?;
        (pc < entry.end).then(|| O::from(entry.offset))
    }
}
