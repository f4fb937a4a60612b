//! Declarations of a Go file that gofmt has formatted: they begin at the first column.

use super::lexer::Lexer;
use super::{Found, lines};

/// Finds them. Groups of variables and types are taken apart, groups of constants are not.
pub(super) fn find(bytes: &[u8]) -> Vec<Found> {
    let mut found: Vec<Found> = Vec::new();
    let mut lexer = Lexer::default();
    let mut all = lines(bytes).peekable();
    while let Some((start, line)) = all.next() {
        let header = if lexer.in_code() && lexer.depth() == 0 {
            header(line)
        } else {
            None
        };
        lexer.line(line);
        let Some(header) = header else { continue };
        let mut end = start + line.len();
        let mut in_group = Vec::new();
        while let Some((at, line)) = all.next_if(|(_, next)| goes_on(lexer, next)) {
            if lexer.in_code() && lexer.depth() == 1 {
                in_group.extend(member(line).map(|name| (name, at..at)));
            }
            lexer.line(line);
            end = at + line.len();
            if let Some((_, span)) = in_group.last_mut()
                && (lexer.depth() > 0 || !lexer.in_code())
                && !is_gap(line)
            {
                span.end = end;
            }
        }
        match header {
            Header::One(name) => found.push((name, start..end)),
            Header::Constants => {
                let first = in_group.into_iter().next();
                found.extend(first.map(|(name, _)| (format!("const {name}"), start..end)));
            }
            Header::Group(word) => {
                let members = in_group.into_iter();
                found.extend(members.map(|(name, span)| (format!("{word} {name}"), span)));
            }
        }
    }
    found
}

/// What the first line of a declaration says.
enum Header {
    /// One declaration, by its name.
    One(String),
    /// `const (`
    Constants,
    /// `var (` or `type (`
    Group(&'static str),
}

fn header(line: &[u8]) -> Option<Header> {
    let line = std::str::from_utf8(line).ok()?.trim_end();
    if let Some(rest) = line.strip_prefix("func ") {
        return function(rest).map(Header::One);
    }
    for word in ["type", "var", "const"] {
        let Some(rest) = line
            .strip_prefix(word)
            .and_then(|rest| rest.strip_prefix(' '))
        else {
            continue;
        };
        return match (word, rest.starts_with('(')) {
            ("const", true) => Some(Header::Constants),
            (_, true) => Some(Header::Group(word)),
            (_, false) => Some(Header::One(format!("{word} {}", identifier(rest)?))),
        };
    }
    None
}

/// `(*mheap).alloc` of `(h *mheap) alloc(npages uintptr) *mspan {`.
fn function(rest: &str) -> Option<String> {
    let Some(receiver) = rest.strip_prefix('(') else {
        return identifier(rest).map(str::to_owned);
    };
    let (receiver, rest) = receiver.split_once(')')?;
    let of = receiver.trim().rsplit(' ');
    // `t *table[K, V]` has a space in its type arguments.
    let of = match receiver.split_once('[') {
        Some((before, _)) => before.rsplit(' ').next(),
        None => of.into_iter().next(),
    }?;
    let name = identifier(rest.trim_start())?;
    Some(match of.strip_prefix('*') {
        Some(of) => format!("(*{of}).{name}"),
        None => format!("{of}.{name}"),
    })
}

/// The name at the start of a text.
fn identifier(text: &str) -> Option<&str> {
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_');
    text.get(..end.unwrap_or(text.len()))
        .filter(|name| !name.is_empty())
}

/// The name that a line of a group begins with, one tab in.
fn member(line: &[u8]) -> Option<String> {
    let line = std::str::from_utf8(line).ok()?;
    identifier(line.strip_prefix('\t')?).map(str::to_owned)
}

/// Whether a line belongs to the declaration above it.
fn goes_on(lexer: Lexer, next: &[u8]) -> bool {
    lexer.depth() > 0 || !lexer.in_code() || next.starts_with(b"\t") || next.starts_with(b" ")
}

/// An empty line, or a comment by itself.
fn is_gap(line: &[u8]) -> bool {
    let line = line.trim_ascii();
    line.is_empty() || line.starts_with(b"//")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<(String, usize)> {
        let found = find(text.as_bytes()).into_iter();
        let lines = |(name, span): Found| (name, text[span].lines().count());
        found.map(lines).collect()
    }

    fn name(line: &str) -> String {
        names(line).remove(0).0
    }

    #[test]
    fn functions_are_named_with_their_receiver() {
        assert_eq!(
            name("func mallocgc(size uintptr) unsafe.Pointer {\n}\n"),
            "mallocgc"
        );
        assert_eq!(
            name("func (h *mheap) alloc(n uintptr) *mspan {\n}\n"),
            "(*mheap).alloc"
        );
        assert_eq!(
            name("func (s gList) empty() bool { return true }\n"),
            "gList.empty"
        );
        assert_eq!(name("func (*nilType) x()\n"), "(*nilType).x");
        assert_eq!(
            name("func (t *table[K, V]) get(k K) V {\n}\n"),
            "(*table).get"
        );
        assert_eq!(name("func Keep[T any](x T) {\n}\n"), "Keep");
    }

    #[test]
    fn a_function_ends_with_its_brackets() {
        let text =
            "func a() {\n\tif x {\n\t}\n}\nfunc b()\n\nfunc c(x int,\n\ty int) {\n}\n// doc\n";
        let expected = [("a", 4), ("b", 1), ("c", 3)];
        assert_eq!(
            names(text),
            expected.map(|(name, lines)| (name.to_owned(), lines))
        );
    }

    #[test]
    fn text_in_strings_and_comments_is_no_declaration() {
        let text =
            "/*\nfunc no() {}\n*/\nvar help = `\nfunc no() {\n`\nfunc yes() {\n\tx := `\n}\n`\n}\n";
        let expected = [("var help", 3), ("yes", 5)];
        assert_eq!(
            names(text),
            expected.map(|(name, lines)| (name.to_owned(), lines))
        );
    }

    #[test]
    fn groups_of_variables_are_taken_apart_and_constants_are_not() {
        let text = "var (\n\t// of all\n\tallm *m\n\n\tsched schedt\n\tx = []int{\n\t\t1,\n\t}\n)\n\
                    const (\n\t_Gidle = iota\n\t_Grunnable\n)\nconst one = 1\n";
        let expected = [
            ("var allm", 1),
            ("var sched", 1),
            ("var x", 3),
            ("const _Gidle", 4),
            ("const one", 1),
        ];
        assert_eq!(
            names(text),
            expected.map(|(name, lines)| (name.to_owned(), lines))
        );
    }

    #[test]
    fn a_value_may_go_on_below() {
        let text = "const all = a |\n\tb\nvar last = 1\n";
        let expected = [("const all", 2), ("var last", 1)];
        assert_eq!(
            names(text),
            expected.map(|(name, lines)| (name.to_owned(), lines))
        );
    }
}
