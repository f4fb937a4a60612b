//! What the terminal is like: its width, whether it has colours, whether anybody still reads.

use std::env;
use std::io::{self, IsTerminal, Write};

use anyhow::Result;

/// Columns where there is no terminal.
const WIDTH: u16 = 100;

/// When to use colours.
#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
pub(super) enum Colour {
    /// On a terminal, unless NO_COLOR is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// Whether to use colours.
pub(super) fn colours(when: Colour) -> bool {
    match when {
        Colour::Always => true,
        Colour::Never => false,
        Colour::Auto => {
            let refused = env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
            io::stdout().is_terminal() && !refused
        }
    }
}

/// Columns to fill: those asked for, else the terminal's.
pub(super) fn width(asked: Option<u16>) -> usize {
    let of_terminal = || {
        rustix::termios::tcgetwinsize(io::stdout())
            .ok()
            .map(|size| size.ws_col)
    };
    let width = asked.or_else(of_terminal).filter(|width| *width > 0);
    usize::from(width.unwrap_or(WIDTH).max(60))
}

/// Prints a text. It is no error if nobody reads to its end.
pub(super) fn print(text: &str) -> Result<()> {
    match io::stdout().lock().write_all(text.as_bytes()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => Ok(other?),
    }
}
