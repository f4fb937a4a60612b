//! What the crate makes of hand-made files and memory, through its public face alone.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test says what it expects by failing"
)]

mod buildinfo;
mod choose;
mod dwarf;
mod executor;
mod gofile;
mod goroutines;
mod heap;
mod hostile_files;
mod hostile_memory;
mod image;
mod labels;
mod limits;
mod numbers;
mod pclntab_search;
mod pending;
mod plan;
mod records;
mod roots;
mod roots_by_value;
mod roots_inner;
mod sync;
mod tables;
mod threads;
mod types;
mod verify;
mod watch;
