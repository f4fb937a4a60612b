//! A writer for terminals: escapes control characters in a dump, which may have any bytes in its names.

use crate::words::printable_lines;
use std::io::{self, Write};

/// Maximum number of bytes of a character that is not complete yet.
const MAX_PART: usize = 4;

/// Escapes what is written to `to`, but for line breaks and tabs. Bytes that are no UTF-8 become the replacement character.
pub(crate) struct Inert<'w> {
    to: &'w mut dyn Write,
    /// The beginning of a character whose rest has not come yet.
    part: Vec<u8>,
}

impl<'w> Inert<'w> {
    pub(crate) fn new(to: &'w mut dyn Write) -> Inert<'w> {
        Inert {
            to,
            part: Vec::new(),
        }
    }

    /// Writes what is left of a character that never became whole.
    ///
    /// # Errors
    /// What the writer below answers.
    pub(crate) fn end(self) -> io::Result<()> {
        let text = String::from_utf8_lossy(&self.part);
        self.to.write_all(text.as_bytes())
    }
}

impl Write for Inert<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut all = std::mem::take(&mut self.part);
        all.extend_from_slice(bytes);
        let whole = whole_len(&all);
        self.part = all.split_off(whole);
        let text = String::from_utf8_lossy(&all);
        self.to.write_all(printable_lines(&text).as_bytes())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

/// Length of `bytes` without a character at their end that is not complete.
fn whole_len(bytes: &[u8]) -> usize {
    let from = bytes.len().saturating_sub(MAX_PART);
    for start in (from..bytes.len()).rev() {
        let tail = bytes.get(start..).unwrap_or_default();
        if tail.first().is_some_and(|byte| *byte >= 0xc0) {
            let is_cut = std::str::from_utf8(tail).is_err_and(|error| error.error_len().is_none());
            return if is_cut { start } else { bytes.len() };
        }
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::Inert;
    use std::io::Write;

    #[test]
    fn control_characters_are_escaped_however_they_are_cut_into_writes() {
        let text = "goroutine 1:\n\tmain.\u{202e}f\x1b[31m\u{9b}é(\r)\n".as_bytes();
        for step in 1..8 {
            let mut out = Vec::new();
            let mut inert = Inert::new(&mut out);
            for part in text.chunks(step) {
                inert.write_all(part).unwrap();
            }
            inert.write_all(b"\xff\xe2\x80").unwrap();
            inert.end().unwrap();
            let expected =
                "goroutine 1:\n\tmain.\\u{202e}f\\u{1b}[31m\\u{9b}é(\\r)\n\u{fffd}\u{fffd}";
            assert_eq!(String::from_utf8(out).unwrap(), expected, "{step}");
        }
    }
}
