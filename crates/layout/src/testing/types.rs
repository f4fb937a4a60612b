//! Type descriptors for tests, as a compiler and a linker would have made them.

#![allow(
    clippy::missing_panics_doc,
    clippy::cast_possible_truncation,
    reason = "what can't be put into descriptors is a mistake in the test, which fails"
)]

use super::Bytes;
use crate::addr::{Addr, Span};
use crate::fields;
use crate::types::{Kind, Region};

/// A module's descriptors, one behind the other, with their names.
#[derive(Clone, Debug)]
pub struct Descriptors<'f> {
    layout: &'f fields::Type,
    start: u64,
    content: Vec<u8>,
}

/// A field of a struct to be made: name, type, offset, whether it is embedded.
pub type FieldOf<'n> = (&'n str, Addr, u64, bool);

impl<'f> Descriptors<'f> {
    /// None yet, from `start` up.
    #[must_use]
    pub fn at(start: u64, layout: &'f fields::Type) -> Descriptors<'f> {
        Descriptors {
            layout,
            start,
            content: vec![0; 8],
        }
    }

    /// A predeclared type, or a type of a kind whose descriptor has no further fields.
    pub fn plain(&mut self, kind: u8, size: u64, name: &str) -> Addr {
        self.describe(kind, size, name, None, &[])
    }

    /// A type that refers to another first of all: a pointer, a slice.
    pub fn to(&mut self, kind: u8, size: u64, name: &str, elem: Addr) -> Addr {
        self.describe(kind, size, name, None, &[elem.get()])
    }

    /// An array.
    pub fn array(&mut self, elem: Addr, len: u64, size: u64) -> Addr {
        self.describe(17, size, "[]", None, &[elem.get(), 0, len])
    }

    /// An interface type with this number of methods.
    pub fn interface(&mut self, name: &str, methods: u64) -> Addr {
        self.describe(20, 16, name, None, &[0, self.start + 8, methods, methods])
    }

    /// A struct of the package with the path `package`.
    pub fn structure(
        &mut self,
        name: &str,
        package: &str,
        size: u64,
        fields: &[FieldOf<'_>],
    ) -> Addr {
        let mut words = Vec::new();
        for (name, kind, offset, embedded) in fields {
            let flags = if *embedded { 1 << 3 } else { 0 };
            let name = self.name(flags, name);
            words.extend([self.start + u64::from(name), kind.get(), *offset]);
        }
        self.align();
        let list = self.end();
        self.words(&words);
        let len = fields.len() as u64;
        self.describe(25, size, name, Some(package), &[0, list, len, len])
    }

    /// The descriptors as memory.
    #[must_use]
    pub fn bytes(&self) -> Bytes {
        Bytes::at(self.start).raw(&self.content)
    }

    /// The descriptors as a file has them.
    #[must_use]
    pub fn content(&self) -> &[u8] {
        &self.content
    }

    /// Their place in memory, without a file behind it.
    #[must_use]
    pub fn region(&self) -> Region<'static> {
        Region {
            span: Span::new(Addr::new(self.start), self.content.len() as u64),
            file: None,
        }
    }

    fn describe(
        &mut self,
        kind: u8,
        size: u64,
        name: &str,
        package: Option<&str>,
        own: &[u64],
    ) -> Addr {
        // Compilers write the name of T as that of *T, and leave the star out.
        let name = self.name(0, &format!("*{name}"));
        let path = package.map(|package| self.name(0, package));
        self.align();
        let at = self.content.len();
        self.content.resize(at + self.layout.size as usize, 0);
        self.content[at..at + 8].copy_from_slice(&size.to_le_bytes());
        let mut put = |offset: u32, bytes: &[u8]| {
            let from = at + offset as usize;
            self.content[from..from + bytes.len()].copy_from_slice(bytes);
        };
        put(self.layout.flags.offset(), &[2 | u8::from(path.is_some())]);
        let direct = Kind::of(kind).is_some_and(Kind::is_address);
        put(self.layout.kind.offset(), &[kind | u8::from(direct) << 5]);
        put(self.layout.name.offset(), &name.to_le_bytes());
        self.words(own);
        self.words(&[path.unwrap_or_default().into(), 0]);
        Addr::new(self.start + at as u64)
    }

    /// Writes a name, and returns its offset.
    fn name(&mut self, flags: u8, text: &str) -> u32 {
        let at = self.content.len() as u32;
        self.content.push(flags);
        let mut len = text.len();
        while len >= 0x80 {
            self.content.push(0x80 | (len & 0x7f) as u8);
            len >>= 7;
        }
        self.content.push(len as u8);
        self.content.extend(text.as_bytes());
        at
    }

    fn words(&mut self, words: &[u64]) {
        let bytes = words.iter().flat_map(|word| word.to_le_bytes());
        self.content.extend(bytes);
    }

    fn align(&mut self) {
        self.content
            .resize(self.content.len().next_multiple_of(8), 0);
    }

    fn end(&self) -> u64 {
        self.start + self.content.len() as u64
    }
}
