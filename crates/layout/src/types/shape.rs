//! What a type is made of: elements, fields, package.

use super::{Kind, Type, Types, UNCOMMON, name};
use crate::addr::{Addr, Span};
use crate::mem::{GoSlice, read_bytes, read_word};
use std::rc::Rc;

/// Maximum number of fields of a struct. Structs of Go programs have at most some hundreds.
const MAX_FIELDS: u64 = 4096;
/// Maximum number of fields of all structs that are read: what a program needs some thousands of, a damaged one may have
/// without end.
pub(super) const MAX_ALL_FIELDS: u64 = 200_000;
/// Maximum length of a field's name in bytes.
const MAX_NAME: usize = 256;
/// Size of `abi.StructField{Name, Typ, Offset}`.
const STRUCT_FIELD: usize = 24;

/// A field of a struct.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Field {
    /// Name; of an embedded one, that of its type.
    pub name: String,
    /// Type.
    pub kind: Type,
    /// Bytes from where the struct begins.
    pub offset: u64,
    /// Whether it is embedded.
    pub embedded: bool,
}

impl Types<'_> {
    /// Where a type's own part lies, `offset` bytes behind what all kinds have.
    fn own(&self, of: &Type, offset: u64) -> Option<Addr> {
        of.at
            .checked_add(u64::from(self.layout.size).checked_add(offset)?)
    }

    /// The type that a word of a descriptor's own part refers to.
    fn referred(&self, of: &Type, offset: u64) -> Option<Type> {
        self.at(read_word(self.memory, self.own(of, offset)?).ok()?)
    }

    /// The type of what a pointer points to, a slice, array or channel has, or a map leads to.
    #[must_use]
    pub fn elem(&self, of: &Type) -> Option<Type> {
        match of.kind {
            Kind::Pointer | Kind::Slice | Kind::Array | Kind::Chan => self.referred(of, 0),
            Kind::Map => self.referred(of, 8),
            _ => None,
        }
    }

    /// The type of a map's keys.
    #[must_use]
    pub fn key(&self, of: &Type) -> Option<Type> {
        (of.kind == Kind::Map)
            .then(|| self.referred(of, 0))
            .flatten()
    }

    /// Number of elements of an array.
    #[must_use]
    pub fn array_len(&self, of: &Type) -> Option<u64> {
        let at = self.own(of, 16).filter(|_| of.kind == Kind::Array)?;
        read_word(self.memory, at).ok()
    }

    /// Whether an interface type has methods, so that its values begin with an itab.
    pub(super) fn has_methods(&self, of: &Type) -> Option<bool> {
        let at = self.own(of, 8).filter(|_| of.kind == Kind::Interface)?;
        let methods: GoSlice = read_word(self.memory, at).ok()?;
        Some(methods.len > 0)
    }

    /// Path of the package that declares the type: `database/sql`. `None` for a type without a name, a predeclared one, and
    /// for a map.
    #[must_use]
    pub fn package(&self, of: &Type) -> Option<String> {
        let at = self.own(of, of.kind.own_size()?)?;
        let offset: u32 = (of.flags & UNCOMMON != 0)
            .then(|| read_word(self.memory, at).ok())
            .flatten()?;
        self.name_at(of.at, offset)
    }

    /// Name of a type with the path of its package, as function names have it: `database/sql.DB`.
    #[must_use]
    pub fn full_name(&self, of: &Type) -> Option<String> {
        let name = self.name(of)?;
        match (self.package(of), name.split_once('.')) {
            (Some(package), Some((_, rest))) => Some(format!("{package}.{rest}")),
            _ => Some(name),
        }
    }

    /// The fields of a struct, in order. `None` for other kinds, and where any field is not what it must be.
    #[must_use]
    pub fn fields(&self, of: &Type) -> Option<Rc<[Field]>> {
        if of.kind != Kind::Struct {
            return None;
        }
        if let Some(known) = self.structs.borrow().get(&of.at) {
            return known.clone();
        }
        let found = self.read_fields(of).map(Rc::from);
        self.structs.borrow_mut().insert(of.at, found.clone());
        found
    }

    fn read_fields(&self, of: &Type) -> Option<Vec<Field>> {
        // Behind the package's path.
        let list: GoSlice = read_word(self.memory, self.own(of, 8)?).ok()?;
        let left = self.fields_left.get().checked_sub(list.len)?;
        if list.len > MAX_FIELDS {
            return None;
        }
        self.fields_left.set(left);
        let len = usize::try_from(list.len).ok()?.checked_mul(STRUCT_FIELD)?;
        if len > 0 && !self.holds(list.data, u64::try_from(len).ok()?) {
            return None;
        }
        let bytes = read_bytes(self.memory, list.data, len).ok()?;
        let mut end = 0;
        let fields = bytes.chunks_exact(STRUCT_FIELD).map(|bytes| {
            let word = |index: usize| {
                let bytes = bytes.get(8 * index..)?.first_chunk()?;
                Some(u64::from_le_bytes(*bytes))
            };
            let (name, kind) = (Addr::new(word(0)?), Addr::new(word(1)?));
            let offset = word(2)?;
            let name = self
                .holds(name, 1)
                .then(|| name::read(self.memory, name, MAX_NAME))??;
            let kind = self.at(kind)?;
            // They lie one behind the other, and all of them within the struct.
            let from = std::mem::replace(&mut end, offset.checked_add(kind.size)?);
            (from <= offset && end <= of.size).then_some(Field {
                name: name.text,
                kind,
                offset,
                embedded: name.embedded,
            })
        });
        fields.collect()
    }

    /// Whether `len` bytes from `at` lie among the types of one module.
    fn holds(&self, at: Addr, len: u64) -> bool {
        let end = Span::new(at, len).end();
        let region = self.region(at).zip(end);
        region.is_some_and(|(region, end)| region.span.end().is_some_and(|limit| end <= limit))
    }
}
