//! Say it: the command line, the report, the renderers. Holds the `gopeek` binary.
//!
//! [`inspect::inspect`] is the pipe from a process to a [`report::Report`]; everything after it sees only that.

#![forbid(unsafe_code)]

mod alone;
pub mod assemble;
pub mod book;
pub mod bundle;
pub mod census;
mod chosen;
pub mod cli;
mod code_files;
pub mod compare;
mod contradiction;
mod crash_text;
mod crash_words;
mod describe;
mod diagnose;
mod diff;
mod ended;
pub mod error;
pub mod filter;
pub mod find;
mod first;
mod format;
mod inert;
pub mod info;
pub mod inspect;
pub mod locals;
pub mod native;
pub mod options;
mod output;
mod pages;
mod panics;
mod places;
mod preamble;
mod progress;
pub mod ps;
mod recorder;
pub mod render;
pub mod report;
mod sampler;
pub mod save;
pub mod saved;
mod select;
mod signals;
mod take;
pub mod text;
mod text_words;
pub mod threads;
mod tui;
pub mod unlike;
mod unstopped;
mod words;
