//! The formats that a report is written in, a file for each.

mod acceptable;
pub(crate) mod args;
pub mod compat;
mod crash;
pub mod details;
pub mod findings;
pub mod folded;
pub mod gostackparse;
mod header;
pub mod json;
mod names;
mod native;
pub mod pprof;
mod profiled;
mod quote;
pub mod report;
pub mod runtime_stack;
mod side_by_side;
pub mod sigquit;
pub(crate) mod taken;
pub mod threads;
