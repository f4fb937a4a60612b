//! Arguments and local variables of a frame, where the binary has DWARF: names, types and values.
//!
//! It is told where a frame is and reads through [`Memory`] alone, so it can be run again when what it missed has
//! been copied: a miss costs the one value that it is in. Not for walking: the caller knows the frames.

mod dies;
mod location;
mod maps;
mod members;
mod number;
mod place;
mod program;
mod ranges;
mod read;
mod scope;
mod sections;
mod text;
mod types;
mod unit;
mod value;
mod variable;

pub use members::{PointerArgument, PointerMember, TypeRef};
pub use program::Program;
pub use sections::DebugSections;
pub use value::{Missing, Shown, Text, Value};

use gopeek_layout::image::ImageError;
use gopeek_layout::registers::Registers;
use gopeek_layout::section::SectionError;
use gopeek_layout::{Addr, Memory};
use scope::Found;
use std::sync::Arc;
use thiserror::Error;
use variable::Reader;

/// Why a file's DWARF can't be used.
#[derive(Debug, Error)]
pub enum LocalsError {
    /// Not an ELF file of Go's.
    #[error("the file can't be read")]
    Image(#[from] ImageError),
    /// Its headers can't be read.
    #[error("the section headers can't be read")]
    Object(#[from] object::Error),
    /// A section with DWARF can't be had.
    #[error(transparent)]
    Section(#[from] SectionError),
    /// It was linked with -w, or stripped.
    #[error("the binary has no DWARF")]
    Absent,
}

/// How much of a frame's values is looked at.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct Limits {
    /// How many pointers, slices or maps one within the other are followed.
    pub depth: usize,
    /// Elements of one slice, array or map.
    pub elements: usize,
    /// Bytes of one text.
    pub text_bytes: usize,
    /// Values in all: of one call of [`Program::variables`].
    pub values: usize,
}

impl Default for Limits {
    /// What fits a screen.
    fn default() -> Self {
        Limits {
            depth: 2,
            elements: 16,
            text_bytes: 64,
            values: 10_000,
        }
    }
}

/// A place in the source, as the tables of Go tell it.
#[derive(Copy, Clone, Debug)]
pub struct Site<'a> {
    /// The pc, as linked.
    pub linked_pc: Addr,
    /// Whether that is the instruction itself rather than a return address.
    pub trap: bool,
    /// The line of each logical frame there, innermost first: what is declared behind it is not shown. A frame
    /// without a line shows all.
    pub lines: &'a [u32],
}

/// A physical frame.
#[derive(Copy, Clone, Debug)]
pub struct Frame<'a> {
    /// The canonical frame address: the stack pointer before the call that made the frame.
    pub cfa: Addr,
    /// The registers of the frame itself: known for the innermost of a thread that was stopped.
    pub registers: Option<&'a Registers>,
    /// What was added to linked addresses when the module was loaded.
    pub bias: u64,
}

/// The target, for reading values.
#[derive(Copy, Clone)]
pub struct Target<'a> {
    /// Its memory.
    pub memory: &'a dyn Memory,
    /// What the function with this entry is called.
    pub name_of: &'a dyn Fn(Addr) -> Option<String>,
}

/// The variables of a logical frame: the function itself, or a call inlined into it.
#[derive(Clone, PartialEq, Debug)]
pub struct Scope {
    /// The function, as the linker calls it.
    pub function: Arc<str>,
    /// Its variables, in the order of their declaration; blocks within it last.
    pub variables: Vec<Variable>,
}

/// A variable that can be seen.
#[derive(Clone, PartialEq, Debug)]
pub struct Variable {
    /// Its name in the source.
    pub name: Arc<str>,
    /// Its type.
    pub type_name: Arc<str>,
    /// What it is to the function.
    pub role: Role,
    /// Where it is declared, in the function's file; 0 where that is not told.
    pub line: u32,
    /// Its value.
    pub value: Value,
}

/// What a variable is to its function.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Role {
    /// It is passed in; a receiver, too, and in some builds what a closure has captured.
    Argument,
    /// It is returned, and has a name.
    Result,
    /// It is declared within.
    Local,
}

impl Program<'_> {
    /// The variables that can be seen at `site`, in `frame`, for each logical frame there, innermost first. None
    /// where no DWARF covers the pc.
    #[must_use]
    pub fn variables(
        &self,
        site: &Site<'_>,
        frame: &Frame<'_>,
        target: &Target<'_>,
        limits: &Limits,
    ) -> Vec<Scope> {
        let reader = Reader::new(self, target, frame, limits);
        let mut scopes = Vec::new();
        for names in self.names_at(site) {
            let dictionary = names
                .dictionary
                .and_then(|found| reader.word(&found).ok().map(Addr::new));
            let read = |found: &Found<'_, '_>| reader.variable(found, dictionary);
            scopes.push(Scope {
                function: names.function,
                variables: names.variables.iter().map_while(read).collect(),
            });
        }
        scopes
    }
}
