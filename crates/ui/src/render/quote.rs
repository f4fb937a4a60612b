//! Strings as the runtime quotes them (`runtime.printquoted`).

use std::fmt::Write as _;

/// `text` in double quotes, with Go's escapes.
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        let code = u32::from(c);
        let _ = match c {
            '\n' => out.write_str("\\n"),
            '\r' => out.write_str("\\r"),
            '\t' => out.write_str("\\t"),
            '\\' => out.write_str("\\\\"),
            '"' => out.write_str("\\\""),
            _ if code < 0x20 => write!(out, "\\x{code:02x}"),
            _ if code < 0x7f => out.write_char(c),
            _ if code < 0x1_0000 => write!(out, "\\u{code:04x}"),
            _ => write!(out, "\\U{code:08x}"),
        };
    }
    out.push('"');
    out
}

/// `runtime.tracebackStringNeedsQuoting`.
pub(super) fn needs_quoting(text: &str) -> bool {
    !text.chars().all(|c| c.is_ascii_alphanumeric() || ['.', '/', '_'].contains(&c))
}

#[cfg(test)]
mod tests {
    use super::{needs_quoting, quoted};

    #[test]
    fn escapes() {
        assert_eq!(quoted("a \"b\"\\\n\t\r"), r#""a \"b\"\\\n\t\r""#);
        assert_eq!(quoted("\u{1}\u{7f}é\u{1f600}"), r#""\x01\u007f\u00e9\U0001f600""#);
    }

    #[test]
    fn plain_words_stay_bare() {
        assert!(!needs_quoting("api/v1.orders_x"));
        assert!(needs_quoting("a b") && needs_quoting("a-b") && needs_quoting("é"));
        assert!(!needs_quoting(""));
    }
}
