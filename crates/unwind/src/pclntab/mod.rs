//! Go's table of functions, lines, frame sizes, inlining and arguments, read in place.
//!
//! The format is `runtime/symtab.go`'s and `cmd/link/internal/ld/pcln.go`'s. Every offset in it is a foreign number:
//! what leads outside of its table is nothing, never a panic.

pub mod args;
pub mod format;
pub mod function;
pub mod inline;
mod lookup;
pub mod module;
