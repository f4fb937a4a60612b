//! Why a filter's text means nothing, with a caret under the place.

use std::error::Error;
use std::fmt;

/// A text that is no filter.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Refused {
    what: String,
    text: String,
    at: usize,
}

impl Refused {
    /// `at` is a byte of `text`, or its end.
    pub(super) fn new(text: &str, at: usize, what: impl Into<String>) -> Refused {
        Refused {
            what: what.into(),
            text: text.to_owned(),
            at,
        }
    }

    /// What is wrong, without the place.
    #[must_use]
    pub fn what(&self) -> &str {
        &self.what
    }

    /// The column that is wrong, in characters from 0; one past the last where something is missing.
    #[must_use]
    pub fn column(&self) -> usize {
        let before = self.text.char_indices();
        before.take_while(|(at, _)| *at < self.at).count()
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A tab or a line break would move what follows away from the caret.
        let text = self.text.replace(|c: char| c.is_control(), " ");
        let indent = self.column();
        write!(to, "{}\n  {text}\n  {:indent$}^", self.what, "")
    }
}

impl Error for Refused {}
