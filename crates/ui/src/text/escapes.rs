//! Texts in which other programs have written line breaks and tabs in their own way.

use std::borrow::Cow;

/// A line without the sequences that colour it on a terminal.
pub(super) fn without_colors(line: &str) -> Cow<'_, str> {
    if !line.contains('\x1b') {
        return Cow::Borrowed(line);
    }
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    while let Some((before, after)) = rest.split_once('\x1b') {
        out.push_str(before);
        rest = match after.strip_prefix('[') {
            // Up to and with the letter that says what it does.
            Some(sequence) => {
                let end = sequence.find(|c: char| ('@'..='~').contains(&c));
                end.and_then(|end| sequence.get(end + 1..))
                    .unwrap_or_default()
            }
            None => after,
        };
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// The line with its escapes undone, if it has a dump's line breaks as escapes: `\n` of Go and JSON, or `#012` of rsyslog.
pub(super) fn unescaped(line: &str) -> Option<String> {
    if !line.contains("goroutine ") {
        return None;
    }
    if line.contains("]:\\n") {
        Some(backslashes(line))
    } else if line.contains("]:#012") {
        Some(line.replace("#012", "\n").replace("#011", "\t"))
    } else {
        None
    }
}

/// Undoes the escapes of Go's `%q` and of JSON. Anything else behind a backslash stays as it is.
fn backslashes(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    while let Some((before, after)) = rest.split_once('\\') {
        out.push_str(before);
        let mut chars = after.chars();
        let (plain, digits) = match chars.next() {
            Some('n') => (Some('\n'), 0),
            Some('t') => (Some('\t'), 0),
            Some('r') => (Some('\r'), 0),
            Some(same @ ('"' | '\\' | '/')) => (Some(same), 0),
            Some('u') => (None, 4),
            Some('x') => (None, 2),
            _ => {
                out.push('\\');
                rest = after;
                continue;
            }
        };
        let number = chars.as_str().get(..digits);
        let number = number.and_then(|digits| u32::from_str_radix(digits, 16).ok());
        if let Some(char) = plain.or_else(|| number.and_then(char::from_u32)) {
            out.push(char);
            rest = chars.as_str().get(digits..).unwrap_or_default();
        } else {
            out.push('\\');
            rest = after;
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::{unescaped, without_colors};

    #[test]
    fn colors_are_left_out() {
        assert_eq!(without_colors("\x1b[32mweb\x1b[0m | x"), "web | x");
        assert_eq!(without_colors("plain"), "plain");
        assert_eq!(without_colors("cut \x1b[3"), "cut ");
    }

    #[test]
    fn escapes_of_a_dump_are_undone() {
        let line = r#"msg="goroutine 1 [running]:\nmain.f({\"a\\b\"})\n\t/x.go:1 \u0041\x42\q""#;
        let plain = "msg=\"goroutine 1 [running]:\nmain.f({\"a\\b\"})\n\t/x.go:1 AB\\q\"";
        assert_eq!(unescaped(line).unwrap(), plain);
        let syslog = "app[7]: goroutine 1 [running]:#012main.main()#012#011/x.go:1 +0x1";
        let plain = "app[7]: goroutine 1 [running]:\nmain.main()\n\t/x.go:1 +0x1";
        assert_eq!(unescaped(syslog).unwrap(), plain);
    }

    #[test]
    fn other_lines_stay_as_they_are() {
        assert!(unescaped(r"C:\new\table").is_none());
        assert!(unescaped("goroutine 1 [running]:").is_none());
    }
}
