//! Offsets and constants from a binary's own DWARF.
//!
//! This is how the tables are made, and how a target that no table describes is read when it has DWARF.

use crate::fields::{Member, Members};
use crate::section::{SectionError, Unpacker};
use gimli::{AttributeValue, DebuggingInformationEntry, EndianSlice, LittleEndian, UnitOffset};
use object::Object;
use std::borrow::Cow;
use std::collections::HashMap;
use thiserror::Error;

type Reader<'a> = EndianSlice<'a, LittleEndian>;
type Unit<'a> = gimli::Unit<Reader<'a>>;
type Entry<'a, 'u> = DebuggingInformationEntry<Reader<'a>>;

/// How deep a member's path may go: `runnext.next.x` is 3, and `[0].root.nwait.value` is 4.
const MAX_DEPTH: usize = 4;
/// Members of one struct, those of its members among them: the runtime's have some hundreds. A struct that is in itself
/// several times would have more than there is time for.
const MAX_MEMBERS: usize = 10_000;
/// Bytes of a member's name. Every member within repeats it.
const MAX_NAME: usize = 1000;

/// Why a binary's DWARF gave nothing.
#[derive(Debug, Error)]
pub enum DwarfError {
    /// Not an object file that can be read.
    #[error("the object file can't be read")]
    Object(#[from] object::Error),
    /// A section with DWARF can't be had.
    #[error("the sections can't be read")]
    Section(#[from] SectionError),
    /// The DWARF is malformed.
    #[error("the DWARF is malformed")]
    Malformed(#[from] gimli::Error),
    /// There is none.
    #[error("the binary has no DWARF")]
    Absent,
}

/// The structs and integer constants of a Go binary's packages `runtime` and `internal/abi`.
#[derive(Clone, Debug, Default)]
pub struct DwarfTypes {
    structs: HashMap<String, Struct>,
    constants: HashMap<String, u64>,
}

#[derive(Clone, Debug, Default)]
struct Struct {
    size: u32,
    members: HashMap<String, Member>,
}

impl DwarfTypes {
    /// Reads the DWARF of the binary `data`, keeping the structs for which `wanted` says yes.
    ///
    /// # Errors
    /// [`DwarfError`], where there is none or it can't be read.
    pub fn read(data: &[u8], wanted: impl Fn(&str) -> bool) -> Result<DwarfTypes, DwarfError> {
        let file = object::File::parse(data)?;
        let unpacker = Unpacker::default();
        let sections = gimli::DwarfSections::load(|id| match file.section_by_name(id.name()) {
            Some(section) => unpacker.bytes(&section),
            None => Ok(Cow::Borrowed(&[])),
        })?;
        let dwarf = sections.borrow(|bytes| EndianSlice::new(bytes, LittleEndian));
        let mut types = DwarfTypes::default();
        let mut units = dwarf.units();
        while let Some(header) = units.next()? {
            let unit = dwarf.unit(header)?;
            types.read_unit(&dwarf, &unit, &wanted)?;
        }
        if types.structs.is_empty() {
            Err(DwarfError::Absent)
        } else {
            Ok(types)
        }
    }

    /// The value of the constant `name` (`internal/abi.FuncID_gopanic`).
    #[must_use]
    pub fn constant(&self, name: &str) -> Option<u64> {
        self.constants.get(name).copied()
    }

    fn read_unit<'a>(
        &mut self,
        dwarf: &gimli::Dwarf<Reader<'a>>,
        unit: &Unit<'a>,
        wanted: &impl Fn(&str) -> bool,
    ) -> Result<(), DwarfError> {
        let mut entries = unit.entries();
        while let Some(entry) = entries.next_dfs()? {
            match entry.tag() {
                gimli::DW_TAG_structure_type => {
                    let Some(name) = name_of(dwarf, unit, entry)? else {
                        continue;
                    };
                    if wanted(&name) {
                        let mut found = Struct {
                            size: byte_size(entry),
                            members: HashMap::new(),
                        };
                        let (offset, mut left) = (entry.offset(), MAX_MEMBERS);
                        flatten(dwarf, unit, offset, "", 0, &mut found.members, &mut left)?;
                        self.structs.insert(name, found);
                    }
                }
                gimli::DW_TAG_typedef | gimli::DW_TAG_array_type => {
                    let Some(name) = name_of(dwarf, unit, entry)? else {
                        continue;
                    };
                    if wanted(&name)
                        && let Some(array) = array_of(unit, entry)?
                    {
                        let found = elements(dwarf, unit, array)?;
                        self.structs.insert(name, found);
                    }
                }
                gimli::DW_TAG_constant => {
                    let Some(value) = entry
                        .attr_value(gimli::DW_AT_const_value)
                        .and_then(|v| v.udata_value())
                    else {
                        continue;
                    };
                    if let Some(name) = name_of(dwarf, unit, entry)?
                        && (name.starts_with("runtime.") || name.starts_with("internal/abi."))
                    {
                        self.constants.insert(name, value);
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }
}

impl Members for DwarfTypes {
    fn size(&self, record: &str) -> Option<u32> {
        self.structs.get(record).map(|found| found.size)
    }

    fn member(&self, record: &str, path: &str) -> Option<Member> {
        self.structs.get(record)?.members.get(path).copied()
    }
}

fn name_of<'a>(
    dwarf: &gimli::Dwarf<Reader<'a>>,
    unit: &Unit<'a>,
    entry: &Entry<'a, '_>,
) -> Result<Option<String>, DwarfError> {
    let Some(value) = entry.attr_value(gimli::DW_AT_name) else {
        return Ok(None);
    };
    Ok(Some(
        dwarf
            .attr_string(unit, value)?
            .to_string_lossy()
            .into_owned(),
    ))
}

fn byte_size(entry: &Entry<'_, '_>) -> u32 {
    let size = entry
        .attr_value(gimli::DW_AT_byte_size)
        .and_then(|value| value.udata_value());
    size.and_then(|size| u32::try_from(size).ok()).unwrap_or(0)
}

/// The entry that a member's type attribute leads to, through typedefs.
fn type_of<'a>(unit: &Unit<'a>, entry: &Entry<'a, '_>) -> Option<UnitOffset> {
    match entry.attr_value(gimli::DW_AT_type)? {
        AttributeValue::UnitRef(offset) => Some(offset),
        AttributeValue::DebugInfoRef(offset) => offset.to_unit_offset(&unit.header),
        _ => None,
    }
}

/// The array that `entry` is, or that it is another name of.
fn array_of<'a>(unit: &Unit<'a>, entry: &Entry<'a, '_>) -> Result<Option<UnitOffset>, DwarfError> {
    let mut offset = entry.offset();
    for _ in 0..MAX_DEPTH {
        let kind = unit.entry(offset)?;
        match (kind.tag(), type_of(unit, &kind)) {
            (gimli::DW_TAG_array_type, _) => return Ok(Some(offset)),
            (gimli::DW_TAG_typedef, Some(next)) => offset = next,
            _ => break,
        }
    }
    Ok(None)
}

/// An array of structs, as a struct of its first two elements, which tell the rest: `[1].root` is as far behind
/// `[0].root` as each element behind the one before.
fn elements<'a>(
    dwarf: &gimli::Dwarf<Reader<'a>>,
    unit: &Unit<'a>,
    array: UnitOffset,
) -> Result<Struct, DwarfError> {
    let array = unit.entry(array)?;
    let mut found = Struct {
        size: byte_size(&array),
        members: HashMap::new(),
    };
    if let Some(element) = type_of(unit, &array) {
        let (stride, mut left) = (byte_size(&unit.entry(element)?), MAX_MEMBERS);
        for (prefix, base) in [("[0].", 0), ("[1].", stride)] {
            flatten(
                dwarf,
                unit,
                element,
                prefix,
                base,
                &mut found.members,
                &mut left,
            )?;
        }
    }
    Ok(found)
}

/// Records every member of the struct at `offset`, and theirs, as dotted paths from the outer struct's start: no more
/// than are `left`.
fn flatten<'a>(
    dwarf: &gimli::Dwarf<Reader<'a>>,
    unit: &Unit<'a>,
    offset: UnitOffset,
    prefix: &str,
    base: u32,
    members: &mut HashMap<String, Member>,
    left: &mut usize,
) -> Result<(), DwarfError> {
    let depth = prefix.matches('.').count();
    let mut tree = unit.entries_tree(Some(offset))?;
    let mut children = tree.root()?.children();
    while let Some(child) = children.next()? {
        let Some(rest) = left.checked_sub(1) else {
            break;
        };
        *left = rest;
        let entry = child.entry();
        if entry.tag() != gimli::DW_TAG_member {
            continue;
        }
        let name = name_of(dwarf, unit, entry)?;
        let Some(name) = name.filter(|name| name.len() <= MAX_NAME) else {
            continue;
        };
        let at = entry
            .attr_value(gimli::DW_AT_data_member_location)
            .and_then(|value| value.udata_value());
        let Some(at) = at.and_then(|at| base.checked_add(u32::try_from(at).ok()?)) else {
            continue;
        };
        let Some(mut target) = type_of(unit, entry) else {
            continue;
        };
        let mut kind = unit.entry(target)?;
        for _ in 0..MAX_DEPTH {
            if kind.tag() != gimli::DW_TAG_typedef {
                break;
            }
            let Some(next) = type_of(unit, &kind) else {
                break;
            };
            target = next;
            kind = unit.entry(target)?;
        }
        let size = match kind.tag() {
            gimli::DW_TAG_pointer_type | gimli::DW_TAG_subroutine_type => 8,
            _ => byte_size(&kind),
        };
        let path = format!("{prefix}{name}");
        if kind.tag() == gimli::DW_TAG_structure_type && depth < MAX_DEPTH {
            flatten(dwarf, unit, target, &format!("{path}."), at, members, left)?;
        }
        members.insert(path, Member { offset: at, size });
    }
    Ok(())
}
