//! Reading values: from a type and a place to a tree, within limits.

use super::dies::DieRef;
use super::maps::entries;
use super::number::number;
use super::place::Place;
use super::types::{Member, Shape, Type};
use super::value::{Missing, Shown, Text, Value};
use super::variable::Reader;
use gopeek_layout::Addr;
use gopeek_layout::mem::read_bytes;
use std::cmp::Ordering;

/// Structs, arrays and interfaces within each other, without a pointer between them: more is a cycle.
const MAX_NESTING: usize = 32;

/// How much further a value may go.
#[derive(Copy, Clone, Debug)]
pub(super) struct Level {
    hops: usize,
    nesting: usize,
}

impl Level {
    /// Where a variable begins.
    pub(super) fn outermost(depth: usize) -> Level {
        Level {
            hops: depth,
            nesting: MAX_NESTING,
        }
    }

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

impl Reader<'_, '_> {
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
            if self.is_spent() {
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
            if self.is_spent() {
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

fn by_key(a: &Value, b: &Value) -> Ordering {
    match (a, b) {
        (Value::Int(a), Value::Int(b)) => a.cmp(b),
        (Value::Uint(a), Value::Uint(b)) => a.cmp(b),
        (Value::Text(a), Value::Text(b)) => a.bytes.cmp(&b.bytes),
        _ => Ordering::Equal,
    }
}
