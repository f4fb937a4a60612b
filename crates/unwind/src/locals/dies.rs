//! One entry of the DWARF, and the attributes that are asked of it.

use super::program::Program;
use super::ranges::ranges;
use gimli::{AttributeValue, DebugInfoOffset, DwAt, EndianSlice, LittleEndian, UnitOffset};
use std::sync::Arc;

pub(super) type Slice<'s> = EndianSlice<'s, LittleEndian>;
pub(super) type Entry<'s> = gimli::DebuggingInformationEntry<Slice<'s>>;
pub(super) type Unit<'s> = gimli::Unit<Slice<'s>>;

/// Where an entry lies in `.debug_info`.
pub(super) type DieRef = DebugInfoOffset<usize>;

/// Ranges of one entry; of a function that is in pieces, some.
const MAX_RANGES: usize = 10_000;
/// Entries below one whose children are asked for.
const MAX_ENTRIES: usize = 100_000;
/// Bytes of a name: those of generic types can be long.
const MAX_NAME: usize = 4096;

/// An entry of a unit.
#[derive(Clone, Debug)]
pub(super) struct Die<'p, 's> {
    pub(super) program: &'p Program<'s>,
    pub(super) unit: &'p Unit<'s>,
    pub(super) entry: Entry<'s>,
}

impl<'p, 's> Die<'p, 's> {
    pub(super) fn at(&self) -> DieRef {
        // Entries of .debug_types are never made into a Die.
        let offset = self.entry.offset();
        offset
            .to_debug_info_offset(&self.unit.header)
            .unwrap_or(DebugInfoOffset(0))
    }

    pub(super) fn tag(&self) -> gimli::DwTag {
        self.entry.tag()
    }

    /// The attribute's value; that of the entry that this one is an instance of, where it has none itself.
    pub(super) fn attr(&self, name: DwAt) -> Option<AttributeValue<Slice<'s>>> {
        self.entry
            .attr_value(name)
            .or_else(|| self.origin()?.entry.attr_value(name))
    }

    /// The entry that this one is an instance of.
    pub(super) fn origin(&self) -> Option<Die<'p, 's>> {
        let value = self.entry.attr_value(gimli::DW_AT_abstract_origin)?;
        self.program.die(self.referred(&value)?)
    }

    /// The name, its own or that of its origin.
    pub(super) fn name(&self) -> Option<Arc<str>> {
        let Some(value) = self.entry.attr_value(gimli::DW_AT_name) else {
            // That of an origin's origin would be as good, but there is none in Go's DWARF.
            let origin = self.origin()?;
            let value = origin.entry.attr_value(gimli::DW_AT_name)?;
            return origin.text(value);
        };
        self.text(value)
    }

    fn text(&self, value: AttributeValue<Slice<'s>>) -> Option<Arc<str>> {
        let text = self.program.dwarf.attr_string(self.unit, value).ok()?;
        let text = text.slice();
        let text = text.get(..MAX_NAME).unwrap_or(text);
        // No compiler writes these, and a terminal would obey them.
        let printable = |c: char| if c.is_control() { '\u{fffd}' } else { c };
        let text = String::from_utf8_lossy(text);
        Some(text.chars().map(printable).collect::<String>().into())
    }

    pub(super) fn number(&self, name: DwAt) -> Option<u64> {
        self.attr(name)?.udata_value()
    }

    /// Whether the code that this belongs to went through the optimiser: Go's compiler notes its flags.
    pub(super) fn is_optimised(&self) -> bool {
        let mut entries = self.unit.entries();
        let root = entries.next_dfs().ok().flatten();
        let producer = root.and_then(|root| root.attr_value(gimli::DW_AT_producer));
        let producer = producer.and_then(|producer| self.text(producer));
        producer.is_none_or(|producer| !producer.split(' ').any(|flag| flag == "-N"))
    }

    pub(super) fn flag(&self, name: DwAt) -> bool {
        matches!(self.attr(name), Some(AttributeValue::Flag(true)))
    }

    pub(super) fn encoding(&self) -> Option<gimli::DwAte> {
        match self.attr(gimli::DW_AT_encoding)? {
            AttributeValue::Encoding(encoding) => Some(encoding),
            _ => None,
        }
    }

    /// The entry that an attribute refers to, its own or that of its origin.
    pub(super) fn reference(&self, name: DwAt) -> Option<DieRef> {
        if let Some(value) = self.entry.attr_value(name) {
            return self.referred(&value);
        }
        let origin = self.origin()?;
        origin.referred(&origin.entry.attr_value(name)?)
    }

    /// Whether the code of this entry has `pc` in it.
    pub(super) fn covers(&self, pc: u64) -> bool {
        let Some(mut ranges) = ranges(&self.program.dwarf, self.unit, &self.entry) else {
            return false;
        };
        for _ in 0..MAX_RANGES {
            let Ok(Some(range)) = ranges.next() else {
                return false;
            };
            if (range.begin..range.end).contains(&pc) {
                return true;
            }
        }
        false
    }

    /// Shows each child to `visit`, until it says no.
    pub(super) fn children(&self, mut visit: impl FnMut(&Die<'p, 's>) -> bool) {
        let Ok(mut entries) = self.unit.entries_at_offset(self.entry.offset()) else {
            return;
        };
        // The first is this entry itself.
        if !matches!(entries.next_dfs(), Ok(Some(_))) {
            return;
        }
        for _ in 0..MAX_ENTRIES {
            let Ok(Some(entry)) = entries.next_dfs() else {
                return;
            };
            if entry.depth() < 1 {
                return;
            }
            if entry.depth() == 1 && !visit(&self.sibling(entry.clone())) {
                return;
            }
        }
    }

    /// Another entry of the same unit.
    pub(super) fn sibling(&self, entry: Entry<'s>) -> Die<'p, 's> {
        Die {
            program: self.program,
            unit: self.unit,
            entry,
        }
    }

    fn referred(&self, value: &AttributeValue<Slice<'s>>) -> Option<DieRef> {
        match value {
            AttributeValue::UnitRef(offset) => offset.to_debug_info_offset(&self.unit.header),
            AttributeValue::DebugInfoRef(offset) => Some(*offset),
            // Go's own attributes have a form of a plain number.
            other => other
                .offset_value()
                .or_else(|| usize::try_from(other.udata_value()?).ok())
                .map(DebugInfoOffset),
        }
    }
}

impl<'s> Program<'s> {
    /// The entry at `at`.
    pub(super) fn die(&self, at: DieRef) -> Option<Die<'_, 's>> {
        let unit = self.unit_of(at)?;
        let offset: UnitOffset = at.to_unit_offset(&unit.header)?;
        Some(Die {
            program: self,
            unit,
            entry: unit.entry(offset).ok()?,
        })
    }
}
