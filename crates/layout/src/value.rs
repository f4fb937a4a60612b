//! Values behind interfaces, read by the descriptors that the runtime keeps of types: no DWARF is needed.
//!
//! One line of Go syntax, a few levels deep: what a panic was called with. **Not for** variables of frames.

use crate::addr::{Addr, Span};
use crate::fields::Fields;
use crate::mem::{GoSlice, Interface, Memory, read_bytes, read_uint, read_word};
use crate::types::name;
use std::fmt::Write as _;

/// A value, and what it is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Value {
    /// Its type, with the package's name: `*fs.PathError`.
    pub type_name: String,
    /// The value in Go's syntax; nothing where it can't be read.
    pub text: Option<String>,
}

/// How deep pointers, structs and interfaces are followed: an error that wraps an error that wraps one.
const DEPTH: usize = 4;
/// Fields of a struct, and bytes of a string, that are shown.
const MAX_FIELDS: u64 = 16;
const MAX_TEXT: usize = 256;
/// Bytes of a value's text after which no more fields come: sixteen of sixteen, a few levels deep, are a million.
const MAX_LINE: usize = 4096;

/// `reflect.Kind`, without the flags that older releases keep beside it.
pub(crate) mod kind {
    pub(super) const MASK: u8 = 31;
    pub(crate) const BOOL: u8 = 1;
    pub(crate) const INT: u8 = 2;
    pub(crate) const INT64: u8 = 6;
    pub(crate) const UINT: u8 = 7;
    pub(crate) const UINTPTR: u8 = 12;
    pub(crate) const FLOAT32: u8 = 13;
    pub(crate) const FLOAT64: u8 = 14;
    pub(crate) const COMPLEX64: u8 = 15;
    pub(crate) const COMPLEX128: u8 = 16;
    pub(super) const INTERFACE: u8 = 20;
    pub(super) const POINTER: u8 = 22;
    pub(crate) const STRING: u8 = 24;
    pub(super) const STRUCT: u8 = 25;
}

/// `abi.TFlagExtraStar`: the name has a star too many, as it is shared with the pointer's.
const EXTRA_STAR: u8 = 1 << 1;
/// `abi.StructField{Name, Typ, Offset}`.
const STRUCT_FIELD: u64 = 24;

/// Reads the value of an `any`. `types` are the modules' descriptors (moduledata's types to etypes).
#[must_use]
pub fn of_interface(
    memory: &dyn Memory,
    fields: &Fields,
    types: &[Span],
    interface: Interface,
) -> Value {
    let values = Values {
        memory,
        fields,
        types,
    };
    let Interface { kind, data } = interface;
    if kind.is_null() {
        return Value {
            type_name: "nil".to_owned(),
            text: None,
        };
    }
    let mut text = String::new();
    let shown = values.boxed(&mut text, kind, data, DEPTH);
    Value {
        type_name: values.name(kind).unwrap_or_else(|| "?".to_owned()),
        text: shown.map(|()| text),
    }
}

/// The name of the type that the descriptor at `kind` is of.
#[must_use]
pub fn type_name(
    memory: &dyn Memory,
    fields: &Fields,
    types: &[Span],
    kind: Addr,
) -> Option<String> {
    let values = Values {
        memory,
        fields,
        types,
    };
    values.name(kind)
}

/// Types and values of a target.
pub(crate) struct Values<'m> {
    pub(crate) memory: &'m dyn Memory,
    pub(crate) fields: &'m Fields,
    pub(crate) types: &'m [Span],
}

impl Values<'_> {
    /// The name of the type that `kind` describes.
    pub(crate) fn name(&self, kind: Addr) -> Option<String> {
        let t = &self.fields.kind;
        let offset = t.name.read(self.memory, kind).ok()?;
        let base = self.types.iter().find(|span| span.contains(kind))?.start;
        let name = self.encoded(base.checked_add(u64::from(offset))?)?;
        let starred = t.flags.read(self.memory, kind).ok()? & EXTRA_STAR != 0;
        match name.strip_prefix('*') {
            Some(rest) if starred => Some(rest.to_owned()),
            _ => Some(name),
        }
    }

    fn encoded(&self, at: Addr) -> Option<String> {
        Some(name::read(self.memory, at, name::MAX_NAME)?.text)
    }

    /// Its kind.
    pub(crate) fn kind(&self, kind: Addr) -> Option<u8> {
        let kind = self.fields.kind.kind.read(self.memory, kind).ok()?;
        Some(kind & kind::MASK)
    }

    /// What lies behind a type's descriptor, where each kind keeps what is its own.
    fn behind(&self, kind: Addr, offset: u64) -> Option<Addr> {
        kind.checked_add(u64::from(self.fields.kind.size).checked_add(offset)?)
    }

    /// The value of an interface: a pointer is its own value, all else that is shown lies at `data`.
    fn boxed(&self, out: &mut String, kind: Addr, data: Addr, depth: usize) -> Option<()> {
        if self.kind(kind)? == kind::POINTER {
            self.pointer(out, kind, data, depth)
        } else {
            self.value(out, kind, data, depth)
        }
    }

    fn value(&self, out: &mut String, kind: Addr, at: Addr, depth: usize) -> Option<()> {
        // Writing to a String does not fail.
        let _ = match self.kind(kind)? {
            kind::BOOL => write!(out, "{}", read_word::<u8>(self.memory, at).ok()? != 0),
            number @ kind::INT..=kind::INT64 => {
                write!(out, "{}", self.number(at, width(number, kind::INT))?.0)
            }
            number @ kind::UINT..=kind::UINTPTR => {
                write!(out, "{}", self.number(at, width(number, kind::UINT))?.1)
            }
            kind::FLOAT32 => {
                let bits = read_word::<u32>(self.memory, at).ok()?;
                write!(out, "{}", f32::from_bits(bits))
            }
            kind::FLOAT64 => {
                let bits = read_word::<u64>(self.memory, at).ok()?;
                write!(out, "{}", f64::from_bits(bits))
            }
            kind::STRING => return self.string(out, at),
            kind::POINTER => {
                let to = read_word(self.memory, at).ok()?;
                return self.pointer(out, kind, to, depth);
            }
            kind::STRUCT => return self.structure(out, kind, at, depth),
            kind::INTERFACE => return self.interface(out, kind, at, depth),
            _ => write!(out, "{}", self.name(kind).unwrap_or_default()),
        };
        Some(())
    }

    /// A number of so many bytes, signed and unsigned.
    pub(crate) fn number(&self, at: Addr, width: usize) -> Option<(i64, u64)> {
        let unsigned = read_uint(self.memory, at, width).ok()?;
        let unused = 64 - 8 * u32::try_from(width).ok()?;
        let signed = unsigned.checked_shl(unused)?.cast_signed() >> unused;
        Some((signed, unsigned))
    }

    fn string(&self, out: &mut String, at: Addr) -> Option<()> {
        let header: GoSlice = read_word(self.memory, at).ok()?;
        let len = usize::try_from(header.len).unwrap_or(usize::MAX);
        let text = read_bytes(self.memory, header.data, len.min(MAX_TEXT)).ok()?;
        let more = if len > MAX_TEXT { "..." } else { "" };
        let _ = write!(out, "{:?}{more}", String::from_utf8_lossy(&text));
        Some(())
    }

    fn pointer(&self, out: &mut String, kind: Addr, to: Addr, depth: usize) -> Option<()> {
        let elem: Addr = read_word(self.memory, self.behind(kind, 0)?).ok()?;
        if to.is_null() {
            out.push_str("nil");
        } else if depth == 0 || self.kind(elem)? != kind::STRUCT {
            let _ = write!(out, "{to}");
        } else {
            out.push('&');
            self.structure(out, elem, to, depth - 1)?;
        }
        Some(())
    }

    fn structure(&self, out: &mut String, kind: Addr, at: Addr, depth: usize) -> Option<()> {
        // Behind the package's path.
        let list: GoSlice = read_word(self.memory, self.behind(kind, 8)?).ok()?;
        out.push_str(&self.name(kind).unwrap_or_default());
        out.push('{');
        for index in 0..list.len.min(MAX_FIELDS) {
            if out.len() >= MAX_LINE {
                out.push_str("...}");
                return Some(());
            }
            let field = list.data.checked_add(index * STRUCT_FIELD)?;
            let word =
                |offset| -> Option<u64> { read_word(self.memory, field.checked_add(offset)?).ok() };
            let name = self.encoded(Addr::new(word(0)?))?;
            let separator = if index > 0 { ", " } else { "" };
            let _ = write!(out, "{separator}{name}: ");
            let offset = word(16)?;
            if depth == 0 {
                out.push_str("...");
            } else {
                let at = at.checked_add(offset)?;
                self.value(out, Addr::new(word(8)?), at, depth - 1)?;
            }
        }
        if list.len > MAX_FIELDS {
            out.push_str(", ...");
        }
        out.push('}');
        Some(())
    }

    fn interface(&self, out: &mut String, kind: Addr, at: Addr, depth: usize) -> Option<()> {
        let Interface { kind: table, data } = read_word(self.memory, at).ok()?;
        if table.is_null() {
            out.push_str("nil");
            return Some(());
        }
        // One with methods has an itab, whose second word is the type; one without has the type.
        let methods: GoSlice = read_word(self.memory, self.behind(kind, 8)?).ok()?;
        let dynamic = if methods.len > 0 {
            read_word(self.memory, table.checked_add(8)?).ok()?
        } else {
            table
        };
        if depth == 0 {
            out.push_str(&self.name(dynamic).unwrap_or_default());
            return Some(());
        }
        self.boxed(out, dynamic, data, depth - 1)
    }
}

/// Bytes of a number of the kind `number`, in a family that begins with the word-sized one: int, int8, int16, ...
pub(crate) fn width(number: u8, first: u8) -> usize {
    match number - first {
        1 => 1,
        2 => 2,
        3 => 4,
        _ => 8,
    }
}
