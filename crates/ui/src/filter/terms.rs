//! The fields of a filter: what may be asked of each, and what its value means.

use super::ast::{Term, Text, Than};
use regex::Regex;

/// Where the parts of a term are in the text, in bytes.
#[derive(Copy, Clone, Debug)]
pub(super) struct At {
    pub(super) field: usize,
    pub(super) operator: usize,
    pub(super) value: usize,
}

const FIELDS: &str =
    "state, wait, fn, file, label.KEY, on, id, tid, created, parent, locked, system, idle";

/// The term of `field`, an operator that is not negated, and `value`.
///
/// # Errors
/// Which byte of the text is wrong, and why.
pub(super) fn term(
    field: &str,
    operator: &str,
    value: &str,
    at: At,
) -> Result<Term, (usize, String)> {
    let text = || match operator {
        "=" => Ok(Text::Equals(value.to_owned())),
        "~" => Regex::new(value)
            .map(Text::Matches)
            .map_err(|error| (at.value, no_pattern(&error))),
        _ => Err((
            at.operator,
            format!("{field} takes = or ~, or one of them with ! before it"),
        )),
    };
    let exact = |value: Result<Term, String>| match operator {
        "=" => value.map_err(|what| (at.value, what)),
        _ => Err((at.operator, format!("{field} takes = or !="))),
    };
    match field {
        "state" => text().map(Term::State),
        "fn" => text().map(Term::Function),
        "file" => text().map(Term::File),
        "created" => text().map(Term::Created),
        "id" => exact(number(value).map(Term::Id)),
        "parent" => exact(number(value).map(Term::Parent)),
        "tid" => exact(number(value).map(Term::Tid)),
        "on" => exact(address(value).map(Term::On).map_err(str::to_owned)),
        "wait" => waited(operator, value, at),
        "locked" | "system" | "idle" => Err((
            at.operator,
            format!("{field} stands alone, without a value"),
        )),
        _ => match field.strip_prefix("label.") {
            Some("") => Err((at.field, "label needs a key: label.tenant=a".to_owned())),
            Some(key) => text().map(|text| Term::Label(key.to_owned(), text)),
            None => Err((
                at.field,
                format!("there is no field {field:?}; there are {FIELDS}"),
            )),
        },
    }
}

fn waited(operator: &str, value: &str, at: At) -> Result<Term, (usize, String)> {
    let than = match operator {
        "<" => Than::Less,
        "<=" => Than::AtMost,
        ">" => Than::More,
        ">=" => Than::AtLeast,
        _ => return Err((at.operator, "wait takes <, <=, > or >=".to_owned())),
    };
    let time = humantime::parse_duration(value);
    let time = time.map_err(|_| (at.value, "no time; write it as 90s, 5m or 1h30m".to_owned()))?;
    Ok(Term::Waited(than, time))
}

fn number(value: &str) -> Result<u64, String> {
    let number = value.parse();
    number.map_err(|_| "no number".to_owned())
}

/// An address in hexadecimal digits behind `0x`.
///
/// # Errors
/// What it should be.
pub(super) fn address(value: &str) -> Result<u64, &'static str> {
    let digits = value.strip_prefix("0x").or(value.strip_prefix("0X"));
    let digits = digits.filter(|digits| digits.chars().all(|c| c.is_ascii_hexdigit()));
    let addr = digits.and_then(|digits| u64::from_str_radix(digits, 16).ok());
    addr.ok_or("no address; write it as 0xc000124a80")
}

/// The last line of what the regex crate says is the reason; those before show the pattern.
fn no_pattern(error: &regex::Error) -> String {
    let text = error.to_string();
    let reason = text.lines().last().unwrap_or_default();
    let reason = reason.strip_prefix("error: ").unwrap_or(reason);
    format!("no regular expression: {reason}")
}
