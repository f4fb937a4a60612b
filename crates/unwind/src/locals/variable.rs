//! Reading one variable: where it is at this pc, what its type stands for, and whether the frame only points to it.

use super::dies::DieRef;
use super::location::{Whereabouts, evaluate};
use super::place::Place;
use super::program::Program;
use super::read::Level;
use super::scope::Found;
use super::value::{Missing, Value};
use super::{Frame, Limits, Target, Variable};
use gopeek_layout::{Addr, Memory};
use std::cell::Cell;

/// Reads the variables of one frame.
pub(super) struct Reader<'a, 's> {
    pub(super) program: &'a Program<'s>,
    pub(super) memory: &'a dyn Memory,
    pub(super) limits: &'a Limits,
    pub(super) target: &'a Target<'a>,
    frame: &'a Frame<'a>,
    left: Cell<usize>,
}

impl<'a, 's> Reader<'a, 's> {
    pub(super) fn new(
        program: &'a Program<'s>,
        target: &'a Target<'a>,
        frame: &'a Frame<'a>,
        limits: &'a Limits,
    ) -> Reader<'a, 's> {
        Reader {
            program,
            memory: target.memory,
            limits,
            target,
            frame,
            left: Cell::new(limits.values),
        }
    }

    /// Whether there may be one more value; every one is asked for, so this bounds the work.
    pub(super) fn spend(&self) -> bool {
        let left = self.left.get();
        self.left.set(left.saturating_sub(1));
        left > 0
    }

    /// Whether the next value would be one too many.
    pub(super) fn is_spent(&self) -> bool {
        self.left.get() == 0
    }

    /// Reads a variable; nothing where the limit is used up.
    pub(super) fn variable(
        &self,
        found: &Found<'_, '_>,
        dictionary: Option<Addr>,
    ) -> Option<Variable> {
        if !self.spend() {
            return None;
        }
        let declared = found.kind.map(|kind| self.instance(kind, dictionary));
        // A variable that outlives its frame lies elsewhere, and the frame has a pointer to it.
        let (name, escaped) = match found.name.strip_prefix('&') {
            Some(name) => (name.into(), true),
            None => (found.name.clone(), false),
        };
        let mut kind = declared;
        let mut place = self.place(found);
        if escaped {
            kind = kind.and_then(|kind| Some(self.program.pointee(kind)?.0));
            place = place.and_then(|place| {
                let at = place.read_addr(self.memory)?;
                // It has not been allocated yet.
                let at = (!at.is_null()).then_some(at).ok_or(Missing::OptimisedOut)?;
                Ok(Place::Memory(at))
            });
        }
        let level = Level::outermost(self.limits.depth);
        let value = match (kind, place) {
            (_, Err(why)) => Value::Missing(why),
            (None, Ok(_)) => Value::Missing(Missing::Implausible),
            (Some(kind), Ok(place)) => self.value(kind, &place, level),
        };
        let type_name = kind.and_then(|kind| Some(self.program.type_at(kind)?.name.clone()));
        Some(Variable {
            name,
            type_name: type_name.unwrap_or_else(|| "?".into()),
            role: found.role,
            line: found.line,
            value,
        })
    }

    /// The word that a variable is.
    pub(super) fn word(&self, found: &Found<'_, '_>) -> Result<u64, Missing> {
        self.place(found)?.read_u64(self.memory)
    }

    /// Where a variable is. While a frame waits for a call to return, DWARF may still give the register that the
    /// call clobbers; the place on the stack, where the variable will be found after the call, holds it already.
    fn place(&self, found: &Found<'_, '_>) -> Result<Place, Missing> {
        let place = self.evaluated(found, &found.whereabouts);
        if place.as_ref().is_ok_and(|place| place.lacks() == 0) {
            return place;
        }
        let Some(resumed) = &found.resumed else {
            return place;
        };
        match (place, self.evaluated(found, resumed)) {
            (Ok(now), Ok(then)) if then.lacks() < now.lacks() => Ok(then),
            (Err(_), Ok(then)) => Ok(then),
            (place, _) => place,
        }
    }

    fn evaluated(
        &self,
        found: &Found<'_, '_>,
        whereabouts: &Whereabouts<'_>,
    ) -> Result<Place, Missing> {
        let encoding = found.die.unit.encoding();
        let place = |expression| evaluate(expression, encoding, self.frame, self.memory);
        match whereabouts {
            Whereabouts::Fixed(expression) => place(*expression),
            Whereabouts::Now(expression) => {
                let place = place(*expression)?;
                if place.is_whole() && self.is_in_words(found) {
                    return Err(Missing::OptimisedOut);
                }
                Ok(place)
            }
            Whereabouts::Nowhere => Err(Missing::OptimisedOut),
        }
    }

    /// Whether the optimiser took the variable apart, into words that have places of their own. Where only one word is
    /// left, Go's compiler writes its place as if it were the whole variable's, and does not say which word it is.
    fn is_in_words(&self, found: &Found<'_, '_>) -> bool {
        let kind = found.kind.and_then(|kind| self.program.type_at(kind));
        kind.is_some_and(|kind| kind.size > 8) && found.die.is_optimised()
    }

    /// What a type parameter stands for in this call, by its dictionary; any other type is itself.
    fn instance(&self, kind: DieRef, dictionary: Option<Addr>) -> DieRef {
        let actual = || {
            let index = self.program.type_at(kind)?.dict_index?;
            let entry = dictionary?.checked_add(index.checked_mul(8)?)?;
            let descriptor = Place::Memory(entry).read_addr(self.memory).ok()?;
            self.described(descriptor)
        };
        actual().unwrap_or(kind)
    }

    /// The type that the descriptor at `at` in memory is of.
    pub(super) fn described(&self, at: Addr) -> Option<DieRef> {
        let linked = at.checked_sub(self.frame.bias)?;
        self.program.type_of_descriptor(linked.get())
    }
}
