//! Reading values: from a type and a place to a tree, within limits.

use super::dies::DieRef;
use super::location::{Whereabouts, evaluate};
use super::maps::entries;
use super::place::Place;
use super::program::Program;
use super::scope::Found;
use super::types::{Member, Shape, Type};
use super::value::{Missing, Shown, Text, Value};
use super::{Frame, Limits, Target, Variable};
use gopeek_layout::mem::read_bytes;
use gopeek_layout::{Addr, Memory};
use std::cell::Cell;
use std::cmp::Ordering;

/// Structs, arrays and interfaces within each other, without a pointer between them: more is a cycle.
const MAX_NESTING: usize = 32;

/// Reads the variables of one frame.
pub(super) struct Reader<'a, 's> {
    pub(super) program: &'a Program<'s>,
    pub(super) memory: &'a dyn Memory,
    pub(super) limits: &'a Limits,
    target: &'a Target<'a>,
    frame: &'a Frame<'a>,
    left: Cell<usize>,
}

/// How much further a value may go.
#[derive(Copy, Clone, Debug)]
pub(super) struct Level {
    hops: usize,
    nesting: usize,
}

impl Level {
    /// Behind a pointer; nothing where that is too deep.
    pub(super) fn hop(self) -> Option<Level> {
        let hops = self.hops.checked_sub(1)?;
        Some(Level {
            hops,
            ..self.nest()?
        })
    }

    fn nest(self) -> Option<Level> {
        let nesting = self.nesting.checked_sub(1)?;
        Some(Level { nesting, ..self })
    }
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
        let level = Level {
            hops: self.limits.depth,
            nesting: MAX_NESTING,
        };
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
        match whereabouts {
            Whereabouts::Fixed(expression) | Whereabouts::Now(expression) => {
                evaluate(*expression, encoding, self.frame, self.memory)
            }
            Whereabouts::Nowhere => Err(Missing::OptimisedOut),
        }
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
    fn described(&self, at: Addr) -> Option<DieRef> {
        let linked = at.checked_sub(self.frame.bias)?;
        self.program.type_of_descriptor(linked.get())
    }

    /// The value of the type at `kind` that lies at `place`.
    pub(super) fn value(&self, kind: DieRef, place: &Place, level: Level) -> Value {
        if !self.spend() {
            return Value::Omitted;
        }
        let Some(level) = level.nest() else {
            return Value::Omitted;
        };
        let value = match self.program.type_at(kind) {
            Some(kind) => self.typed(&kind, place, level),
            None => Err(Missing::Implausible),
        };
        value.unwrap_or_else(Value::Missing)
    }

    fn typed(&self, kind: &Type, place: &Place, level: Level) -> Result<Value, Missing> {
        match &kind.shape {
            Shape::Pointer(to) => {
                let at = place.read_addr(self.memory)?;
                if at.is_null() {
                    return Ok(Value::Nil);
                }
                let to = to.zip(level.hop()).map(|(to, level)| {
                    let value = self.value(to, &Place::Memory(at), level);
                    Box::new(value)
                });
                Ok(Value::Pointer { at, to })
            }
            Shape::String => Ok(Value::Text(self.text(place)?)),
            Shape::Slice(element) => self.slice(kind, *element, place, level),
            Shape::Array { element, count } => Ok(Value::Array {
                type_name: kind.name.clone(),
                len: *count,
                elements: self.elements(*element, *count, place, level),
            }),
            Shape::Struct(members) => Ok(self.fields(kind, members, place, level)),
            Shape::Map {
                key,
                element,
                header,
            } => self.map(kind, (*key, *element), *header, place, level),
            Shape::Channel(header) => self.channel(kind, *header, place),
            Shape::Interface(header) => self.interface(*header, place, level),
            Shape::Func => self.func(place),
            _ => number(kind, &place.read(self.memory, kind.size)?),
        }
    }

    fn text(&self, place: &Place) -> Result<Text, Missing> {
        let len = length(place.plus(8)?.read_u64(self.memory)?)?;
        if len == 0 {
            return Ok(Text {
                bytes: Vec::new(),
                len,
            });
        }
        let at = place.read_addr(self.memory)?;
        let shown = usize::try_from(len)
            .unwrap_or(usize::MAX)
            .min(self.limits.text_bytes);
        let bytes = read_bytes(self.memory, at, shown);
        Ok(Text {
            bytes: bytes.map_err(|_| Missing::Unreadable { at })?,
            len,
        })
    }

    fn slice(
        &self,
        kind: &Type,
        element: DieRef,
        place: &Place,
        level: Level,
    ) -> Result<Value, Missing> {
        let at = place.read_addr(self.memory)?;
        if at.is_null() {
            return Ok(Value::Nil);
        }
        let bytes = self.program.type_at(element);
        if bytes.is_some_and(|kind| kind.size == 1 && matches!(kind.shape, Shape::Uint)) {
            return Ok(Value::Bytes(self.text(place)?));
        }
        let len = length(place.plus(8)?.read_u64(self.memory)?)?;
        // Nobody needs a slice's capacity so often, so it is often the first to go.
        let cap = place.plus(16)?.read_u64(self.memory).ok();
        let elements = match level.hop() {
            Some(level) => self.elements(element, len, &Place::Memory(at), level),
            None => Shown::TooDeep,
        };
        Ok(Value::Slice {
            type_name: kind.name.clone(),
            len,
            cap,
            elements,
        })
    }

    fn elements(&self, element: DieRef, len: u64, start: &Place, level: Level) -> Shown<Value> {
        let size = self.program.type_at(element).map_or(0, |kind| kind.size);
        let shown = u64::try_from(self.limits.elements).unwrap_or(u64::MAX);
        let mut elements = Vec::new();
        for index in 0..len.min(shown) {
            let place = index
                .checked_mul(size)
                .ok_or(Missing::Implausible)
                .and_then(|offset| start.plus(offset));
            elements.push(match place {
                Ok(place) => self.value(element, &place, level),
                Err(why) => Value::Missing(why),
            });
            if self.left.get() == 0 {
                break;
            }
        }
        let more = len.saturating_sub(u64::try_from(elements.len()).unwrap_or(u64::MAX));
        Shown::First(elements, more)
    }

    fn fields(&self, kind: &Type, members: &[Member], place: &Place, level: Level) -> Value {
        let mut fields = Vec::new();
        for member in members {
            let value = match place.plus(member.offset) {
                Ok(place) => self.value(member.kind, &place, level),
                Err(why) => Value::Missing(why),
            };
            fields.push((member.name.clone(), value));
            if self.left.get() == 0 {
                break;
            }
        }
        Value::Struct {
            type_name: kind.name.clone(),
            fields,
        }
    }

    fn map(
        &self,
        kind: &Type,
        types: (DieRef, DieRef),
        header: DieRef,
        place: &Place,
        level: Level,
    ) -> Result<Value, Missing> {
        let at = place.read_addr(self.memory)?;
        if at.is_null() {
            return Ok(Value::Nil);
        }
        let (_, header) = self.program.pointee(header).ok_or(Missing::Implausible)?;
        // `count` up to Go 1.23, `used` since.
        let len = member(&header, &["count", "used"], at)?;
        let len = length(len.read_u64(self.memory)?)?;
        let entries = match level.hop() {
            Some(level) => {
                let mut found = entries(self, &header, at, types, len, level);
                found.sort_by(|(a, _), (b, _)| by_key(a, b));
                let more = len.saturating_sub(u64::try_from(found.len()).unwrap_or(u64::MAX));
                Shown::First(found, more)
            }
            None => Shown::TooDeep,
        };
        Ok(Value::Map {
            type_name: kind.name.clone(),
            len,
            entries,
        })
    }

    fn channel(&self, kind: &Type, header: DieRef, place: &Place) -> Result<Value, Missing> {
        let at = place.read_addr(self.memory)?;
        if at.is_null() {
            return Ok(Value::Nil);
        }
        let (_, header) = self.program.pointee(header).ok_or(Missing::Implausible)?;
        let word = |name| member(&header, &[name], at)?.read_u64(self.memory);
        let closed = member(&header, &["closed"], at)?;
        let closed = closed.read(self.memory, 4)?;
        Ok(Value::Channel {
            type_name: kind.name.clone(),
            at,
            len: word("qcount")?,
            cap: word("dataqsiz")?,
            closed: closed.iter().any(|byte| *byte != 0),
        })
    }

    fn interface(&self, header: DieRef, place: &Place, level: Level) -> Result<Value, Missing> {
        let mut descriptor = place.read_addr(self.memory)?;
        if descriptor.is_null() {
            return Ok(Value::Nil);
        }
        let header = self.program.type_at(header).ok_or(Missing::Implausible)?;
        if let Some(tab) = header.member(&["tab"]) {
            // One with methods has a table of them, which names the type.
            let (_, table) = self.program.pointee(tab.kind).ok_or(Missing::Implausible)?;
            let kind = member(&table, &["Type", "_type"], descriptor)?;
            descriptor = kind.read_addr(self.memory)?;
        }
        let Some(kind) = self.described(descriptor) else {
            return Ok(Value::Foreign(descriptor));
        };
        let data = place.plus(8)?;
        let place = if self.program.is_direct(kind, MAX_NESTING) {
            data
        } else {
            Place::Memory(data.read_addr(self.memory)?)
        };
        let known = self.program.type_at(kind).ok_or(Missing::Implausible)?;
        Ok(Value::Interface {
            type_name: known.name.clone(),
            value: Box::new(self.value(kind, &place, level)),
        })
    }

    fn func(&self, place: &Place) -> Result<Value, Missing> {
        let closure = place.read_addr(self.memory)?;
        if closure.is_null() {
            return Ok(Value::Nil);
        }
        let pc = Place::Memory(closure).read_addr(self.memory)?;
        Ok(Value::Func {
            pc,
            name: (self.target.name_of)(pc),
        })
    }
}

/// Where the member called by one of `names` lies, of a struct at `at`.
pub(super) fn member(of: &Type, names: &[&str], at: Addr) -> Result<Place, Missing> {
    let member = of.member(names).ok_or(Missing::Implausible)?;
    Place::Memory(at).plus(member.offset)
}

/// A length that a Go value can have.
fn length(word: u64) -> Result<u64, Missing> {
    i64::try_from(word)
        .map(|_| word)
        .map_err(|_| Missing::Implausible)
}

/// A number, from all of its bytes.
fn number(kind: &Type, bytes: &[u8]) -> Result<Value, Missing> {
    let mut wide = [0; 8];
    for (to, from) in wide.iter_mut().zip(bytes) {
        *to = *from;
    }
    let unsigned = u64::from_le_bytes(wide);
    let single = |from: usize| Some(f32::from_le_bytes(*bytes.get(from..)?.first_chunk()?));
    let double = |from: usize| Some(f64::from_le_bytes(*bytes.get(from..)?.first_chunk()?));
    let unused = 64 - 8 * u32::try_from(bytes.len().clamp(1, 8)).unwrap_or(8);
    let value = match (&kind.shape, bytes.len()) {
        (Shape::Bool, 1) => Some(Value::Bool(unsigned != 0)),
        (Shape::Uint, 1..=8) => Some(Value::Uint(unsigned)),
        (Shape::Uintptr, 8) => Some(Value::Uintptr(unsigned)),
        (Shape::Int, 1..=8) => Some(Value::Int((unsigned << unused).cast_signed() >> unused)),
        (Shape::Float, 4) => single(0).map(Value::Float32),
        (Shape::Float, 8) => double(0).map(Value::Float64),
        (Shape::Complex, 8) => single(0)
            .zip(single(4))
            .map(|(real, imaginary)| Value::Complex64(real, imaginary)),
        (Shape::Complex, 16) => double(0)
            .zip(double(8))
            .map(|(real, imaginary)| Value::Complex128(real, imaginary)),
        _ => None,
    };
    value.ok_or(Missing::Implausible)
}

fn by_key(a: &Value, b: &Value) -> Ordering {
    match (a, b) {
        (Value::Int(a), Value::Int(b)) => a.cmp(b),
        (Value::Uint(a), Value::Uint(b)) => a.cmp(b),
        (Value::Text(a), Value::Text(b)) => a.bytes.cmp(&b.bytes),
        _ => Ordering::Equal,
    }
}
