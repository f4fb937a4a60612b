//! The lines of a file, one at a time and none of them longer than a bound.

use std::io::{self, BufRead};

/// Maximum number of bytes of one line that are kept. A whole dump may be one line of JSON.
const MAX_LINE: usize = 64 << 20;

/// A line without its end.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(super) struct Line<'l> {
    /// Its number, counted from 1.
    pub(super) number: u64,
    /// Its bytes.
    pub(super) bytes: &'l [u8],
    /// Whether the file has its end: a line break.
    pub(super) is_ended: bool,
}

/// Reads lines.
pub(super) struct Lines<R> {
    from: R,
    buffer: Vec<u8>,
    number: u64,
    /// Number of lines that were longer than is kept.
    pub(super) shortened: u64,
}

impl<R: BufRead> Lines<R> {
    pub(super) fn new(from: R) -> Lines<R> {
        Lines {
            from,
            buffer: Vec::new(),
            number: 0,
            shortened: 0,
        }
    }

    /// The next line, or `None` at the end of the file.
    ///
    /// # Errors
    /// What the file answers.
    pub(super) fn next(&mut self) -> io::Result<Option<Line<'_>>> {
        self.buffer.clear();
        let (mut is_ended, mut is_long, mut is_empty) = (false, false, true);
        while !is_ended {
            let bytes = match self.from.fill_buf() {
                Ok(bytes) => bytes,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            if bytes.is_empty() {
                break;
            }
            is_empty = false;
            let end = memchr::memchr(b'\n', bytes);
            let taken = end.unwrap_or(bytes.len());
            let room = MAX_LINE.saturating_sub(self.buffer.len());
            self.buffer.extend(bytes.iter().take(taken.min(room)));
            is_long |= taken > room;
            is_ended = end.is_some();
            self.from.consume(taken + usize::from(is_ended));
        }
        if is_empty {
            return Ok(None);
        }
        self.number += 1;
        self.shortened += u64::from(is_long);
        if self.buffer.last() == Some(&b'\r') {
            self.buffer.pop();
        }
        Ok(Some(Line {
            number: self.number,
            bytes: &self.buffer,
            is_ended,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::Lines;
    use std::io::BufReader;

    #[test]
    fn lines_are_cut_at_breaks_of_both_kinds() {
        let text = b"one\r\n\ntwo\nthree";
        let mut lines = Lines::new(BufReader::with_capacity(2, &text[..]));
        let mut all = Vec::new();
        while let Some(line) = lines.next().unwrap() {
            let text = String::from_utf8(line.bytes.to_vec()).unwrap();
            all.push((line.number, text, line.is_ended));
        }
        let expected = [
            (1, "one", true),
            (2, "", true),
            (3, "two", true),
            (4, "three", false),
        ];
        assert_eq!(
            all,
            expected.map(|(at, text, ended)| (at, text.to_owned(), ended))
        );
    }
}
