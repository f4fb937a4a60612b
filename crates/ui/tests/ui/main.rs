//! What a user meets: the command line, and the text that a report becomes.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test says what it expects by failing"
)]

mod bundle;
mod command_line;
mod compat;
mod cores;
mod crash;
mod details;
mod elision;
mod filters;
mod folded;
mod gostackparse;
mod headers;
mod json;
mod native;
mod pprof;
mod reports;
mod sigquit;
mod text;
mod threads;
