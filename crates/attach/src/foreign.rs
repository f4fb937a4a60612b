//! Text that a process chose: its name, its arguments, its environment.
//!
//! A terminal obeys control characters, and a reader is fooled by line breaks and by characters that turn the direction of
//! text. So such a text is printed only escaped; whoever needs its bytes as they are says so.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A text that a process chose. It prints on one line, escaped.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Foreign(String);

impl Foreign {
    /// The text as it is: to compare with, or for a format that has escapes of its own. Never for a terminal.
    #[must_use]
    pub fn raw(&self) -> &str {
        &self.0
    }

    /// The raw text itself, for programs, not for a terminal.
    #[must_use]
    pub fn into_raw(self) -> String {
        self.0
    }
}

impl From<String> for Foreign {
    fn from(text: String) -> Foreign {
        Foreign(text)
    }
}

impl From<&str> for Foreign {
    fn from(text: &str) -> Foreign {
        Foreign(text.to_owned())
    }
}

impl fmt::Display for Foreign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&printable(&self.0))
    }
}

impl fmt::Debug for Foreign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{self}\"")
    }
}

/// A text on one line, with everything escaped that a terminal would obey or that would fool its reader.
#[must_use]
pub fn printable(text: &str) -> String {
    escaped(text, &[])
}

/// A text of several lines without anything that drives a terminal: line breaks and tabs stay as they are.
#[must_use]
pub fn printable_lines(text: &str) -> String {
    escaped(text, &['\n', '\t'])
}

fn escaped(text: &str, kept: &[char]) -> String {
    let mut out = String::with_capacity(text.len());
    for char in text.chars() {
        if is_unsafe(char) && !kept.contains(&char) {
            out.extend(char.escape_default());
        } else {
            out.push(char);
        }
    }
    out
}

/// Whether a character is not shown as itself: it is a control character, breaks a line, changes the direction of the text
/// behind it, or has no width.
fn is_unsafe(char: char) -> bool {
    char.is_control()
        || matches!(
            char,
            '\u{ad}'
                | '\u{61c}'
                | '\u{180e}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e007f}'
        )
}

#[cfg(test)]
mod tests {
    use super::{Foreign, printable, printable_lines};

    #[test]
    fn nothing_that_a_terminal_obeys_is_left() {
        let evil = "a\x1b]0;t\x07\u{9b}31m\u{202e}b\u{200b}\u{2028}\x7f\r\n\té";
        let one_line = printable(evil);
        assert_eq!(
            one_line,
            "a\\u{1b}]0;t\\u{7}\\u{9b}31m\\u{202e}b\\u{200b}\\u{2028}\\u{7f}\\r\\n\\té"
        );
        assert!(printable_lines(evil).ends_with("\\r\n\té"));
        let foreign = Foreign::from(evil);
        assert_eq!(foreign.to_string(), one_line);
        assert_eq!(format!("{foreign:?}"), format!("\"{one_line}\""));
        assert_eq!(foreign.raw(), evil);
    }
}
