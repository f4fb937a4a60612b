//! A value in one line, as much like Go's own notation as one line allows.

use super::value::{Missing, Shown, Text, Value};
use std::fmt::{self, Display, Formatter, Write};

impl Display for Value {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write_value(f, self, true)
    }
}

/// Writes `value`; a struct without its type where `named` is false, as Go's composite literals do.
fn write_value(f: &mut Formatter<'_>, value: &Value, named: bool) -> fmt::Result {
    match value {
        Value::Bool(value) => write!(f, "{value}"),
        Value::Int(value) => write!(f, "{value}"),
        Value::Uint(value) => write!(f, "{value}"),
        Value::Uintptr(value) => write!(f, "{value:#x}"),
        Value::Float32(value) => write_float(f, *value),
        Value::Float64(value) => write_float(f, *value),
        Value::Complex64(real, imaginary) => write_complex(f, *real, *imaginary),
        Value::Complex128(real, imaginary) => write_complex(f, *real, *imaginary),
        Value::Text(text) => write_text(f, text),
        Value::Bytes(text) => {
            f.write_str("[]byte(")?;
            write_text(f, text)?;
            f.write_char(')')
        }
        Value::Nil => f.write_str("nil"),
        Value::Slice {
            type_name,
            len,
            cap,
            elements,
        } => {
            write!(f, "{type_name} len: {len}, ")?;
            if let Some(cap) = cap {
                write!(f, "cap: {cap}, ")?;
            }
            write_list(f, elements, |f, element| write_value(f, element, false))
        }
        Value::Array {
            type_name,
            elements,
            ..
        } => {
            write!(f, "{type_name} ")?;
            write_list(f, elements, |f, element| write_value(f, element, false))
        }
        Value::Struct { type_name, fields } => {
            if named {
                f.write_str(type_name)?;
            }
            f.write_char('{')?;
            for (index, (name, value)) in fields.iter().enumerate() {
                let separator = if index > 0 { ", " } else { "" };
                write!(f, "{separator}{name}: ")?;
                write_value(f, value, true)?;
            }
            f.write_char('}')
        }
        Value::Pointer { at, to } => {
            write!(f, "{at}")?;
            match to {
                Some(to) => {
                    f.write_str(" -> ")?;
                    write_value(f, to, named)
                }
                None => Ok(()),
            }
        }
        Value::Map {
            type_name,
            len,
            entries,
        } => {
            write!(f, "{type_name} len: {len}, ")?;
            write_list(f, entries, |f, (key, value)| {
                write_value(f, key, false)?;
                f.write_str(": ")?;
                write_value(f, value, false)
            })
        }
        Value::Channel {
            type_name,
            at,
            len,
            cap,
            closed,
        } => {
            let closed = if *closed { ", closed" } else { "" };
            write!(f, "{type_name} {at} len: {len}, cap: {cap}{closed}")
        }
        Value::Interface { type_name, value } => write_interface(f, type_name, value),
        Value::Foreign(at) => write!(f, "<type {at}>"),
        Value::Func { name, pc } => match name {
            Some(name) => f.write_str(name),
            None => write!(f, "func {pc}"),
        },
        Value::Missing(why) => write!(f, "{why}"),
        Value::Omitted => f.write_str("..."),
    }
}

/// A conversion, as in Go, where the value does not name its type itself.
fn write_interface(f: &mut Formatter<'_>, type_name: &str, value: &Value) -> fmt::Result {
    match value {
        Value::Slice { .. }
        | Value::Array { .. }
        | Value::Struct { .. }
        | Value::Map { .. }
        | Value::Channel { .. } => write!(f, "{value}"),
        _ if type_name.starts_with(['*', '<']) || type_name.contains(' ') => {
            write!(f, "({type_name})({value})")
        }
        _ => write!(f, "{type_name}({value})"),
    }
}

fn write_list<T>(
    f: &mut Formatter<'_>,
    shown: &Shown<T>,
    mut write_one: impl FnMut(&mut Formatter<'_>, &T) -> fmt::Result,
) -> fmt::Result {
    let Shown::First(first, more) = shown else {
        return f.write_str("[...]");
    };
    f.write_char('[')?;
    for (index, one) in first.iter().enumerate() {
        if index > 0 {
            f.write_str(", ")?;
        }
        write_one(f, one)?;
    }
    match more {
        0 => {}
        more if first.is_empty() => write!(f, "...+{more} more")?,
        more => write!(f, ", ...+{more} more")?,
    }
    f.write_char(']')
}

/// As `%q` writes it.
fn write_text(f: &mut Formatter<'_>, text: &Text) -> fmt::Result {
    let cut = u64::try_from(text.bytes.len()).is_ok_and(|len| len < text.len);
    let mut bytes = text.bytes.as_slice();
    if cut && let Some(whole) = whole_characters(bytes) {
        bytes = whole;
    }
    f.write_char('"')?;
    for chunk in bytes.utf8_chunks() {
        for character in chunk.valid().chars() {
            write_character(f, character)?;
        }
        for byte in chunk.invalid() {
            write!(f, "\\x{byte:02x}")?;
        }
    }
    f.write_char('"')?;
    if cut {
        let shown = u64::try_from(bytes.len()).unwrap_or(0);
        write!(f, "...+{} more", text.len.saturating_sub(shown))?;
    }
    Ok(())
}

/// `bytes` without the beginning of a character at its end; nothing where it has none.
fn whole_characters(bytes: &[u8]) -> Option<&[u8]> {
    let last = bytes.utf8_chunks().last()?.invalid();
    // Where nothing but the end is missing, the error has no length.
    std::str::from_utf8(last)
        .err()?
        .error_len()
        .is_none()
        .then_some(())?;
    bytes.get(..bytes.len().checked_sub(last.len())?)
}

fn write_character(f: &mut Formatter<'_>, character: char) -> fmt::Result {
    match character {
        '"' => f.write_str("\\\""),
        '\\' => f.write_str("\\\\"),
        '\x07' => f.write_str("\\a"),
        '\x08' => f.write_str("\\b"),
        '\x0c' => f.write_str("\\f"),
        '\n' => f.write_str("\\n"),
        '\r' => f.write_str("\\r"),
        '\t' => f.write_str("\\t"),
        '\x0b' => f.write_str("\\v"),
        '\'' => f.write_char('\''),
        // Rust knows which characters can be printed, and escapes the others in its own way.
        printable if printable.escape_debug().len() == 1 => f.write_char(printable),
        other => match u32::from(other) {
            code @ ..0x80 => write!(f, "\\x{code:02x}"),
            code @ ..0x10000 => write!(f, "\\u{code:04x}"),
            code => write!(f, "\\U{code:08x}"),
        },
    }
}

/// A float that knows its shortest notations, with and without an exponent.
trait Float: Copy + Display + fmt::LowerExp + Into<f64> {}
impl Float for f32 {}
impl Float for f64 {}

/// As `%v` writes it: with an exponent where that is below -4, or 21 and up.
fn write_float(f: &mut Formatter<'_>, value: impl Float) -> fmt::Result {
    let wide: f64 = value.into();
    if wide.is_infinite() {
        return f.write_str(if wide > 0.0 { "+Inf" } else { "-Inf" });
    }
    let scientific = format!("{value:e}");
    let Some((digits, exponent)) = scientific.split_once('e') else {
        // Not a number.
        return f.write_str(&scientific);
    };
    match exponent.parse::<i32>() {
        Ok(exponent) if !(-4..21).contains(&exponent) => {
            let sign = if exponent < 0 { '-' } else { '+' };
            write!(f, "{digits}e{sign}{:02}", exponent.unsigned_abs())
        }
        _ => write!(f, "{value}"),
    }
}

fn write_complex(f: &mut Formatter<'_>, real: impl Float, imaginary: impl Float) -> fmt::Result {
    f.write_char('(')?;
    write_float(f, real)?;
    let wide: f64 = imaginary.into();
    if !wide.is_sign_negative() && !wide.is_infinite() {
        f.write_char('+')?;
    }
    write_float(f, imaginary)?;
    f.write_str("i)")
}

impl Display for Missing {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Missing::Unreadable { at } => write!(f, "<unreadable {at}>"),
            Missing::OptimisedOut => f.write_str("<optimised out>"),
            Missing::Register { number } => {
                write!(f, "<optimised out: was in register {number}>")
            }
            Missing::Implausible => f.write_str("<implausible>"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::value::{Missing, Shown, Text, Value};
    use gopeek_layout::Addr;

    fn text(bytes: &[u8], len: u64) -> String {
        let bytes = bytes.to_vec();
        Value::Text(Text { bytes, len }).to_string()
    }

    #[test]
    fn texts_are_quoted_as_go_does() {
        let odd = b"a\"\\\x07\x08\x0c\n\r\t\x0b\x00\x7f'";
        assert_eq!(text(odd, 13), r#""a\"\\\a\b\f\n\r\t\v\x00\x7f'""#);
        let wide = "λ\u{a0}\u{200b}\u{10ffff}\u{1f600}";
        assert_eq!(
            text(wide.as_bytes(), 15),
            "\"λ\\u00a0\\u200b\\U0010ffff\u{1f600}\""
        );
        assert_eq!(text(b"\xff\xc3(", 3), "\"\\xff\\xc3(\"");
    }

    #[test]
    fn a_cut_text_ends_with_a_whole_character() {
        assert_eq!(text(b"ab", 10), "\"ab\"...+8 more");
        assert_eq!(text(b"ab\xce", 10), "\"ab\"...+8 more");
        assert_eq!(text(b"ab\xff", 10), "\"ab\\xff\"...+7 more");
        assert_eq!(text(b"ab\xce", 3), "\"ab\\xce\"");
    }

    #[test]
    fn floats_are_written_as_go_does() {
        let float = |value| Value::Float64(value).to_string();
        assert_eq!(float(1.0), "1");
        assert_eq!(float(0.1), "0.1");
        assert_eq!(float(-0.0), "-0");
        assert_eq!(float(1e20), "100000000000000000000");
        assert_eq!(float(1e21), "1e+21");
        assert_eq!(float(0.0001), "0.0001");
        assert_eq!(float(1.5e-5), "1.5e-05");
        assert_eq!(float(f64::NAN), "NaN");
        assert_eq!(float(f64::INFINITY), "+Inf");
        assert_eq!(float(f64::NEG_INFINITY), "-Inf");
        assert_eq!(Value::Float32(0.1).to_string(), "0.1");
        let complex = |real, imaginary| Value::Complex128(real, imaginary).to_string();
        assert_eq!(complex(1.0, -2.5), "(1-2.5i)");
        assert_eq!(complex(0.0, f64::NAN), "(0+NaNi)");
        assert_eq!(complex(0.0, f64::INFINITY), "(0+Infi)");
    }

    #[test]
    fn a_tree_is_one_line() {
        let at = Addr::new(0xc000);
        let point = Value::Struct {
            type_name: "main.Point".into(),
            fields: vec![
                ("X".into(), Value::Int(-1)),
                ("Y".into(), Value::Missing(Missing::Unreadable { at })),
            ],
        };
        let pointer = Value::Pointer {
            at,
            to: Some(Box::new(point.clone())),
        };
        assert_eq!(
            pointer.to_string(),
            "0xc000 -> main.Point{X: -1, Y: <unreadable 0xc000>}"
        );
        let list = Value::Slice {
            type_name: "[]main.Point".into(),
            len: 9,
            cap: None,
            elements: Shown::First(vec![point], 8),
        };
        assert_eq!(
            list.to_string(),
            "[]main.Point len: 9, [{X: -1, Y: <unreadable 0xc000>}, ...+8 more]"
        );
        let interface = |type_name: &str, value| {
            let (type_name, value) = (type_name.into(), Box::new(value));
            Value::Interface { type_name, value }.to_string()
        };
        assert_eq!(interface("int", Value::Int(3)), "int(3)");
        assert_eq!(interface("*int", Value::Nil), "(*int)(nil)");
        assert_eq!(interface("func()", Value::Nil), "func()(nil)");
    }
}
