//! What the crate does to live processes: children of the test, which it may trace as any user.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test says what it expects by failing"
)]

mod asleep;
mod cgroup;
mod core_files;
mod core_hostile;
mod core_real;
mod core_written;
mod denied;
mod descriptors;
mod exec;
mod facts;
mod files;
mod gone;
mod helper;
mod holes;
mod leader;
mod memory;
mod pause;
mod peers;
mod refused;
mod registers;
mod signals;
mod still;
mod stopped;
mod target;
mod threads;
