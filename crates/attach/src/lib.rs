//! Stop, copy, let go: processes, their threads, their memory and files, and why access was denied.
//!
//! This crate knows Linux and nothing of Go. It never writes to a target, and holds it only inside
//! [`hold::while_stopped`]. It is **not for** deciding what to copy: it is told, wave by wave.

#![deny(unsafe_code)]

pub mod again;
pub mod asleep;
mod backing;
mod bulk;
pub mod capture;
pub mod cgroup;
pub mod clock;
mod copy;
pub mod core;
mod cut;
mod deadline;
pub mod debug_files;
pub mod denied;
pub mod descriptors;
pub mod error;
mod facts;
pub mod files;
pub mod foreign;
mod gather;
pub mod hold;
pub mod list;
mod living;
pub mod locks;
pub mod look;
pub mod mirror;
mod open;
pub mod peers;
pub mod priority;
mod proc_text;
pub mod process;
mod quota;
mod reap;
mod regs;
mod signals;
pub mod snapshot;
mod space;
pub mod state;
pub mod stop;
pub mod sweep;
pub mod syscalls;
mod thread_files;
pub mod threads;
pub mod time_limit;
mod tracee;
mod unix_peers;
mod unpacked;
pub mod vitals;
pub mod workers;

pub use error::AttachError;
pub use nix::unistd::Pid;
pub use process::Process;
pub use snapshot::Snapshot;
