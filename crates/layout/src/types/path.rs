//! Paths of fields (`pool.mu.state`, `shards[3].mu`) and the offsets that they lead to, both ways.

use super::{Field, Kind, Type, Types};
use std::fmt::Write as _;

/// Maximum nesting of structs and arrays, one within the other. Nothing that a person writes has more.
const MAX_NESTING: usize = 32;
/// Maximum number of fields that are visited, those of structs within among them, to find pointers.
const MAX_VISITED: usize = 10_000;
/// Maximum number of pointers returned.
const MAX_POINTERS: usize = 256;

/// A field that is a pointer or a channel.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PointerField {
    /// Bytes from where the struct begins.
    pub offset: u64,
    /// Path to it: `pool.jobs`.
    pub path: String,
    /// Its type.
    pub kind: Type,
}

/// One step of a path.
pub(super) enum Step<'p> {
    Field(&'p str),
    Index(u64),
}

/// The steps of a path; ends at the first that is none.
pub(super) fn steps(path: &str) -> impl Iterator<Item = Step<'_>> {
    let parts = path.split('.').filter(|part| !part.is_empty());
    parts.flat_map(|part| {
        let (name, indexes) = part.split_once('[').unwrap_or((part, ""));
        let indexes = indexes.split('[').filter(|index| !index.is_empty());
        // What is no number is out of every array.
        let indexes = indexes.map(|index| {
            let number = index.strip_suffix(']').and_then(|index| index.parse().ok());
            Step::Index(number.unwrap_or(u64::MAX))
        });
        let field = (!name.is_empty()).then_some(Step::Field(name));
        field.into_iter().chain(indexes)
    })
}

impl Types<'_> {
    /// Offset and type of what lies at `path` in a value of the type `of`. Follows structs and arrays, and no pointers.
    #[must_use]
    pub fn path(&self, of: &Type, path: &str) -> Option<(u64, Type)> {
        let mut place = (0u64, *of);
        for (depth, step) in steps(path).enumerate() {
            let (base, kind) = place;
            let (offset, kind) = match step {
                _ if depth >= MAX_NESTING => return None,
                Step::Field(name) => self.field(&kind, name)?,
                Step::Index(index) => self.element(&kind, index)?,
            };
            place = (base.checked_add(offset)?, kind);
        }
        Some(place)
    }

    /// Offset and type of the field `name` of a struct, or of one that an embedded struct promotes.
    pub(super) fn field(&self, of: &Type, name: &str) -> Option<(u64, Type)> {
        let mut level = vec![(0u64, *of)];
        let mut left = MAX_VISITED;
        for _ in 0..MAX_NESTING {
            let mut next = Vec::new();
            for (base, kind) in level {
                for field in self.fields(&kind).iter().flat_map(|fields| fields.iter()) {
                    left = left.checked_sub(1)?;
                    let offset = base.checked_add(field.offset)?;
                    if field.name == name {
                        return Some((offset, field.kind));
                    }
                    if field.embedded && field.kind.kind == Kind::Struct {
                        next.push((offset, field.kind));
                    }
                }
            }
            level = next;
        }
        None
    }

    /// Offset and type of an element of an array.
    fn element(&self, of: &Type, index: u64) -> Option<(u64, Type)> {
        let kind = self.elem(of).filter(|_| of.kind == Kind::Array)?;
        let within = index < self.array_len(of)?;
        let offset = index.checked_mul(kind.size).filter(|_| within)?;
        (offset.checked_add(kind.size)? <= of.size).then_some((offset, kind))
    }

    /// Path of the innermost field at an offset, and its type: `lock.w`. `None` between fields, and outside.
    #[must_use]
    pub fn field_at(&self, of: &Type, offset: u64) -> Option<(String, Type)> {
        let mut last = None;
        self.descend(of, offset, &mut |left, path, kind| {
            last = (left == 0).then(|| (path.to_owned(), *kind));
            false
        });
        last
    }

    /// Path of what lies at an offset and is of a type called by one of `wanted`, the outermost of them: `lock.w`,
    /// `shards[3].mu`. Names are as [`Types::full_name`] has them. The path is empty where the value itself is that.
    #[must_use]
    pub fn member_at(&self, of: &Type, offset: u64, wanted: &[&str]) -> Option<String> {
        let mut found = None;
        self.descend(of, offset, &mut |left, path, kind| {
            let name = (left == 0).then(|| self.full_name(kind)).flatten();
            if name.is_some_and(|name| wanted.contains(&&*name)) {
                found = Some(path.to_owned());
            }
            found.is_some()
        });
        found
    }

    /// Calls `each` with everything that an offset lies in, from the outside in: how many bytes into it, its path and its
    /// type. Stops where that returns true.
    fn descend(&self, of: &Type, offset: u64, each: &mut dyn FnMut(u64, &str, &Type) -> bool) {
        let (mut kind, mut left, mut path) = (*of, offset, String::new());
        for _ in 0..MAX_NESTING {
            if left >= kind.size || each(left, &path, &kind) {
                return;
            }
            let Some((offset, inner)) = self.holding(&kind, left, &mut path) else {
                return;
            };
            (kind, left) = (inner, left - offset);
        }
    }

    /// The field or element that byte `at` of a value lies in; its name is added to the path.
    fn holding(&self, of: &Type, at: u64, path: &mut String) -> Option<(u64, Type)> {
        if of.kind == Kind::Array {
            let size = self.elem(of)?.size;
            let index = at.checked_div(size)?;
            let found = self.element(of, index)?;
            // Writing to a String does not fail.
            let _ = write!(path, "[{index}]");
            return Some(found);
        }
        let fields = self.fields(of)?;
        let holds = |field: &&Field| {
            let inside = at.checked_sub(field.offset);
            inside.is_some_and(|inside| inside < field.kind.size)
        };
        let field = fields.iter().find(holds)?;
        if !path.is_empty() {
            path.push('.');
        }
        path.push_str(&field.name);
        Some((field.offset, field.kind))
    }

    /// The fields of a struct that are pointers or channels, those of structs within it among them.
    #[must_use]
    pub fn pointers_in(&self, of: &Type) -> Vec<PointerField> {
        let mut found = Vec::new();
        let mut left = MAX_VISITED;
        self.pointers(of, (0, ""), MAX_NESTING, &mut left, &mut found);
        found
    }

    fn pointers(
        &self,
        of: &Type,
        (base, prefix): (u64, &str),
        nesting: usize,
        left: &mut usize,
        found: &mut Vec<PointerField>,
    ) {
        for field in self.fields(of).iter().flat_map(|fields| fields.iter()) {
            let (Some(rest), Some(offset)) = (left.checked_sub(1), base.checked_add(field.offset))
            else {
                return;
            };
            *left = rest;
            if found.len() >= MAX_POINTERS {
                return;
            }
            let path = format!("{prefix}{}", field.name);
            match field.kind.kind {
                Kind::Pointer | Kind::Chan => found.push(PointerField {
                    offset,
                    path,
                    kind: field.kind,
                }),
                Kind::Struct if nesting > 0 => {
                    let within = (offset, &*format!("{path}."));
                    self.pointers(&field.kind, within, nesting - 1, left, found);
                }
                _ => {}
            }
        }
    }
}
