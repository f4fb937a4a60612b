//! What the crate makes of hand-made tables and stacks, through its public face alone.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test says what it expects by failing"
)]

mod arguments;
mod broken_tables;
mod code;
mod defers;
mod ends;
mod hostile;
mod inlining;
mod locals;
mod native_callback;
mod native_hostile;
mod native_program;
mod native_symbols;
mod native_walk;
mod pclntab;
mod program;
mod running;
mod running_arm64;
mod start;
mod traps;
mod walk_amd64;
mod walk_arm64;
