//! The DWARF of one module, found into by address: units at the first question, functions unit by unit.

use super::dies::{Die, DieRef, Slice, Unit};
use super::ranges::ranges;
use super::sections::DebugSections;
use super::types::Type;
use super::unit::unit;
use gimli::{AttributeValue, DwAt, EndianSlice, LittleEndian, Section, UnitOffset};
use gopeek_layout::Addr;
use rustc_hash::FxHashMap;
use std::cell::{OnceCell, RefCell};
use std::ops::Range;
use std::sync::Arc;

/// Where the descriptor of a type lies: bytes from `runtime.types`, or 0 where there is none.
const GO_RUNTIME_TYPE: DwAt = DwAt(0x2904);

/// Go's linker makes one small table of abbreviations, a C compiler one for each source file. Two could overlap, so
/// together they are held to this many bytes, as if each took up the whole section.
const MAX_ABBREVIATIONS: usize = 8 << 20;
/// At least so many tables are read.
const MIN_TABLES: usize = 8;
/// Ranges of code that one function has: Go's have one, C's sometimes an unlikely part.
const MAX_PARTS: usize = 8;
/// Ranges of code that one unit has; Go's have one, or one for each function.
const MAX_UNIT_RANGES: usize = 100_000;

/// What one module's DWARF says of its variables. It answers from caches that fill as it is asked.
#[derive(Debug)]
pub struct Program<'s> {
    pub(super) dwarf: gimli::Dwarf<Slice<'s>>,
    pub(super) types: RefCell<FxHashMap<DieRef, Option<Arc<Type>>>>,
    runtime_types_at: Option<Addr>,
    units: OnceCell<Units<'s>>,
    functions: RefCell<FxHashMap<usize, Arc<[Function]>>>,
    runtime_types: OnceCell<FxHashMap<u64, DieRef>>,
}

/// The units, in the order of the section, and which code is whose.
#[derive(Debug, Default)]
struct Units<'s> {
    all: Vec<Unit<'s>>,
    /// By start; with an index into `all`.
    code: Vec<(Range<u64>, usize)>,
}

#[derive(Clone, Debug)]
struct Function {
    code: Range<u64>,
    at: UnitOffset,
}

impl<'s> Program<'s> {
    /// The program that `sections` describe. Nothing is parsed yet.
    #[must_use]
    pub fn new(sections: &'s DebugSections<'_>) -> Program<'s> {
        let borrow = |bytes: &'s std::borrow::Cow<'_, [u8]>| EndianSlice::new(bytes, LittleEndian);
        Program {
            dwarf: sections.sections.borrow(borrow),
            types: RefCell::default(),
            runtime_types_at: sections.types,
            units: OnceCell::new(),
            functions: RefCell::default(),
            runtime_types: OnceCell::new(),
        }
    }

    /// The function that has the code at the linked address `pc`.
    pub(super) fn function_at(&self, pc: u64) -> Option<DieRef> {
        let units = self.units();
        let after = units.code.partition_point(|(code, _)| code.start <= pc);
        let (code, index) = units.code.get(after.checked_sub(1)?)?;
        if !code.contains(&pc) {
            return None;
        }
        let unit = units.all.get(*index)?;
        let known = self.functions.borrow().get(index).cloned();
        let functions = known.unwrap_or_else(|| {
            let functions: Arc<[Function]> = self.functions_of(unit).into();
            self.functions
                .borrow_mut()
                .insert(*index, functions.clone());
            functions
        });
        let after = functions.partition_point(|function| function.code.start <= pc);
        let function = functions.get(after.checked_sub(1)?)?;
        if !function.code.contains(&pc) {
            return None;
        }
        function.at.to_debug_info_offset(&unit.header)
    }

    /// The unit that the entry at `at` belongs to.
    pub(super) fn unit_of(&self, at: DieRef) -> Option<&Unit<'s>> {
        let units = &self.units().all;
        let start = |unit: &Unit<'_>| unit.header.debug_info_offset();
        let after = units.partition_point(|unit| start(unit).is_some_and(|start| start <= at));
        units.get(after.checked_sub(1)?)
    }

    /// The type whose descriptor lies at the linked address `at`.
    pub(super) fn type_of_descriptor(&self, at: u64) -> Option<DieRef> {
        let offset = Addr::new(at).offset_from(self.runtime_types_at?)?;
        let index = self.runtime_types.get_or_init(|| self.index_types());
        index.get(&offset).copied()
    }

    /// The global of the package for which `is_it` says yes.
    pub(super) fn global_of(
        &self,
        package: &str,
        is_it: impl Fn(&Die<'_, 's>) -> bool,
    ) -> Option<Die<'_, 's>> {
        let named = |unit: &&Unit<'s>| {
            let name = unit.name.as_ref();
            name.is_some_and(|name| name.slice() == package.as_bytes())
        };
        self.units().all.iter().filter(named).find_map(|unit| {
            let offsets = entries_with(unit, |abbreviation| {
                abbreviation.tag() == gimli::DW_TAG_variable
            });
            let mut dies = offsets
                .into_iter()
                .filter_map(|at| self.die(at.to_debug_info_offset(&unit.header)?));
            dies.find(&is_it)
        })
    }

    fn units(&self) -> &Units<'s> {
        self.units.get_or_init(|| self.read_units())
    }

    fn read_units(&self) -> Units<'s> {
        let mut units = Units::default();
        let mut tables = FxHashMap::default();
        let abbreviations = self.dwarf.debug_abbrev.reader().len().max(1);
        let max_tables = (MAX_ABBREVIATIONS / abbreviations).max(MIN_TABLES);
        let mut headers = self.dwarf.units();
        while let Ok(Some(header)) = headers.next() {
            let at = header.debug_abbrev_offset();
            if tables.len() >= max_tables && !tables.contains_key(&at) {
                continue;
            }
            let table = tables
                .entry(at)
                .or_insert_with(|| self.dwarf.abbreviations(&header).ok());
            // What evaluates expressions takes words of 8 bytes for granted here.
            let Some(table) = table.clone().filter(|_| header.address_size() == 8) else {
                continue;
            };
            // A unit that can't be read hides its own variables only.
            let Some(unit) = unit(&self.dwarf, header, table) else {
                continue;
            };
            let index = units.all.len();
            let root = unit.entries().next_dfs().ok().flatten().cloned();
            if let Some(mut ranges) = root.and_then(|root| ranges(&self.dwarf, &unit, &root)) {
                for _ in 0..MAX_UNIT_RANGES {
                    let Ok(Some(range)) = ranges.next() else {
                        break;
                    };
                    units.code.push((range.begin..range.end, index));
                }
            }
            units.all.push(unit);
        }
        units.code.sort_unstable_by_key(|(code, _)| code.start);
        units
    }

    fn functions_of(&self, unit: &Unit<'s>) -> Vec<Function> {
        let mut functions = Vec::new();
        let offsets = entries_with(unit, |abbreviation| {
            abbreviation.tag() == gimli::DW_TAG_subprogram
        });
        for at in offsets {
            let Ok(entry) = unit.entry(at) else { continue };
            let Some(mut ranges) = ranges(&self.dwarf, unit, &entry) else {
                continue;
            };
            for _ in 0..MAX_PARTS {
                let Ok(Some(range)) = ranges.next() else {
                    break;
                };
                let code = range.begin..range.end;
                functions.push(Function { code, at });
            }
        }
        functions.sort_unstable_by_key(|function| function.code.start);
        functions
    }

    /// All types that the runtime has descriptors of.
    fn index_types(&self) -> FxHashMap<u64, DieRef> {
        let mut index = FxHashMap::default();
        for unit in &self.units().all {
            let offsets = entries_with(unit, |abbreviation| {
                let mut attributes = abbreviation.attributes().iter();
                attributes.any(|attribute| attribute.name() == GO_RUNTIME_TYPE)
            });
            for at in offsets {
                let Ok(entry) = unit.entry(at) else { continue };
                let value = entry.attr_value(GO_RUNTIME_TYPE);
                let descriptor = value.and_then(|value| match value {
                    // An offset, in the form of an address.
                    AttributeValue::Addr(offset) => Some(offset),
                    other => other.udata_value(),
                });
                let die = at.to_debug_info_offset(&unit.header);
                if let (Some(descriptor @ 1..), Some(die)) = (descriptor, die) {
                    // A named type comes as itself and as a name for itself: either will do.
                    index.entry(descriptor).or_insert(die);
                }
            }
        }
        index
    }
}

/// The entries just below a unit's root whose abbreviation is `wanted`.
fn entries_with(unit: &Unit<'_>, wanted: impl Fn(&gimli::Abbreviation) -> bool) -> Vec<UnitOffset> {
    let mut found = Vec::new();
    let Ok(mut entries) = unit.entries_raw(None) else {
        return found;
    };
    while !entries.is_empty() {
        let (at, depth) = (entries.next_offset(), entries.next_depth());
        let Ok(abbreviation) = entries.read_abbreviation() else {
            break;
        };
        let Some(abbreviation) = abbreviation else {
            continue;
        };
        if entries.skip_attributes(abbreviation.attributes()).is_err() {
            break;
        }
        if depth == 1 && wanted(abbreviation) {
            found.push(at);
        }
    }
    found
}
