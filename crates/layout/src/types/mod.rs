//! Types as the runtime itself describes them (`abi.Type`): names, sizes and fields without DWARF, of stripped binaries
//! too.
//!
//! Every descriptor is checked before it counts: it lies among its module's types, and its kind, size, name and fields
//! agree. A type that the program made at run time with `reflect` lies in the heap and is none of these. **Not for** the
//! types of functions' arguments and of globals: only DWARF has those.
//!
//! ```no_run
//! # fn example(types: &gopeek_layout::types::Types<'_>, receiver: gopeek_layout::Addr) -> Option<i64> {
//! let db = types.of_receiver("database/sql.(*DB)")?;
//! let place = types.read_path(receiver, &db, "numOpen").ok()?;
//! types.integer(&place)
//! # }
//! ```

mod find;
mod kind;
pub(crate) mod name;
mod path;
mod place;
mod read;
mod receiver;
mod search;
mod shape;

pub use kind::Kind;
pub use path::PointerField;
pub use place::{Missing, Place};
pub use read::Moment;
pub use receiver::Receiver;
pub use shape::Field;

use crate::addr::{Addr, Span};
use crate::fields;
use crate::mem::{Memory, read_bytes};
use crate::moduledata::Module;
use rustc_hash::FxHashMap;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// Bits of `tflag`: there is an uncommon part; the name has a star too many, as it is shared with the pointer's; a value is
/// kept in an interface's word (since Go 1.26, before in the kind's byte).
const UNCOMMON: u8 = 1 << 0;
const EXTRA_STAR: u8 = 1 << 1;
const DIRECT: u8 = 1 << 5;
/// Maximum size of a value in bytes: the address space of a process.
const MAX_SIZE: u64 = 1 << 47;

/// The descriptors of one module.
#[derive(Copy, Clone, Debug)]
pub struct Region<'f> {
    /// Where they lie in the target.
    pub span: Span,
    /// The same bytes in the module's file, if it has them all. Pointers in them need not be relocated yet.
    pub file: Option<&'f [u8]>,
}

impl<'f> Region<'f> {
    /// The descriptors of `module`.
    #[must_use]
    pub fn of(module: &Module<'f>) -> Region<'f> {
        let span = module.data.types;
        let linked = span.start.checked_sub(module.bias);
        Region {
            span,
            file: linked.and_then(|linked| module.image.bytes(linked, span.len)),
        }
    }
}

/// A type, by its descriptor.
#[derive(Copy, Clone, PartialEq, Eq, Hash, Debug)]
pub struct Type {
    /// Address of the descriptor.
    pub at: Addr,
    /// Kind.
    pub kind: Kind,
    /// Bytes of a value.
    pub size: u64,
    /// Whether an interface's second word is the value itself, and not its address.
    pub is_direct: bool,
    flags: u8,
    /// Offset of the name from the module's first descriptor.
    name: u32,
}

/// The types of a target. What was read once is kept.
pub struct Types<'m> {
    memory: &'m dyn Memory,
    layout: &'m fields::Type,
    channel: &'m fields::Hchan,
    regions: Vec<Region<'m>>,
    /// Number of fields that may still be read.
    fields_left: Cell<u64>,
    structs: RefCell<FxHashMap<Addr, Option<Rc<[Field]>>>>,
    found: RefCell<FxHashMap<Receiver, Vec<Type>>>,
}

impl<'m> Types<'m> {
    /// The types in `regions`, one for each module. Nothing is read yet.
    #[must_use]
    pub fn new(
        memory: &'m dyn Memory,
        fields: &'m fields::Fields,
        regions: Vec<Region<'m>>,
    ) -> Types<'m> {
        Types {
            memory,
            layout: &fields.kind,
            channel: &fields.hchan,
            regions,
            fields_left: Cell::new(shape::MAX_ALL_FIELDS),
            structs: RefCell::default(),
            found: RefCell::default(),
        }
    }

    /// The type whose descriptor lies at `at`.
    #[must_use]
    pub fn at(&self, at: Addr) -> Option<Type> {
        let region = self.region(at)?;
        let size = usize::try_from(self.layout.size).ok()?;
        let last = at.checked_add(u64::from(self.layout.size).checked_sub(1)?)?;
        if !at.is_aligned(8) || !region.span.contains(last) {
            return None;
        }
        let found = self.decode(at, &read_bytes(self.memory, at, size).ok()?)?;
        let name = region.span.start.checked_add(u64::from(found.name))?;
        (found.name > 0 && region.span.contains(name)).then_some(found)
    }

    /// The type that the bytes of a descriptor describe.
    fn decode(&self, at: Addr, bytes: &[u8]) -> Option<Type> {
        let flags = self.layout.flags.of(bytes)?;
        let raw = self.layout.kind.of(bytes)?;
        let kind = Kind::of(raw)?;
        let size = u64::from_le_bytes(*bytes.first_chunk()?);
        let right = kind.size().map_or(size <= MAX_SIZE, |own| own == size);
        right.then_some(Type {
            at,
            kind,
            size,
            is_direct: (flags | raw) & DIRECT != 0,
            flags,
            name: self.layout.name.of(bytes)?,
        })
    }

    /// The module among whose types `at` lies.
    fn region(&self, at: Addr) -> Option<&Region<'m>> {
        self.regions.iter().find(|region| region.span.contains(at))
    }

    /// Name of the type as Go prints it, with the package's name: `sql.DB`, `*sql.DB`.
    #[must_use]
    pub fn name(&self, of: &Type) -> Option<String> {
        let text = self.name_at(of.at, of.name)?;
        match text.strip_prefix('*') {
            Some(rest) if of.flags & EXTRA_STAR != 0 => Some(rest.to_owned()),
            _ => Some(text),
        }
    }

    /// The name at an offset that belongs to the descriptor at `owner`.
    fn name_at(&self, owner: Addr, offset: u32) -> Option<String> {
        let span = self.region(owner)?.span;
        let at = span.start.checked_add(u64::from(offset))?;
        let within = offset > 0 && span.contains(at);
        Some(
            within
                .then(|| name::read(self.memory, at, name::MAX_NAME))??
                .text,
        )
    }
}

impl<'m> Types<'m> {
    /// The types of all `modules`.
    #[must_use]
    pub fn of_modules(
        memory: &'m dyn Memory,
        fields: &'m fields::Fields,
        modules: &[Module<'m>],
    ) -> Types<'m> {
        Types::new(memory, fields, modules.iter().map(Region::of).collect())
    }
}

impl std::fmt::Debug for Types<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let spans = self.regions.iter().map(|region| region.span);
        f.debug_list().entries(spans).finish()
    }
}
