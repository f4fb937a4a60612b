//! Strings as the runtime quotes them (`runtime.printquoted`).

use std::fmt::Write as _;

/// What becomes of a byte that is not UTF-8.
#[derive(Copy, Clone)]
pub(super) enum Invalid {
    /// The replacement character, escaped (1.26).
    Replaced,
    /// The byte, escaped (1.27).
    Escaped,
}

/// `text` in double quotes, with Go's escapes.
pub(super) fn quoted(text: &[u8], invalid: Invalid) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for chunk in text.utf8_chunks() {
        for c in chunk.valid().chars() {
            escape(&mut out, c);
        }
        for byte in chunk.invalid() {
            let _ = match invalid {
                Invalid::Replaced => out.write_str("\\ufffd"),
                Invalid::Escaped => write!(out, "\\x{byte:02x}"),
            };
        }
    }
    out.push('"');
    out
}

fn escape(out: &mut String, c: char) {
    let code = u32::from(c);
    // Writing to a String does not fail.
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

/// As it is where `runtime.tracebackStringNeedsQuoting` says that it may be, else quoted.
pub(super) fn quoted_if_needed(text: &[u8]) -> String {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"./_".contains(byte);
    match std::str::from_utf8(text) {
        Ok(word) if text.iter().all(plain) => word.to_owned(),
        _ => quoted(text, Invalid::Escaped),
    }
}

#[cfg(test)]
mod tests {
    use super::{Invalid, quoted, quoted_if_needed};

    #[test]
    fn escapes() {
        assert_eq!(
            quoted(b"a \"b\"\\\n\t\r", Invalid::Escaped),
            r#""a \"b\"\\\n\t\r""#
        );
        let text = "\u{1}\u{7f}é\u{1f600}";
        assert_eq!(
            quoted(text.as_bytes(), Invalid::Escaped),
            r#""\x01\u007f\u00e9\U0001f600""#
        );
        assert_eq!(
            quoted(b"a\xe2\x82", Invalid::Replaced),
            r#""a\ufffd\ufffd""#
        );
        assert_eq!(
            quoted(b"\xff\xfe bytes", Invalid::Escaped),
            r#""\xff\xfe bytes""#
        );
    }

    #[test]
    fn plain_words_stay_bare() {
        assert_eq!(quoted_if_needed(b"api/v1.orders_x"), "api/v1.orders_x");
        assert_eq!(quoted_if_needed(b""), "");
        assert_eq!(quoted_if_needed(b"a b"), r#""a b""#);
        assert_eq!(quoted_if_needed("é".as_bytes()), r#""\u00e9""#);
    }
}
