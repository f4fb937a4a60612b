//! Say it: the command line, the report, the renderers. Holds the `gopeek` binary.

#![forbid(unsafe_code)]

pub mod assemble;
pub mod cli;
pub mod error;
pub mod find;
mod places;
pub mod inspect;
pub mod report;
pub mod render;
