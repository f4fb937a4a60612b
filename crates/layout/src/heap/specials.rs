//! Objects with finalizers: these keep alive what the objects lead to, though not the objects themselves.

use super::spans::Record;
use super::{Heap, Object};
use crate::addr::Addr;
use crate::fields;
use crate::limits::Limits;
use crate::mem::Memory;
use crate::rules::Rules;

/// An object with a finalizer.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct Finalizer {
    /// The object.
    pub object: Object,
    /// The closure that is to be called.
    pub closure: Addr,
}

/// What is needed to find them.
pub(super) struct Finalizers<'m> {
    memory: &'m dyn Memory,
    special: fields::Special,
    finalizer: fields::Finalizer,
    kind: u8,
    limit: u64,
}

impl<'m> Finalizers<'m> {
    pub(super) fn new(
        memory: &'m dyn Memory,
        fields: &fields::Fields,
        rules: &Rules,
        limits: &Limits,
    ) -> Option<Finalizers<'m>> {
        Some(Finalizers {
            memory,
            special: fields.special?,
            finalizer: fields.finalizer?,
            kind: rules.finalizer_special,
            limit: limits.heap_specials,
        })
    }

    /// Those of all spans.
    pub(super) fn of(&self, heap: &Heap, records: &[Record]) -> Vec<Finalizer> {
        let (mut found, mut left) = (Vec::new(), self.limit);
        for record in records {
            let mut at = record.specials;
            while !at.is_null() && left > 0 {
                left -= 1;
                let offset = self.special.offset.read(self.memory, at);
                let kind = self.special.kind.read(self.memory, at);
                let (Ok(offset), Ok(kind)) = (offset, kind) else {
                    break;
                };
                let object = record.start.checked_add(u64::from(offset));
                let object = object.and_then(|at| heap.object_at(at.get()));
                let closure = self.finalizer.func.read(self.memory, at);
                if let (Some(object), Ok(closure)) = (object, closure)
                    && kind == self.kind
                {
                    found.push(Finalizer { object, closure });
                }
                at = self
                    .special
                    .next
                    .read(self.memory, at)
                    .unwrap_or(Addr::NULL);
            }
        }
        found
    }
}
