//! Labels in a header: `{"request": "42"}` of Go 1.26, `{request: 42}` of 1.27.

use gopeek_layout::labels::Label;

/// Maximum number of labels of a goroutine.
const MAX_LABELS: usize = 1000;

/// The labels of a list, of which `text` lacks the opening brace, and what follows the closing one.
pub(super) fn list(text: &str) -> Option<(Vec<Label>, &str)> {
    let mut labels = Vec::new();
    let mut rest = text;
    loop {
        if let Some(behind) = rest.strip_prefix('}') {
            return Some((labels, behind));
        }
        let (key, value) = word(rest)?;
        let (value, behind) = word(value.strip_prefix(": ")?)?;
        rest = behind.strip_prefix(", ").unwrap_or(behind);
        if labels.len() < MAX_LABELS {
            labels.push(Label { key, value });
        }
    }
}

/// A text in quotes, or a plain word.
fn word(text: &str) -> Option<(Vec<u8>, &str)> {
    if let Some(quoted) = text.strip_prefix('"') {
        return unquoted(quoted);
    }
    let end = text.find([':', ',', '}', ' '])?;
    let (word, rest) = text.split_at(end);
    (!word.is_empty()).then(|| (word.as_bytes().to_vec(), rest))
}

/// What is in quotes, of which `text` lacks the first, and what follows the second.
fn unquoted(text: &str) -> Option<(Vec<u8>, &str)> {
    let mut out = Vec::new();
    let mut chars = text.chars();
    loop {
        match chars.next()? {
            '"' => return Some((out, chars.as_str())),
            '\\' => {
                let (digits, is_byte) = match chars.next()? {
                    'x' => (2, true),
                    'u' => (4, false),
                    'U' => (8, false),
                    escape => {
                        out.push(match escape {
                            'n' => b'\n',
                            'r' => b'\r',
                            't' => b'\t',
                            '"' | '\\' => u8::try_from(escape).ok()?,
                            _ => return None,
                        });
                        continue;
                    }
                };
                let rest = chars.as_str();
                let number = u32::from_str_radix(rest.get(..digits)?, 16).ok()?;
                chars = rest.get(digits..)?.chars();
                if is_byte {
                    out.push(u8::try_from(number).ok()?);
                } else {
                    push(&mut out, char::from_u32(number)?);
                }
            }
            char => push(&mut out, char),
        }
    }
}

fn push(out: &mut Vec<u8>, char: char) {
    out.extend(char.encode_utf8(&mut [0; 4]).bytes());
}

#[cfg(test)]
mod tests {
    use super::list;

    #[test]
    fn a_list_ends_at_its_brace() {
        let (labels, rest) = list(r#""a}": "\u00e9\x41\n", b: c} more"#).unwrap();
        assert_eq!(labels.len(), 2);
        assert_eq!(labels[0].key, b"a}");
        assert_eq!(labels[0].value, "éA\n".as_bytes());
        assert_eq!(rest, " more");
    }

    #[test]
    fn lists_that_are_cut_are_none() {
        for text in [
            "",
            "a",
            "a: ",
            "a: b",
            r#""a: b}"#,
            r#""a": "\x4"#,
            r#""a": "\q"}"#,
        ] {
            assert!(list(text).is_none(), "{text}");
        }
    }
}
