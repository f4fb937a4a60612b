//! What a Go process looks like in memory: versions, offsets, the runtime's globals, goroutines.
//!
//! This crate knows Go and nothing of Linux processes. It reads a target through one seam, [`Memory`], and asks
//! for what it wants to have copied through a [`Plan`]. It is **not for** stacks' contents: those are
//! `gopeek-unwind`'s.

#![forbid(unsafe_code)]

mod addr;
pub mod allgs;
pub mod arch;
pub mod atomics;
pub mod backlog;
pub mod buildinfo;
pub mod calls;
pub mod capture;
#[cfg(feature = "tables")]
pub mod choose;
pub mod dwarf;
pub mod enums;
pub mod fields;
pub mod goroutine;
pub mod health;
pub mod heap;
pub mod image;
pub mod labels;
mod limits;
pub mod loops;
pub mod mem;
pub mod moduledata;
pub mod noting;
pub mod panicking;
pub mod pcheader;
pub mod pending;
mod print;
pub mod record;
pub mod refs;
pub mod registers;
pub mod roots;
pub mod rules;
pub mod sched;
pub mod section;
pub mod siginfo;
mod stacks;
pub mod sync;
pub mod table;
#[cfg(feature = "tables")]
pub mod tables;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
pub mod types;
pub mod value;
pub mod varint;
pub mod verify;
pub mod version;
pub mod watch;

pub use addr::{Addr, Span};
pub use capture::Plan;
pub use limits::Limits;
pub use mem::{Memory, Unreadable};
