//! What a logger has written before each line of a dump: a time, a host, a stream.
//!
//! The words differ from line to line, their order and what stands between them does not. So the prefix of a header tells how
//! to cut that of the other lines.

/// Maximum number of bytes of a prefix.
const MAX_PREFIX: usize = 400;

/// The shape of a prefix.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Prefix(Vec<Part>);

#[derive(Copy, Clone, PartialEq, Eq, Debug)]
enum Part {
    /// Letters and digits, as many as there are.
    Word,
    /// Spaces, as many as there are.
    Spaces,
    /// This character.
    Sign(char),
}

impl Prefix {
    /// The shape of `text`; nothing of one that is too long to be a prefix.
    pub(super) fn of(text: &str) -> Option<Prefix> {
        if text.is_empty() || text.len() > MAX_PREFIX {
            return None;
        }
        let mut parts = Vec::new();
        for char in text.chars() {
            let part = part(char);
            if parts.last() != Some(&part) || matches!(part, Part::Sign(_)) {
                parts.push(part);
            }
        }
        Some(Prefix(parts))
    }

    /// What follows the prefix in a line; nothing where the line does not begin with it.
    ///
    /// Behind the last space of the prefix nothing more is taken: what follows may be an indentation.
    pub(super) fn cut<'l>(&self, line: &'l str) -> Option<&'l str> {
        let mut rest = line;
        for (at, wanted) in self.0.iter().enumerate() {
            let is_last = at + 1 == self.0.len();
            let len = match wanted {
                Part::Spaces if is_last => usize::from(rest.starts_with(' ')),
                Part::Sign(sign) => {
                    if rest.starts_with(*sign) {
                        sign.len_utf8()
                    } else {
                        0
                    }
                }
                run => rest.find(|c| part(c) != *run).unwrap_or(rest.len()),
            };
            if len == 0 {
                // Some loggers cut spaces at the end of a line.
                let is_blank = is_last && *wanted == Part::Spaces && rest.is_empty();
                return is_blank.then_some("");
            }
            rest = rest.get(len..)?;
        }
        Some(rest)
    }
}

fn part(char: char) -> Part {
    match char {
        ' ' => Part::Spaces,
        _ if char.is_alphanumeric() || char == '_' => Part::Word,
        sign => Part::Sign(sign),
    }
}

#[cfg(test)]
mod tests {
    use super::Prefix;

    fn cut<'l>(prefix: &str, line: &'l str) -> Option<&'l str> {
        Prefix::of(prefix).unwrap().cut(line)
    }

    #[test]
    fn prefixes_of_known_loggers_are_cut() {
        for (prefix, line, rest) in [
            (
                "2026-01-02T03:04:05.123456789Z stderr F ",
                "2026-01-02T03:04:05.1234Z stderr F \t/x.go:1",
                "\t/x.go:1",
            ),
            (
                "Jan  2 03:04:05 host app[17]: ",
                "Jan 12 03:04:06 host app[17]: main.f()",
                "main.f()",
            ),
            ("web_1  | ", "web_1  |     indented", "    indented"),
            ("[pod/a-1/b] ", "[pod/a-1/b] x", "x"),
            ("2026-01-02 stderr F ", "2026-01-02 stderr F", ""),
        ] {
            assert_eq!(cut(prefix, line), Some(rest), "{line}");
        }
    }

    #[test]
    fn lines_of_others_are_not() {
        assert_eq!(cut("web_1 | ", "\t/x.go:1"), None);
        assert_eq!(cut("[a/b] ", "[a] b"), None);
        assert!(Prefix::of("").is_none());
        assert!(Prefix::of(&"x".repeat(500)).is_none());
    }
}
