//! The terminal: taken, and given back whatever happens.

use super::backend::Cells;
use crate::error::InspectError;
use crossterm::cursor::Show;
use crossterm::event::{DisableMouseCapture, EnableMouseCapture};
use crossterm::execute;
use crossterm::terminal::{
    EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};
use ratatui::Terminal;
use std::io::{self, BufWriter, Stdout};
use std::panic;

/// A frame of a large screen is some ten kilobytes.
const BUFFER: usize = 64 << 10;

/// The terminal, while it is ours.
pub(crate) struct Taken {
    pub(crate) terminal: Terminal<Cells<BufWriter<Stdout>>>,
}

impl Taken {
    /// Takes it.
    ///
    /// # Errors
    /// [`InspectError::Output`].
    pub(crate) fn take() -> Result<Taken, InspectError> {
        let usual = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            give_back();
            usual(panic);
        }));
        enter().map_err(failed)?;
        let out = BufWriter::with_capacity(BUFFER, io::stdout());
        let terminal = Terminal::new(Cells::new(out)).map_err(|error| {
            give_back();
            failed(error)
        })?;
        Ok(Taken { terminal })
    }

    /// Takes it again after it was given back.
    ///
    /// # Errors
    /// Likewise.
    pub(crate) fn again(&mut self) -> Result<(), InspectError> {
        enter().map_err(failed)?;
        self.terminal.clear().map_err(failed)
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        give_back();
    }
}

fn enter() -> io::Result<()> {
    enable_raw_mode()?;
    execute!(io::stdout(), EnterAlternateScreen, EnableMouseCapture)
}

/// Gives it back as it was. A terminal that is gone needs nothing.
pub(crate) fn give_back() {
    let _ = execute!(
        io::stdout(),
        DisableMouseCapture,
        LeaveAlternateScreen,
        Show
    );
    let _ = disable_raw_mode();
}

/// What is said of a terminal that can't be written to.
pub(crate) fn failed(source: io::Error) -> InspectError {
    InspectError::Output {
        what: "to the terminal".to_owned(),
        source,
    }
}
