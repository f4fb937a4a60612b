//! Just enough of Go's lexical rules to know where brackets count: not in strings, runes and comments.

/// What the next byte is a part of.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
enum Inside {
    #[default]
    Code,
    /// `/* */`
    Comment,
    /// Between backquotes.
    RawString,
}

/// The state between two lines.
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct Lexer {
    inside: Inside,
    depth: u32,
}

impl Lexer {
    /// Whether a line that comes now begins as code.
    pub(super) fn in_code(self) -> bool {
        self.inside == Inside::Code
    }

    /// Number of brackets that are open.
    pub(super) fn depth(self) -> u32 {
        self.depth
    }

    /// Reads one line.
    pub(super) fn line(&mut self, line: &[u8]) {
        let mut at = 0;
        while let Some(&byte) = line.get(at) {
            let next = line.get(at + 1).copied();
            at += match (self.inside, byte, next) {
                (Inside::Code, b'/', Some(b'/')) => return,
                (Inside::Code, b'/', Some(b'*')) => {
                    self.inside = Inside::Comment;
                    2
                }
                (Inside::Comment, b'*', Some(b'/')) => {
                    self.inside = Inside::Code;
                    2
                }
                (Inside::Code, b'`', _) => {
                    self.inside = Inside::RawString;
                    1
                }
                (Inside::RawString, b'`', _) => {
                    self.inside = Inside::Code;
                    1
                }
                (Inside::Code, b'"' | b'\'', _) => quoted(line.get(at..).unwrap_or_default()),
                (Inside::Code, b'(' | b'{' | b'[', _) => {
                    self.depth += 1;
                    1
                }
                (Inside::Code, b')' | b'}' | b']', _) => {
                    self.depth = self.depth.saturating_sub(1);
                    1
                }
                _ => 1,
            };
        }
    }
}

/// Length of the quoted text at the start of `text`, the quotes included.
fn quoted(text: &[u8]) -> usize {
    let quote = text.first().copied();
    let mut at = 1;
    while let Some(&byte) = text.get(at) {
        if Some(byte) == quote {
            return at + 1;
        }
        at += if byte == b'\\' { 2 } else { 1 };
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(text: &str) -> Lexer {
        let mut lexer = Lexer::default();
        text.lines().for_each(|line| lexer.line(line.as_bytes()));
        lexer
    }

    #[test]
    fn brackets_in_texts_and_comments_do_not_count() {
        for text in [
            "x := \"{\\\"{\"",
            "x := '{'",
            "x := '\\''; y := '{' + '}'",
            "x() // {",
            "/* {\n{ */",
            "`{\n\"{`",
            "f(a[0], func() { g() })",
        ] {
            let lexer = after(text);
            assert_eq!((lexer.depth(), lexer.in_code()), (0, true), "{text}");
        }
        assert_eq!(after("if x {\n\ty(").depth(), 2);
        assert!(!after("/* never closed").in_code());
        assert!(!after("x := `raw").in_code());
    }
}
