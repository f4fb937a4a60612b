//! The formats that a report is written in, a file for each.

mod args;
pub mod details;
mod header;
mod names;
mod quote;
pub mod runtime_stack;
pub mod sigquit;
pub mod threads;
