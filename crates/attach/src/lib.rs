//! Stop, copy, let go: processes, their threads, their memory and files, and why access was denied.
//!
//! This crate knows Linux and nothing of Go. It never writes to a target, and holds it only inside
//! [`hold::while_stopped`]. It is **not for** deciding what to copy: it is told, wave by wave.

#![deny(unsafe_code)]

pub mod again;
mod backing;
mod bulk;
pub mod capture;
pub mod cgroup;
pub mod clock;
mod copy;
pub mod core;
mod deadline;
pub mod debug_files;
pub mod denied;
pub mod descriptors;
pub mod error;
mod facts;
pub mod files;
mod gather;
pub mod hold;
pub mod list;
mod living;
pub mod look;
pub mod mirror;
pub mod peers;
pub mod process;
mod reap;
mod regs;
pub mod snapshot;
mod space;
pub mod stop;
pub mod sweep;
pub mod syscalls;
pub mod threads;
mod tracee;
mod unix_peers;
mod urgent;
pub mod vitals;
pub mod workers;

pub use error::AttachError;
pub use nix::unistd::Pid;
pub use process::Process;
pub use snapshot::Snapshot;
