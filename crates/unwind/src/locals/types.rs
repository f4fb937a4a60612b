//! Go types as DWARF tells them, decoded on demand: what is needed to read a value, and no more.
//!
//! The attributes of Go's own are `cmd/internal/dwarf/dwarf.go`'s, the numbers of the kinds `internal/abi/type.go`'s.

use super::dies::{Die, DieRef};
use super::program::Program;
use gimli::DwAt;
use std::sync::Arc;

const GO_KIND: DwAt = DwAt(0x2900);
const GO_KEY: DwAt = DwAt(0x2901);
const GO_ELEM: DwAt = DwAt(0x2902);
/// Which word of a generic function's dictionary says what a type parameter stands for.
const GO_DICT_INDEX: DwAt = DwAt(0x2906);

/// More names for names than this are a cycle.
const MAX_TYPEDEFS: usize = 16;
/// More members than this has no struct that a person looks at.
const MAX_MEMBERS: usize = 10_000;

/// A type.
#[derive(Debug)]
pub(super) struct Type {
    pub(super) name: Arc<str>,
    /// In bytes.
    pub(super) size: u64,
    pub(super) shape: Shape,
    /// What is left when all names are taken off: the same for the same type.
    pub(super) bare: DieRef,
    /// Its place in the dictionary, of a type parameter.
    pub(super) dict_index: Option<u64>,
}

/// What a value of a type looks like.
#[derive(Debug)]
pub(super) enum Shape {
    Bool,
    Int,
    Uint,
    Uintptr,
    Float,
    Complex,
    String,
    /// Nothing is known of what an `unsafe.Pointer` leads to.
    Pointer(Option<DieRef>),
    Slice(DieRef),
    Array {
        element: DieRef,
        count: u64,
    },
    Struct(Vec<Member>),
    /// A pointer to the runtime's struct.
    Map {
        key: DieRef,
        element: DieRef,
        header: DieRef,
    },
    /// A pointer to the runtime's struct.
    Channel(DieRef),
    /// The runtime's struct.
    Interface(DieRef),
    Func,
    Unknown,
}

/// A member of a struct.
#[derive(Clone, Debug)]
pub(super) struct Member {
    pub(super) name: Arc<str>,
    /// In bytes from the struct's start.
    pub(super) offset: u64,
    pub(super) kind: DieRef,
}

impl Type {
    /// The member called by one of `names`: the runtime renames its own.
    pub(super) fn member(&self, names: &[&str]) -> Option<&Member> {
        let Shape::Struct(members) = &self.shape else {
            return None;
        };
        members.iter().find(|member| names.contains(&&*member.name))
    }
}

impl Program<'_> {
    /// The type at `at`; nothing where there is none.
    pub(super) fn type_at(&self, at: DieRef) -> Option<Arc<Type>> {
        if let Some(known) = self.types.borrow().get(&at) {
            return known.clone();
        }
        let decoded = self.decode(at).map(Arc::new);
        self.types.borrow_mut().insert(at, decoded.clone());
        decoded
    }

    /// The type that a pointer type leads to.
    pub(super) fn pointee(&self, pointer: DieRef) -> Option<(DieRef, Arc<Type>)> {
        match self.type_at(pointer)?.shape {
            Shape::Pointer(Some(to)) => Some((to, self.type_at(to)?)),
            _ => None,
        }
    }

    /// Whether an interface holds a value of the type `at` itself, rather than its address
    /// (`types.IsDirectIface`).
    pub(super) fn is_direct(&self, at: DieRef, nesting: usize) -> bool {
        let Some(kind) = self.type_at(at).filter(|_| nesting > 0) else {
            return false;
        };
        match &kind.shape {
            Shape::Pointer(_) | Shape::Map { .. } | Shape::Channel(_) | Shape::Func => true,
            Shape::Array { element, count: 1 } => self.is_direct(*element, nesting - 1),
            Shape::Struct(members) if kind.size == 8 => {
                let sized =
                    |member: &&Member| self.type_at(member.kind).is_some_and(|kind| kind.size > 0);
                let mut sized = members.iter().filter(sized);
                match (sized.next(), sized.next()) {
                    (Some(only), None) => self.is_direct(only.kind, nesting - 1),
                    _ => false,
                }
            }
            _ => false,
        }
    }

    fn decode(&self, at: DieRef) -> Option<Type> {
        let mut die = self.die(at)?;
        let mut name = die.name();
        let dict_index = die.number(GO_DICT_INDEX);
        if dict_index.is_some() {
            // It has no name of its own: what stands in for it is its shape.
            let shape = die.reference(gimli::DW_AT_type);
            name = shape.and_then(|shape| self.die(shape)?.name());
        }
        let (mut kind, mut key, mut element) = (0, None, None);
        let mut header = None;
        for _ in 0..MAX_TYPEDEFS {
            if kind == 0 {
                // Two flags of the runtime's may share the byte.
                kind = die.number(GO_KIND).unwrap_or(0) & 0x1f;
            }
            key = key.or_else(|| die.reference(GO_KEY));
            element = element.or_else(|| die.reference(GO_ELEM));
            if die.tag() != gimli::DW_TAG_typedef {
                break;
            }
            let to = die.reference(gimli::DW_AT_type)?;
            // A named type is a name for a name; the inner one knows its kind, and what it stands for.
            header = header.or((kind != 0).then_some(to));
            die = self.die(to)?;
        }
        let shape = match (kind, header) {
            (18, Some(header)) => Shape::Channel(header),
            (20, Some(header)) => Shape::Interface(header),
            (21, Some(header)) => Shape::Map {
                key: key?,
                element: element?,
                header,
            },
            (24, _) => Shape::String,
            (23, _) => Shape::Slice(element?),
            _ => shape_of(&die, kind),
        };
        let size = match &shape {
            Shape::Pointer(_) | Shape::Map { .. } | Shape::Channel(_) | Shape::Func => 8,
            _ => die.number(gimli::DW_AT_byte_size).unwrap_or(0),
        };
        Some(Type {
            name: name.unwrap_or_else(|| "?".into()),
            size,
            shape,
            bare: die.at(),
            dict_index,
        })
    }
}

fn shape_of(die: &Die<'_, '_>, kind: u64) -> Shape {
    match die.tag() {
        gimli::DW_TAG_pointer_type => Shape::Pointer(die.reference(gimli::DW_AT_type)),
        gimli::DW_TAG_subroutine_type => Shape::Func,
        gimli::DW_TAG_structure_type | gimli::DW_TAG_union_type => Shape::Struct(members(die)),
        gimli::DW_TAG_array_type => match die.reference(gimli::DW_AT_type) {
            Some(element) => Shape::Array {
                element,
                count: count(die),
            },
            None => Shape::Unknown,
        },
        gimli::DW_TAG_enumeration_type => Shape::Int,
        gimli::DW_TAG_base_type if kind == 12 => Shape::Uintptr,
        gimli::DW_TAG_base_type => base(die),
        _ => Shape::Unknown,
    }
}

fn base(die: &Die<'_, '_>) -> Shape {
    match die.encoding() {
        Some(gimli::DW_ATE_boolean) => Shape::Bool,
        Some(gimli::DW_ATE_signed | gimli::DW_ATE_signed_char) => Shape::Int,
        Some(gimli::DW_ATE_unsigned | gimli::DW_ATE_unsigned_char) => Shape::Uint,
        Some(gimli::DW_ATE_float) => Shape::Float,
        Some(gimli::DW_ATE_complex_float) => Shape::Complex,
        _ => Shape::Unknown,
    }
}

fn members(die: &Die<'_, '_>) -> Vec<Member> {
    let mut members = Vec::new();
    die.children(|child| {
        if child.tag() == gimli::DW_TAG_member
            && let Some(kind) = child.reference(gimli::DW_AT_type)
        {
            members.push(Member {
                name: child.name().unwrap_or_else(|| "?".into()),
                offset: child.number(gimli::DW_AT_data_member_location).unwrap_or(0),
                kind,
            });
        }
        members.len() < MAX_MEMBERS
    });
    members
}

fn count(die: &Die<'_, '_>) -> u64 {
    let mut count = None;
    die.children(|child| {
        if child.tag() == gimli::DW_TAG_subrange_type {
            // C counts to the last element, Go all of them.
            count = child.number(gimli::DW_AT_count).or_else(|| {
                let last = child.number(gimli::DW_AT_upper_bound)?;
                last.checked_add(1)
            });
        }
        count.is_none()
    });
    count.unwrap_or(0)
}
