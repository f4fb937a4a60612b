//! C frames: the walk up a native stack by call frame information, and what the code at a pc is called.
//!
//! It takes over where Go's tables end, and ends where they begin: [`Natives::walk`] goes from a thread's registers
//! to the Go code that called C, [`segments`] finds the C frames that lie between the Go frames of one goroutine.
//! It is **not for** Go frames, which [`crate::walk`] finds without registers.

mod callback;
mod cfi;
mod cpu;
mod debug_file;
mod elf_symbols;
mod end;
mod expression;
mod index;
mod module;
mod pointers;
mod registers;
mod symbols;
mod table;
mod trampoline;
mod walk;

pub use callback::{Chain, NativeSegment, segments};
pub use debug_file::DebugFile;
pub use end::NativeEnd;
pub use module::NativeModule;
pub use registers::KnownRegisters;
pub use symbols::{DebugBytes, FindDebugFile, NativeCall, Symbols};
pub use walk::{NativeFrame, NativeStack, Natives, Trust};

/// How the bytes of a target's files are read: in place, little-endian.
type Slice<'d> = gimli::EndianSlice<'d, gimli::LittleEndian>;

/// `bytes`, to be read.
fn slice(bytes: &[u8]) -> Slice<'_> {
    gimli::EndianSlice::new(bytes, gimli::LittleEndian)
}
