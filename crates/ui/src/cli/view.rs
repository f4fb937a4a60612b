//! What to show of a look, and how.

use super::args::Known;
use super::limit::Limit;
use crate::bundle::Archive;
use crate::chosen::Chosen;
use crate::error::InspectError;
use crate::format::Format;
use clap::{Args, ValueEnum};
use std::io::IsTerminal;
use std::path::PathBuf;

/// What to show, and how.
#[derive(Args, Debug)]
pub(super) struct View {
    /// What to print [default: report on a terminal, else stack].
    #[arg(long, value_enum)]
    pub(super) format: Option<Format>,
    /// Short for --format=json.
    #[arg(long, conflicts_with = "format")]
    pub(super) json: bool,
    /// With --format=pprof: one sample per goroutine, with its id, state and wait as labels.
    #[arg(long)]
    pub(super) per_goroutine: bool,
    /// When to use colours in the report.
    #[arg(long, value_enum, default_value_t = Color::Auto)]
    pub(super) color: Color,
    /// Show all rows of the report, not only the first ones of each table.
    #[arg(short, long)]
    pub(super) all: bool,
    /// Write to FILE instead of standard output.
    #[arg(short, long, value_name = "FILE")]
    pub(super) output: Option<PathBuf>,
    /// Write an archive for a ticket: report, dump, JSON, profile, folded stacks and threads of one look. The name must end in
    /// .tar.zst, .tar.gz or .tar.
    #[arg(
        long,
        value_name = "FILE",
        value_parser = Archive::named,
        conflicts_with_all = ["format", "json", "per_goroutine", "output", "goroutines", "threads"]
    )]
    pub(super) bundle: Option<Archive>,
    /// With --bundle: overwrite a file that exists.
    #[arg(long, requires = "bundle")]
    pub(super) force: bool,
    /// Show only the goroutine with this id, and everything that is known about it. Can be given several times.
    #[arg(
        short,
        long = "goroutine",
        value_name = "ID",
        conflicts_with = "threads"
    )]
    pub(super) goroutines: Vec<u64>,
    /// Of a file with several text dumps, show the N-th [default: the last whole one].
    #[arg(long = "dump", value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(super) dump: Option<u32>,
    #[command(flatten)]
    pub(super) chosen: Chosen,
    /// Show the runtime's own goroutines and frames, too. With --threads: also the stack of each thread's g0.
    #[arg(long, visible_alias = "system")]
    pub(super) runtime: bool,
    /// With --goroutine: show the arguments and local variables of its frames, if the binary has DWARF.
    #[arg(long, requires = "goroutines")]
    pub(super) locals: bool,
    /// Search the heap for leaks: objects that goroutines wait on and nothing reachable refers to. gopeek reads the heap while
    /// the target runs; that takes about as long as a GC.
    #[arg(long)]
    pub(super) deep: bool,
    /// Show the C frames above the Go frames that called them.
    #[arg(long, conflicts_with = "threads")]
    pub(super) native: bool,
    /// List the threads instead: what each does in the kernel and in the runtime.
    #[arg(long)]
    pub(super) threads: bool,
    #[command(flatten)]
    pub(super) known: Known,
    #[command(flatten)]
    pub(super) limit: Limit,
    /// For scripts: exit with 10 if something is suspicious, with 11 if goroutines are stuck. Into a pipe, print one line per
    /// finding and nothing else, unless a format is given.
    #[arg(long)]
    pub(super) check: bool,
}

/// When to use colours.
#[derive(ValueEnum, Copy, Clone, PartialEq, Eq, Debug)]
pub(super) enum Color {
    /// On a terminal, unless NO_COLOR is set or TERM is dumb.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl View {
    pub(super) fn is_terminal(&self) -> bool {
        self.output.is_none() && std::io::stdout().is_terminal()
    }

    pub(super) fn format(&self) -> Format {
        match self.format {
            Some(format) => format,
            None if self.json => Format::Json,
            None if self.is_terminal() => Format::Report,
            None => Format::Stack,
        }
    }

    /// Sets the format that a verb stands for, unless another one was given.
    pub(super) fn prefer(&mut self, format: Format) {
        if !self.json {
            self.format.get_or_insert(format);
        }
    }

    /// Shows threads, as `gopeek threads` asks.
    ///
    /// # Errors
    /// [`InspectError::NotForThreads`] if goroutines were selected, too.
    pub(super) fn show_threads(&mut self) -> Result<(), InspectError> {
        let picks = !self.goroutines.is_empty() || self.chosen.is_given();
        if picks || self.native || self.bundle.is_some() {
            return Err(InspectError::NotForThreads);
        }
        self.threads = true;
        Ok(())
    }

    /// Returns whether the output tells what changed between looks.
    pub(super) fn has_changes(&self) -> bool {
        let format = self.format();
        let table = self.threads || !self.goroutines.is_empty();
        self.check
            || self.bundle.is_some()
            || format.has_threads()
            || (format == Format::Report && !table)
    }

    /// Returns whether the output is one line per finding and nothing else.
    pub(super) fn is_lines(&self) -> bool {
        let asked = self.format.is_some() || self.json;
        let table = self.threads || !self.goroutines.is_empty();
        self.check && !asked && self.bundle.is_none() && !table && !self.is_terminal()
    }

    pub(super) fn has_colors(&self) -> bool {
        self.color.is_on(self.is_terminal())
    }
}

impl Color {
    /// Returns whether to use colours, on a terminal or not.
    pub(super) fn is_on(self, terminal: bool) -> bool {
        let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
        match self {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => {
                let dumb = set("TERM").is_none_or(|term| term == "dumb");
                terminal && set("NO_COLOR").is_none() && !dumb
            }
        }
    }
}
