//! Members of structs by where they lie: of what a function's arguments point to, and of globals.

use super::dies::{Die, DieRef};
use super::program::Program;
use super::types::{Shape, Type};
use gopeek_layout::Addr;
use std::sync::Arc;

/// Structs and arrays one within the other: more has none that a person writes.
const MAX_NESTING: usize = 32;
/// Members of a struct, and of those within, that are looked at for what they point to.
const MAX_POINTERS: usize = 256;
/// Members that are looked at for that: a struct that is in itself twice would have more than there is time for.
const MAX_MEMBERS: usize = 10_000;
/// More arguments has no function that a person calls.
const MAX_ARGUMENTS: usize = 100;

/// A type that DWARF describes.
#[derive(Copy, Clone, PartialEq, Eq, Hash, Debug)]
pub struct TypeRef(DieRef);

/// An argument of a function that is a pointer.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct PointerArgument {
    /// Which of the words it is that a traceback prints, a generic function's dictionary counted.
    pub word: usize,
    /// What it points to.
    pub to: TypeRef,
}

/// A member that is a pointer, or a channel.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PointerMember {
    /// Bytes from where the struct begins.
    pub offset: u64,
    /// The members that lead to it: `pool.jobs`.
    pub path: String,
}

impl Program<'_> {
    /// The arguments of the function at the linked address `pc` that are pointers. They end before the first argument of which
    /// is not known how many words a traceback prints. None where no DWARF covers the pc.
    #[must_use]
    pub fn pointer_arguments(&self, pc: Addr) -> Option<Vec<PointerArgument>> {
        let function = self.die(self.function_at(pc.get())?)?;
        // An instance of a function lacks the arguments that the optimiser took away; a traceback prints them.
        let function = function.origin().unwrap_or(function);
        let (mut found, mut word) = (Vec::new(), 0);
        function.children(|child| {
            if child.tag() != gimli::DW_TAG_formal_parameter
                || child.flag(gimli::DW_AT_variable_parameter)
            {
                return true;
            }
            if child.name().as_deref() == Some(".dict") {
                word += 1;
                return true;
            }
            let kind = child.reference(gimli::DW_AT_type);
            let kind = kind.and_then(|kind| self.type_at(kind));
            let Some((kind, words)) = kind.and_then(|kind| Some((kind.clone(), words(&kind)?)))
            else {
                return false;
            };
            if let Shape::Pointer(Some(to)) = kind.shape {
                found.push(PointerArgument {
                    word,
                    to: TypeRef(to),
                });
            }
            word += words;
            found.len() < MAX_ARGUMENTS
        });
        Some(found)
    }

    /// The type of the global `name` of the package `package`.
    #[must_use]
    pub fn global(&self, package: &str, name: &str) -> Option<TypeRef> {
        let global = self.global_of(package, |die: &Die<'_, '_>| {
            die.name().as_deref() == Some(name)
        })?;
        global.reference(gimli::DW_AT_type).map(TypeRef)
    }

    /// What a type is called: `orders.Pool`.
    #[must_use]
    pub fn type_name(&self, of: TypeRef) -> Option<Arc<str>> {
        Some(self.type_at(of.0)?.name.clone())
    }

    /// The members that lead to what lies `offset` bytes into a value of the type `of`, and is of a type called by one of
    /// `wanted`: `lock.w`, `shards[3].mu`. No members at all, where the value is that itself; none where there is no such
    /// thing.
    #[must_use]
    pub fn member_at(&self, of: TypeRef, offset: u64, wanted: &[&str]) -> Option<String> {
        let (mut kind, mut left) = (self.type_at(of.0)?, offset);
        let mut path = String::new();
        for _ in 0..MAX_NESTING {
            if left >= kind.size {
                return None;
            }
            if left == 0 && wanted.contains(&&*kind.name) {
                return Some(path);
            }
            let within = match &kind.shape {
                Shape::Struct(members) => {
                    let (member, inner) = members.iter().find_map(|member| {
                        let kind = self.type_at(member.kind)?;
                        let inside = left.checked_sub(member.offset)?;
                        (inside < kind.size).then_some((member, kind))
                    })?;
                    if !path.is_empty() {
                        path.push('.');
                    }
                    path.push_str(&member.name);
                    left -= member.offset;
                    inner
                }
                Shape::Array { element, .. } => {
                    let inner = self.type_at(*element)?;
                    let index = left.checked_div(inner.size)?;
                    path.push('[');
                    path.push_str(&index.to_string());
                    path.push(']');
                    left -= index * inner.size;
                    inner
                }
                _ => return None,
            };
            kind = within;
        }
        None
    }

    /// The members of the type `of` that point to something, those of structs within it among them.
    #[must_use]
    pub fn pointers_in(&self, of: TypeRef) -> Vec<PointerMember> {
        let mut found = Vec::new();
        if let Some(kind) = self.type_at(of.0) {
            self.pointers(&kind, 0, "", &mut (MAX_NESTING, MAX_MEMBERS), &mut found);
        }
        found
    }

    fn pointers(
        &self,
        kind: &Type,
        base: u64,
        prefix: &str,
        (nesting, left): &mut (usize, usize),
        found: &mut Vec<PointerMember>,
    ) {
        let Shape::Struct(members) = &kind.shape else {
            return;
        };
        for member in members {
            let Some(rest) = left.checked_sub(1) else {
                return;
            };
            *left = rest;
            let inner = self.type_at(member.kind);
            let offset = base.checked_add(member.offset);
            let (Some(inner), Some(offset)) = (inner, offset) else {
                continue;
            };
            if found.len() >= MAX_POINTERS {
                return;
            }
            let path = format!("{prefix}{}", member.name);
            match inner.shape {
                Shape::Pointer(_) | Shape::Channel(_) => found.push(PointerMember { offset, path }),
                Shape::Struct(_) if *nesting > 0 => {
                    let mut within = (*nesting - 1, *left);
                    self.pointers(&inner, offset, &format!("{path}."), &mut within, found);
                    *left = within.1;
                }
                _ => {}
            }
        }
    }
}

/// How many words of an argument a traceback prints; nothing where that takes more to know than its type's shape.
fn words(kind: &Type) -> Option<usize> {
    match kind.shape {
        Shape::Pointer(_)
        | Shape::Map { .. }
        | Shape::Channel(_)
        | Shape::Func
        | Shape::Bool
        | Shape::Int
        | Shape::Uint
        | Shape::Uintptr
        | Shape::Float => Some(1),
        Shape::String | Shape::Interface(_) => Some(2),
        Shape::Slice(_) => Some(3),
        _ => None,
    }
}
