//! A unit without its program of lines: those of Go's own tables are used, and the section is much to unpack.

use super::dies::{Slice, Unit};
use gimli::{
    AttributeValue, DebugAddrBase, DebugLocListsBase, DebugRngListsBase, DebugStrOffsetsBase,
    Dwarf, UnitHeader,
};
use std::sync::Arc;

/// The unit that has this header, whose abbreviations are `abbreviations`; nothing where its first entry can't be read.
pub(super) fn unit<'s>(
    dwarf: &Dwarf<Slice<'s>>,
    header: UnitHeader<Slice<'s>>,
    abbreviations: Arc<gimli::Abbreviations>,
) -> Option<Unit<'s>> {
    let (encoding, file) = (header.encoding(), dwarf.file_type);
    let mut unit = Unit {
        header,
        abbreviations,
        name: None,
        comp_dir: None,
        low_pc: 0,
        str_offsets_base: DebugStrOffsetsBase::default_for_encoding_and_file(encoding, file),
        addr_base: DebugAddrBase(0),
        loclists_base: DebugLocListsBase::default_for_encoding_and_file(encoding, file),
        rnglists_base: DebugRngListsBase::default_for_encoding_and_file(encoding, file),
        line_program: None,
        dwo_id: None,
    };
    let root = unit.entries().next_dfs().ok()??.clone();
    // Where other sections begin for it goes first: names and addresses go by that.
    for attribute in root.attrs() {
        match attribute.value() {
            AttributeValue::DebugStrOffsetsBase(base) => unit.str_offsets_base = base,
            AttributeValue::DebugAddrBase(base) => unit.addr_base = base,
            AttributeValue::DebugLocListsBase(base) => unit.loclists_base = base,
            AttributeValue::DebugRngListsBase(base) => unit.rnglists_base = base,
            _ => {}
        }
    }
    for attribute in root.attrs() {
        let value = attribute.value();
        match attribute.name() {
            gimli::DW_AT_name => unit.name = dwarf.attr_string(&unit, value).ok(),
            gimli::DW_AT_low_pc => {
                unit.low_pc = dwarf.attr_address(&unit, value).ok()?.unwrap_or(0);
            }
            _ => {}
        }
    }
    Some(unit)
}
