//! The code that an entry is about.

use super::dies::{Entry, Slice, Unit};
use gimli::{AttributeValue, Dwarf, RangeIter};

/// The ranges of `entry`'s code; nothing where it has no code, or says that it goes on behind the last address: gimli
/// adds lengths to addresses unchecked.
pub(super) fn ranges<'s>(
    dwarf: &Dwarf<Slice<'s>>,
    unit: &Unit<'s>,
    entry: &Entry<'s>,
) -> Option<RangeIter<Slice<'s>>> {
    let (mut start, mut len) = (0, 0);
    // Of attributes that come twice, gimli takes the last.
    for attribute in entry.attrs() {
        match (attribute.name(), attribute.value()) {
            (gimli::DW_AT_low_pc, value) => {
                let address = dwarf.attr_address(unit, value).ok().flatten();
                start = address.unwrap_or(0).max(start);
            }
            (gimli::DW_AT_high_pc, AttributeValue::Udata(value)) => len = value.max(len),
            _ => {}
        }
    }
    start.checked_add(len)?;
    dwarf.die_ranges(unit, entry).ok()
}
