//! DWARF as Go's compiler and linker write it, of one unit.

use gimli::write::{
    Address, AttributeValue, DwarfUnit, EndianVec, Expression, Location, LocationList, Range,
    RangeList, Sections, UnitEntryId,
};
use gimli::{DwAt, DwAte, DwTag, Encoding, Format, LittleEndian};
use gopeek_layout::testing::Bytes;
use gopeek_layout::testing::elf::{AMD64, EXECUTE, Elf, READ};

/// Where the code is linked.
pub(super) const CODE: u64 = 0x40_1000;
const CODE_LEN: u64 = 0x1000;
/// Where the runtime's type descriptors are linked.
pub(super) const TYPES: u64 = 0x48_0000;

const GO_KIND: DwAt = DwAt(0x2900);
const GO_KEY: DwAt = DwAt(0x2901);
pub(super) const GO_ELEM: DwAt = DwAt(0x2902);
const GO_RUNTIME_TYPE: DwAt = DwAt(0x2904);

/// Expressions.
pub(super) mod op {
    use gimli::Register;
    use gimli::write::Expression;

    /// So many bytes from the CFA.
    pub(in super::super) fn at(offset: i64) -> Expression {
        let mut expression = Expression::new();
        expression.op_fbreg(offset);
        expression
    }

    /// In words, each so many bytes from the CFA.
    pub(in super::super) fn words(offsets: &[i64]) -> Expression {
        let mut expression = Expression::new();
        for offset in offsets {
            expression.op_fbreg(*offset);
            expression.op_piece(8);
        }
        expression
    }

    /// In registers, 8 bytes in each.
    pub(in super::super) fn registers(numbers: &[u16]) -> Expression {
        let mut expression = Expression::new();
        for number in numbers {
            expression.op_reg(Register(*number));
            expression.op_piece(8);
        }
        expression
    }
}

/// Memory in which nothing can be read.
pub(super) fn nothing() -> Bytes {
    Bytes::at(0)
}

/// A unit in the making.
pub(super) struct Dwarf {
    pub(super) unit: DwarfUnit,
}

impl Dwarf {
    pub(super) fn new(version: u16) -> Dwarf {
        let mut unit = DwarfUnit::new(Encoding {
            format: Format::Dwarf32,
            version,
            address_size: 8,
        });
        let root = unit.unit.root();
        code(&mut unit, root, CODE, CODE_LEN);
        Dwarf { unit }
    }

    pub(super) fn add(&mut self, parent: UnitEntryId, tag: DwTag, name: &str) -> UnitEntryId {
        let id = self.unit.unit.add(parent, tag);
        self.set(id, gimli::DW_AT_name, AttributeValue::String(name.into()));
        id
    }

    pub(super) fn set(&mut self, id: UnitEntryId, name: DwAt, value: AttributeValue) {
        self.unit.unit.get_mut(id).set(name, value);
    }

    fn kind(&mut self, tag: DwTag, name: &str, size: u64, kind: u8) -> UnitEntryId {
        let id = self.add(self.unit.unit.root(), tag, name);
        self.set(id, gimli::DW_AT_byte_size, AttributeValue::Udata(size));
        self.set(id, GO_KIND, AttributeValue::Data1(kind));
        id
    }

    pub(super) fn refer(&mut self, id: UnitEntryId, name: DwAt, to: UnitEntryId) {
        self.set(id, name, AttributeValue::UnitRef(to));
    }

    pub(super) fn base(&mut self, name: &str, encoding: DwAte, size: u64, kind: u8) -> UnitEntryId {
        let id = self.kind(gimli::DW_TAG_base_type, name, size, kind);
        self.set(
            id,
            gimli::DW_AT_encoding,
            AttributeValue::Encoding(encoding),
        );
        id
    }

    pub(super) fn int(&mut self) -> UnitEntryId {
        self.base("int", gimli::DW_ATE_signed, 8, 2)
    }

    pub(super) fn pointer(&mut self, name: &str, to: UnitEntryId) -> UnitEntryId {
        let id = self.kind(gimli::DW_TAG_pointer_type, name, 8, 22);
        self.refer(id, gimli::DW_AT_type, to);
        id
    }

    pub(super) fn string(&mut self) -> UnitEntryId {
        self.kind(gimli::DW_TAG_structure_type, "string", 16, 24)
    }

    pub(super) fn slice(&mut self, name: &str, element: UnitEntryId) -> UnitEntryId {
        let id = self.kind(gimli::DW_TAG_structure_type, name, 24, 23);
        self.refer(id, GO_ELEM, element);
        id
    }

    pub(super) fn array(&mut self, name: &str, element: UnitEntryId, count: u64) -> UnitEntryId {
        let id = self.kind(gimli::DW_TAG_array_type, name, 8 * count, 17);
        self.refer(id, gimli::DW_AT_type, element);
        let range = self.unit.unit.add(id, gimli::DW_TAG_subrange_type);
        self.set(range, gimli::DW_AT_count, AttributeValue::Udata(count));
        id
    }

    pub(super) fn structure(
        &mut self,
        name: &str,
        size: u64,
        members: &[(&str, u64, UnitEntryId)],
    ) -> UnitEntryId {
        let id = self.kind(gimli::DW_TAG_structure_type, name, size, 25);
        for (name, offset, kind) in members {
            let member = self.add(id, gimli::DW_TAG_member, name);
            let offset = AttributeValue::Udata(*offset);
            self.set(member, gimli::DW_AT_data_member_location, offset);
            self.refer(member, gimli::DW_AT_type, *kind);
        }
        id
    }

    /// A named type, as Go has them for maps (21), channels (18) and interfaces (20).
    pub(super) fn named(&mut self, name: &str, kind: u8, to: UnitEntryId) -> UnitEntryId {
        let id = self.kind(gimli::DW_TAG_typedef, name, 8, kind);
        self.refer(id, gimli::DW_AT_type, to);
        id
    }

    pub(super) fn map(
        &mut self,
        name: &str,
        key: UnitEntryId,
        element: UnitEntryId,
        header: UnitEntryId,
    ) -> UnitEntryId {
        let id = self.named(name, 21, header);
        self.refer(id, GO_KEY, key);
        self.refer(id, GO_ELEM, element);
        id
    }

    pub(super) fn func(&mut self, name: &str) -> UnitEntryId {
        self.kind(gimli::DW_TAG_subroutine_type, name, 8, 19)
    }

    /// Says where a type's descriptor lies, in bytes from [`TYPES`].
    pub(super) fn descriptor(&mut self, id: UnitEntryId, offset: u64) {
        let offset = AttributeValue::Address(Address::Constant(offset));
        self.set(id, GO_RUNTIME_TYPE, offset);
    }

    pub(super) fn function(&mut self, name: &str, start: u64, len: u64) -> UnitEntryId {
        let id = self.add(self.unit.unit.root(), gimli::DW_TAG_subprogram, name);
        code(&mut self.unit, id, start, len);
        id
    }

    /// A block, or with an `origin` a call of that which is inlined.
    pub(super) fn within(
        &mut self,
        parent: UnitEntryId,
        origin: Option<UnitEntryId>,
        start: u64,
        len: u64,
    ) -> UnitEntryId {
        let tag = match origin {
            Some(_) => gimli::DW_TAG_inlined_subroutine,
            None => gimli::DW_TAG_lexical_block,
        };
        let id = self.unit.unit.add(parent, tag);
        let begin = start - CODE;
        let end = begin + len;
        let ranges = RangeList(vec![Range::OffsetPair { begin, end }]);
        let ranges = self.unit.unit.ranges.add(ranges);
        self.set(
            id,
            gimli::DW_AT_ranges,
            AttributeValue::RangeListRef(ranges),
        );
        if let Some(origin) = origin {
            self.refer(id, gimli::DW_AT_abstract_origin, origin);
        }
        id
    }

    pub(super) fn argument(
        &mut self,
        of: UnitEntryId,
        name: &str,
        kind: UnitEntryId,
    ) -> UnitEntryId {
        let id = self.add(of, gimli::DW_TAG_formal_parameter, name);
        self.refer(id, gimli::DW_AT_type, kind);
        id
    }

    pub(super) fn local(
        &mut self,
        of: UnitEntryId,
        name: &str,
        kind: UnitEntryId,
        line: u64,
    ) -> UnitEntryId {
        let id = self.add(of, gimli::DW_TAG_variable, name);
        self.refer(id, gimli::DW_AT_type, kind);
        self.set(id, gimli::DW_AT_decl_line, AttributeValue::Udata(line));
        id
    }

    /// Says where a variable is, at every pc.
    pub(super) fn fixed(&mut self, id: UnitEntryId, expression: Expression) {
        let location = AttributeValue::Exprloc(expression);
        self.set(id, gimli::DW_AT_location, location);
    }

    /// Says where a variable is, at the pcs of each range.
    pub(super) fn moving(&mut self, id: UnitEntryId, list: Vec<(u64, u64, Expression)>) {
        let list = list
            .into_iter()
            .map(|(start, end, data)| Location::OffsetPair {
                begin: start - CODE,
                end: end - CODE,
                data,
            });
        let list = self.unit.unit.locations.add(LocationList(list.collect()));
        let location = AttributeValue::LocationListRef(list);
        self.set(id, gimli::DW_AT_location, location);
    }

    /// The file.
    pub(super) fn finish(mut self) -> Vec<u8> {
        elf(self.sections())
    }

    pub(super) fn sections(&mut self) -> Vec<(&'static str, Vec<u8>)> {
        let mut sections = Sections::new(EndianVec::new(LittleEndian));
        self.unit.write(&mut sections).expect("valid DWARF");
        let mut held = Vec::new();
        let each = sections.for_each(|id, section| {
            held.push((id.name(), section.slice().to_vec()));
            Ok::<_, ()>(())
        });
        each.expect("no error");
        held
    }
}

/// A file with these sections.
pub(super) fn elf(sections: Vec<(&'static str, Vec<u8>)>) -> Vec<u8> {
    let elf = Elf::new(AMD64)
        .load(CODE, READ | EXECUTE, b"code")
        .symbol("runtime.types", TYPES, 0);
    let hold = |elf: Elf, (name, bytes): (_, Vec<u8>)| elf.holding(name, &bytes);
    sections.into_iter().fold(elf, hold).build()
}

fn code(unit: &mut DwarfUnit, id: UnitEntryId, start: u64, len: u64) {
    let entry = unit.unit.get_mut(id);
    let start = AttributeValue::Address(Address::Constant(start));
    entry.set(gimli::DW_AT_low_pc, start);
    entry.set(gimli::DW_AT_high_pc, AttributeValue::Udata(len));
}
