//! Values in the target's memory, and the way from one to the other: through fields, pointers and interfaces.

use super::path::{Step, steps};
use super::{Kind, Type, Types};
use crate::addr::Addr;
use crate::mem::{GoSlice, Interface, read_word};
use thiserror::Error;

/// Maximum number of steps of a path, and of pointers and interfaces followed for one step.
const MAX_STEPS: usize = 32;
const MAX_HOPS: usize = 8;
/// Maximum number of embedded pointers, one within the other or side by side, that are searched for a field.
const MAX_EMBEDDED: usize = 8;

/// A value in the target's memory.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct Place {
    /// Address of its first byte.
    pub at: Addr,
    /// Its type.
    pub kind: Type,
}

/// Why a path leads to nothing.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum Missing {
    /// The type, called `kind`, has no such field or element: another version of the package, perhaps.
    #[error("{kind} has no {step}")]
    Step {
        /// The field or element.
        step: String,
        /// Name of the type.
        kind: String,
    },
    /// A pointer or an interface on the way is nil.
    #[error("nil on the way to {0}")]
    Nil(String),
    /// Memory or a descriptor could not be read.
    #[error("unreadable on the way to {0}")]
    Unreadable(String),
}

impl Types<'_> {
    /// The value at `path` from the value of the type `of` at `at`, through nested and embedded structs, arrays and slices,
    /// pointers, interfaces, and `atomic.Pointer`: `conn.fd.pfd.Sysfd`. A pointer at the end is not followed.
    ///
    /// # Errors
    /// [`Missing`], with the step that could not be made.
    pub fn read_path(&self, at: Addr, of: &Type, path: &str) -> Result<Place, Missing> {
        let mut place = Place { at, kind: *of };
        for (count, step) in steps(path).enumerate() {
            let name = match step {
                Step::Field(name) => name.to_owned(),
                Step::Index(index) => format!("[{index}]"),
            };
            if count >= MAX_STEPS {
                return Err(Missing::Unreadable(name));
            }
            place = self.settle(place, &name)?;
            let next = match step {
                Step::Field(field) => self.step(place, field),
                Step::Index(index) => self.item(place, index),
            };
            place = next.ok_or_else(|| Missing::Step {
                step: name,
                kind: self.name(&place.kind).unwrap_or_default(),
            })?;
        }
        Ok(place)
    }

    /// Follows pointers and interfaces up to a value that is neither.
    fn settle(&self, mut place: Place, to: &str) -> Result<Place, Missing> {
        for _ in 0..MAX_HOPS {
            match self.follow(place) {
                Some(Ok(next)) => place = next,
                Some(Err(Nil)) => return Err(Missing::Nil(to.to_owned())),
                None if self.leads_on(&place.kind) => break,
                None => return Ok(place),
            }
        }
        Err(Missing::Unreadable(to.to_owned()))
    }

    fn leads_on(&self, kind: &Type) -> bool {
        matches!(kind.kind, Kind::Pointer | Kind::Interface) || self.atomic(kind).is_some()
    }

    /// The value that a pointer or an interface leads to. `None` where that is nil or unreadable, and for other kinds.
    #[must_use]
    pub fn target(&self, place: Place) -> Option<Place> {
        self.follow(place)?.ok()
    }

    /// What a pointer or interface leads to: nil, or a value. `None` where that can't be read, and for other kinds.
    pub(super) fn follow(&self, place: Place) -> Option<Result<Place, Nil>> {
        let (at, kind) = match place.kind.kind {
            Kind::Interface => return self.dynamic(place).transpose(),
            Kind::Pointer => (place.at, self.elem(&place.kind)?),
            Kind::Struct => {
                let (offset, kind) = self.atomic(&place.kind)?;
                (place.at.checked_add(offset)?, kind)
            }
            _ => return None,
        };
        let to: Addr = read_word(self.memory, at).ok()?;
        Some(if to.is_null() {
            Err(Nil)
        } else {
            Ok(Place { at: to, kind })
        })
    }

    /// The value in an interface, and its own type; [`Nil`] where there is none.
    fn dynamic(&self, place: Place) -> Result<Option<Place>, Nil> {
        let Some((word, methods)) = read_word::<Interface>(self.memory, place.at)
            .ok()
            .zip(self.has_methods(&place.kind))
        else {
            return Ok(None);
        };
        if word.kind.is_null() {
            return Err(Nil);
        }
        let kind = if methods {
            self.of_itab(word.kind)
        } else {
            self.at(word.kind)
        };
        // A value that is one address lies in the interface itself.
        let at = kind.and_then(|kind| {
            if kind.is_direct {
                place.at.checked_add(8)
            } else {
                Some(word.data)
            }
        });
        Ok(at.zip(kind).map(|(at, kind)| Place { at, kind }))
    }

    /// The type in an itab: its second word (`abi.ITab`).
    #[must_use]
    pub fn of_itab(&self, itab: Addr) -> Option<Type> {
        self.at(read_word(self.memory, itab.checked_add(8)?).ok()?)
    }

    /// The type in the first word of an interface, whether it has methods or not.
    #[must_use]
    pub fn of_interface(&self, word: Addr) -> Option<Type> {
        self.at(word).or_else(|| self.of_itab(word))
    }

    /// Offset of the pointer in an `atomic.Pointer[T]`, and T: `struct { _ [0]*T; _ noCopy; v unsafe.Pointer }`.
    fn atomic(&self, of: &Type) -> Option<(u64, Type)> {
        let fields = self.fields(of).filter(|_| of.size == 8)?;
        let array = fields.first().filter(|first| first.kind.size == 0)?;
        let pointer = self.elem(&array.kind)?;
        let word = fields.last()?;
        (word.kind.kind == Kind::UnsafePointer && pointer.kind == Kind::Pointer)
            .then(|| Some((word.offset, self.elem(&pointer)?)))
            .flatten()
    }

    /// The field `name`, or one that an embedded struct or pointer promotes.
    fn step(&self, place: Place, name: &str) -> Option<Place> {
        let mut level = vec![place];
        for _ in 0..MAX_EMBEDDED {
            let mut next = Vec::new();
            for place in level {
                if let Some((offset, kind)) = self.field(&place.kind, name) {
                    let at = place.at.checked_add(offset)?;
                    return Some(Place { at, kind });
                }
                next.extend(self.embedded(place));
            }
            level = next;
            level.truncate(MAX_EMBEDDED);
        }
        None
    }

    /// What the embedded pointers of a struct point to.
    fn embedded(&self, place: Place) -> Vec<Place> {
        let fields = self.fields(&place.kind);
        let fields = fields.iter().flat_map(|fields| fields.iter());
        let pointers = fields.filter(|it| it.embedded && it.kind.kind == Kind::Pointer);
        let places = pointers.filter_map(|pointer| {
            let at = place.at.checked_add(pointer.offset)?;
            let pointer = Place {
                at,
                kind: pointer.kind,
            };
            self.follow(pointer)?.ok()
        });
        places.collect()
    }

    /// An element of an array or a slice.
    fn item(&self, place: Place, index: u64) -> Option<Place> {
        let kind = self.elem(&place.kind)?;
        let (at, len) = match place.kind.kind {
            Kind::Array => (place.at, self.array_len(&place.kind)?),
            Kind::Slice => {
                let header: GoSlice = read_word(self.memory, place.at).ok()?;
                (header.data, header.len)
            }
            _ => return None,
        };
        let offset = index.checked_mul(kind.size).filter(|_| index < len)?;
        let at = at.checked_add(offset)?;
        Some(Place { at, kind })
    }
}

/// A pointer or interface that leads nowhere.
pub(super) struct Nil;
