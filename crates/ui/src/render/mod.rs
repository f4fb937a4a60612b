//! The formats that a report is written in, a file for each.

mod args;
mod header;
mod names;
mod quote;
pub mod runtime_stack;
