//! Which fields of the runtime's structs gopeek reads, by the names that DWARF gives them.
//!
//! One list serves all: the typed tables, the reader of a target's own DWARF, and the generator of the tables.

use crate::mem::Word;
use crate::record::Field;
use thiserror::Error;

/// Where DWARF (or anything like it) says a member lies.
pub trait Members {
    /// Size in bytes of the struct `record` (`runtime.g`).
    fn size(&self, record: &str) -> Option<u32>;
    /// The member `path` (`sched.sp`) of the struct `record`.
    fn member(&self, record: &str, path: &str) -> Option<Member>;
}

/// Where a member lies in its struct.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct Member {
    /// Byte offset.
    pub offset: u32,
    /// Size in bytes.
    pub size: u32,
}

/// A struct or member that a layout must have and the source of offsets lacks.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
#[error("no offset for {record}.{path}")]
pub struct MissingField {
    /// The struct, as DWARF names it.
    pub record: &'static str,
    /// The member's path, or empty for the struct itself.
    pub path: &'static str,
}

/// One row of a layout, for printing and comparing.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Row {
    /// The struct, as DWARF names it.
    pub record: &'static str,
    /// The name of the field in gopeek.
    pub field: &'static str,
    /// Whether some versions lack it.
    pub optional: bool,
    /// Byte offset.
    pub offset: Option<u32>,
}

/// One struct of a layout, for printing.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RecordRow {
    /// Its field in [`Fields`].
    pub slot: &'static str,
    /// Its type here.
    pub name: &'static str,
    /// The struct, as DWARF names it.
    pub record: &'static str,
    /// Whether some versions lack it.
    pub optional: bool,
    /// Its size in bytes, where this version has it.
    pub size: Option<u32>,
}

/// Bytes of the last field of a record of which no more is read.
const WORD: u32 = 8;

/// The first of `paths` that exists, as a field; a member narrower than `T` is not that field.
fn first<T: Word>(members: &impl Members, record: &str, paths: &[&str]) -> Option<Field<T>> {
    let member = paths.iter().find_map(|path| members.member(record, path))?;
    (usize::try_from(member.size).ok()? >= T::SIZE).then(|| Field::at(member.offset))
}

macro_rules! kind {
    (required $ty:ty) => { Field<$ty> };
    (optional $ty:ty) => { Option<Field<$ty>> };
}
macro_rules! resolve {
    (required $members:ident, $record:expr, $paths:expr) => {
        first($members, $record, $paths).ok_or(MissingField {
            record: $record,
            path: $paths[0],
        })?
    };
    (optional $members:ident, $record:expr, $paths:expr) => {
        first($members, $record, $paths)
    };
}
macro_rules! offset {
    (required $field:expr) => {
        Some($field.offset())
    };
    (optional $field:expr) => {
        $field.map(Field::offset)
    };
}
macro_rules! is_optional_slot {
    (always) => {
        false
    };
    (sometimes) => {
        true
    };
    (partly) => {
        true
    };
}
macro_rules! is_optional {
    (required) => {
        false
    };
    (optional) => {
        true
    };
}

macro_rules! slot {
    (always $ty:ty) => { $ty };
    (sometimes $ty:ty) => { Option<$ty> };
    (partly $ty:ty) => { Option<$ty> };
}
macro_rules! resolve_slot {
    (always $name:ident, $members:ident) => {
        $name::resolve($members)?
    };
    (sometimes $name:ident, $members:ident) => {
        $name::resolve($members).ok()
    };
    // Fields were added behind those that are read, by some patch release: no more of it counts than is read.
    (partly $name:ident, $members:ident) => {
        $name::resolve($members).ok().map(|found| {
            let mut rows = Vec::new();
            found.rows(&mut rows);
            let last = rows.iter().filter_map(|row| row.offset).max();
            $name {
                size: last.map_or(0, |last| last + WORD),
                ..found
            }
        })
    };
}
macro_rules! record_rows {
    (always $rows:ident, $record:expr) => {
        $record.rows(&mut $rows)
    };
    (partly $rows:ident, $record:expr) => {
        record_rows!(sometimes $rows, $record)
    };
    (sometimes $rows:ident, $record:expr) => {
        if let Some(record) = &$record {
            record.rows(&mut $rows)
        }
    };
}
macro_rules! record_size {
    (always $record:expr) => {
        Some($record.size)
    };
    (partly $record:expr) => {
        record_size!(sometimes $record)
    };
    (sometimes $record:expr) => {
        $record.map(|record| record.size)
    };
}

/// Declares structs of typed fields, and [`Fields`] as all of them.
macro_rules! records {
    ($($(#[$doc:meta])* $when:ident $name:ident $slot:ident = $record:literal $(| $renamed:literal)* {
        $($(#[$fdoc:meta])* $need:ident $field:ident: $ty:ty = $($path:literal)|+;)*
    })*) => {
        $(
            $(#[$doc])*
            #[derive(Copy, Clone, PartialEq, Eq, Debug)]
            pub struct $name {
                /// Size of the whole struct, in bytes; of what is read of it, where it differs between patch releases.
                pub size: u32,
                $($(#[$fdoc])* pub $field: kind!($need $ty),)*
            }

            impl $name {
                fn resolve(members: &impl Members) -> Result<Self, MissingField> {
                    let names = [$record, $($renamed),*];
                    let record = names.into_iter().find(|name| members.size(name).is_some()).unwrap_or($record);
                    Ok($name {
                        size: members.size(record).ok_or(MissingField { record: $record, path: "" })?,
                        $($field: resolve!($need members, record, &[$($path),+]),)*
                    })
                }

                fn rows(&self, rows: &mut Vec<Row>) {
                    $(rows.push(Row {
                        record: $record,
                        field: stringify!($field),
                        optional: is_optional!($need),
                        offset: offset!($need self.$field),
                    });)*
                }
            }
        )*

        /// The offsets of every struct that gopeek reads, for one range of Go releases on one architecture.
        #[derive(Copy, Clone, PartialEq, Eq, Debug)]
        pub struct Fields {
            $($(#[$doc])* pub $slot: slot!($when $name),)*
        }

        impl Fields {
            /// Whether DWARF's `name` is a struct that is looked at.
            #[must_use]
            pub fn has_record(name: &str) -> bool {
                [$($record, $($renamed,)*)*].contains(&name)
            }

            /// Looks every field up.
            ///
            /// # Errors
            /// [`MissingField`] for the first one that every version has and `members` lacks.
            pub fn resolve(members: &impl Members) -> Result<Fields, MissingField> {
                Ok(Fields { $($slot: resolve_slot!($when $name, members),)* })
            }

            /// Every struct, in the order of the declaration.
            #[must_use]
            pub fn records(&self) -> Vec<RecordRow> {
                vec![$(RecordRow {
                    slot: stringify!($slot),
                    name: stringify!($name),
                    record: $record,
                    optional: is_optional_slot!($when),
                    size: record_size!($when self.$slot),
                },)*]
            }

            /// Every field, struct by struct, in the order of the declaration.
            #[must_use]
            pub fn rows(&self) -> Vec<Row> {
                let mut rows = Vec::new();
                $(record_rows!($when rows, self.$slot);)*
                rows
            }
        }
    };
}

mod records;

pub use records::{
    Ancestor, Bubble, Coro, Defer, Fields, Finalizer, G, GcController, Hchan, Heap, HeapSpan,
    HeapStats, Hmap, M, MemStats, ModuleDataFields, P, Panic, PollDesc, Sched, SemTable, Special,
    Sudog, SynctestGroup, Timer, Type, Work,
};
