//! Where each goroutine is: pclntab, inlining, arguments, and the walk up its stack.
//!
//! This crate reads a target through `gopeek-layout`'s [`gopeek_layout::Memory`] and knows nothing of processes.
//! It is **not for** printing: names and files come as the linker stored them.

#![forbid(unsafe_code)]

pub mod code;
pub mod defers;
pub mod gap;
pub mod handler;
mod link;
pub mod live;
pub mod locals;
pub mod native;
pub mod pclntab;
pub mod running;
pub mod start;
pub mod system;
pub mod uses;
pub mod walk;

pub use code::{Code, Site};
pub use gap::Gap;
pub use handler::Handler;
pub use running::OnThread;
pub use start::{Source, Start, start};
pub use walk::{End, Frame, Stack, Walker};
