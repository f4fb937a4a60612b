//! Values as the runtime's own `print` writes them in a crash (`printpanicval`, `printanycustomtype` of
//! `runtime/error.go`).

use crate::addr::Addr;
use crate::mem::{GoSlice, Interface, read_bytes, read_word};
use crate::rules::{Floats, Rules};
use crate::value::{Values, kind, width};
use std::fmt::{LowerExp, Write as _};

/// A longer text is cut off here. The runtime has no limit.
const MAX_TEXT: usize = 64 << 10;
/// Digits that `print` gives a floating-point number, before Go 1.26.
const DIGITS: usize = 7;

/// The value of an `any`; nothing where it can't be read.
pub(crate) fn printed(values: &Values<'_>, rules: &Rules, interface: Interface) -> Option<String> {
    let Interface { kind: at, data } = interface;
    if at.is_null() {
        return Some("nil".to_owned());
    }
    let name = values.name(at)?;
    let (Some(value), is_text) = bare(values, rules, values.kind(at)?, data) else {
        return Some(format!("({name}) {data}"));
    };
    // Only what the language itself names has no package in front of its name.
    Some(match (name.contains('.'), is_text) {
        (false, _) => value,
        (true, Shape::Text) => format!("{name}(\"{value}\")"),
        (true, Shape::Number) => format!("{name}({value})"),
        (true, Shape::Pair) => format!("{name}{value}"),
    })
}

/// What a value looks like in parentheses.
#[derive(Copy, Clone)]
enum Shape {
    Number,
    Text,
    /// It brings its own.
    Pair,
}

/// A value of a kind that is printed as such; nothing of any other.
fn bare(values: &Values<'_>, rules: &Rules, of: u8, data: Addr) -> (Option<String>, Shape) {
    let word = |at: u64| read_word::<u64>(values.memory, data.checked_add(at)?).ok();
    let half = |at: u64| read_word::<u32>(values.memory, data.checked_add(at)?).ok();
    let double = |at| word(at).map(f64::from_bits);
    let single = |at| half(at).map(f32::from_bits);
    let pair = |real: Option<String>, imaginary: Option<String>| Some(complex(&real?, &imaginary?));
    match of {
        kind::BOOL => {
            let byte = read_word::<u8>(values.memory, data).ok();
            (byte.map(|byte| (byte != 0).to_string()), Shape::Number)
        }
        number @ kind::INT..=kind::INT64 => {
            let number = values.number(data, width(number, kind::INT));
            (number.map(|(signed, _)| signed.to_string()), Shape::Number)
        }
        number @ kind::UINT..=kind::UINTPTR => {
            let number = values.number(data, width(number, kind::UINT));
            let number = number.map(|(_, unsigned)| unsigned.to_string());
            (number, Shape::Number)
        }
        kind::FLOAT32 => (single(0).map(|it| float32(it, rules.floats)), Shape::Number),
        kind::FLOAT64 => (double(0).map(|it| float64(it, rules.floats)), Shape::Number),
        kind::COMPLEX64 => {
            let part = |at| single(at).map(|it| float32(it, rules.floats));
            (pair(part(0), part(4)), Shape::Pair)
        }
        kind::COMPLEX128 => {
            let part = |at| double(at).map(|it| float64(it, rules.floats));
            (pair(part(0), part(8)), Shape::Pair)
        }
        kind::STRING => (text(values, rules, data), Shape::Text),
        _ => (None, Shape::Number),
    }
}

fn text(values: &Values<'_>, rules: &Rules, at: Addr) -> Option<String> {
    let header: GoSlice = read_word(values.memory, at).ok()?;
    let len = usize::try_from(header.len).unwrap_or(usize::MAX);
    let text = read_bytes(values.memory, header.data, len.min(MAX_TEXT)).ok()?;
    let text = String::from_utf8_lossy(&text);
    Some(if rules.indents_values {
        text.replace('\n', "\n\t")
    } else {
        text.into_owned()
    })
}

fn complex(real: &str, imaginary: &str) -> String {
    let signed = imaginary.starts_with(['+', '-']);
    let plus = if signed { "" } else { "+" };
    format!("({real}{plus}{imaginary}i)")
}

fn float64(value: f64, floats: Floats) -> String {
    match floats {
        Floats::SevenDigits => seven_digits(value),
        Floats::Shortest => shortest(value, value, &value.to_string()),
    }
}

fn float32(value: f32, floats: Floats) -> String {
    match floats {
        Floats::SevenDigits => seven_digits(value.into()),
        Floats::Shortest => shortest(value, value.into(), &value.to_string()),
    }
}

/// What is no number: NaN and the infinities.
fn no_number(value: f64) -> Option<&'static str> {
    if value.is_nan() {
        Some("NaN")
    } else if value.is_infinite() {
        Some(if value > 0.0 { "+Inf" } else { "-Inf" })
    } else {
        None
    }
}

/// `strconv.AppendFloat(buf, v, 'g', -1, bits)`: `plain` where the exponent is small.
fn shortest(value: impl LowerExp, wide: f64, plain: &str) -> String {
    if let Some(text) = no_number(wide) {
        return text.to_owned();
    }
    let scientific = format!("{value:e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..6).contains(&exponent) {
        return plain.to_owned();
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", exponent.unsigned_abs())
}

/// As `runtime/print.go` did it, rounding errors included.
fn seven_digits(value: f64) -> String {
    if let Some(text) = no_number(value) {
        return text.to_owned();
    }
    let sign = if value.is_sign_negative() { '-' } else { '+' };
    let (mut rest, mut exponent) = (value.abs(), 0_i32);
    if rest != 0.0 {
        while rest >= 10.0 {
            exponent += 1;
            rest /= 10.0;
        }
        while rest < 1.0 {
            exponent -= 1;
            rest *= 10.0;
        }
        rest += (0..DIGITS).fold(5.0, |half, _| half / 10.0);
        if rest >= 10.0 {
            exponent += 1;
            rest /= 10.0;
        }
    }
    let mut text = String::from(sign);
    for index in 0..DIGITS {
        let digit = rest.trunc();
        let point = if index == 1 { "." } else { "" };
        // Writing to a String does not fail.
        let _ = write!(text, "{point}{digit:.0}");
        rest = (rest - digit) * 10.0;
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    let _ = write!(text, "e{sign}{:03}", exponent.unsigned_abs());
    text
}

#[cfg(test)]
mod tests {
    use super::{Floats, complex, float32, float64};

    #[test]
    fn numbers_as_print_wrote_them_before() {
        let print = |value| float64(value, Floats::SevenDigits);
        assert_eq!(print(1.5), "+1.500000e+000");
        assert_eq!(print(-0.001_25), "-1.250000e-003");
        assert_eq!(print(123_456_789.0), "+1.234568e+008");
        assert_eq!(print(9.999_999_99), "+1.000000e+001");
        assert_eq!(print(0.0), "+0.000000e+000");
        assert_eq!(print(f64::NEG_INFINITY), "-Inf");
        assert_eq!(float32(0.5, Floats::SevenDigits), "+5.000000e-001");
    }

    #[test]
    fn numbers_as_strconv_writes_them() {
        let print = |value| float64(value, Floats::Shortest);
        assert_eq!([print(1.5), print(-3.0), print(0.0)], ["1.5", "-3", "0"]);
        assert_eq!([print(123_456.0), print(1e6)], ["123456", "1e+06"]);
        assert_eq!([print(1e-4), print(1.5e-5)], ["0.0001", "1.5e-05"]);
        assert_eq!([print(1e100), print(f64::NAN)], ["1e+100", "NaN"]);
        assert_eq!(float32(0.1, Floats::Shortest), "0.1");
    }

    #[test]
    fn the_second_part_of_a_complex_number_has_a_sign() {
        assert_eq!(complex("1", "2"), "(1+2i)");
        assert_eq!(complex("+1.0", "-2.0"), "(+1.0-2.0i)");
    }
}
