//! Colours of the report, where they are wanted.

use anstyle::{AnsiColor, Style};
use std::fmt::{self, Display};

/// Whether there are colours.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct Paint(pub bool);

impl Paint {
    /// A heading.
    pub(super) fn heading(self, text: &str) -> Painted<'_> {
        self.of(text, Style::new().bold())
    }

    /// Something stuck.
    pub(super) fn alarm(self, text: &str) -> Painted<'_> {
        self.of(text, AnsiColor::Red.on_default().bold())
    }

    /// Something suspicious.
    pub(super) fn warning(self, text: &str) -> Painted<'_> {
        self.of(text, AnsiColor::Yellow.on_default().bold())
    }

    /// Nothing wrong.
    pub(super) fn calm(self, text: &str) -> Painted<'_> {
        self.of(text, AnsiColor::Green.on_default().bold())
    }

    /// Of less weight.
    pub(super) fn faint(self, text: &str) -> Painted<'_> {
        self.of(text, Style::new().dimmed())
    }

    fn of(self, text: &str, style: Style) -> Painted<'_> {
        Painted {
            text,
            style: self.0.then_some(style),
        }
    }
}

/// A text with its colour.
pub(super) struct Painted<'t> {
    text: &'t str,
    style: Option<Style>,
}

impl Display for Painted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.style {
            Some(style) => write!(f, "{style}{}{style:#}", self.text),
            None => f.write_str(self.text),
        }
    }
}
