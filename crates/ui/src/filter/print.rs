//! A filter's expression as a text that means the same.

use super::ast::{Expr, Term, Text, Than};
use super::parse::is_reserved;
use std::fmt::{self, Display, Formatter, Write};

impl Display for Expr {
    fn fmt(&self, to: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Expr::Is(term) => term.fmt(to),
            Expr::Not(inner) => {
                to.write_str("not ")?;
                bracketed(to, inner, matches!(**inner, Expr::All(_) | Expr::Any(_)))
            }
            Expr::All(parts) => joined(to, parts, " and ", |part| {
                matches!(part, Expr::All(_) | Expr::Any(_))
            }),
            Expr::Any(parts) => joined(to, parts, " or ", |part| matches!(part, Expr::Any(_))),
        }
    }
}

fn joined(
    to: &mut Formatter<'_>,
    parts: &[Expr],
    by: &str,
    in_brackets: fn(&Expr) -> bool,
) -> fmt::Result {
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            to.write_str(by)?;
        }
        bracketed(to, part, in_brackets(part))?;
    }
    Ok(())
}

fn bracketed(to: &mut Formatter<'_>, expr: &Expr, in_brackets: bool) -> fmt::Result {
    if in_brackets {
        write!(to, "({expr})")
    } else {
        expr.fmt(to)
    }
}

impl Display for Term {
    fn fmt(&self, to: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Term::Function(Text::Contains(text)) => word(to, text),
            Term::State(text) => named(to, "state", text),
            Term::Function(text) => named(to, "fn", text),
            Term::File(text) => named(to, "file", text),
            Term::Created(text) => named(to, "created", text),
            Term::Label(key, text) => {
                to.write_str("label.")?;
                word(to, key)?;
                named(to, "", text)
            }
            Term::Id(id) => write!(to, "id={id}"),
            Term::Parent(id) => write!(to, "parent={id}"),
            Term::Tid(tid) => write!(to, "tid={tid}"),
            Term::On(addr) => write!(to, "on={addr:#x}"),
            Term::Waited(than, time) => {
                let than = match than {
                    Than::Less => "<",
                    Than::AtMost => "<=",
                    Than::More => ">",
                    Than::AtLeast => ">=",
                };
                let time = humantime::format_duration(*time).to_string();
                write!(to, "wait{than}{}", time.replace(' ', ""))
            }
            Term::Locked => to.write_str("locked"),
            Term::System => to.write_str("system"),
            Term::Idle => to.write_str("idle"),
        }
    }
}

fn named(to: &mut Formatter<'_>, name: &str, text: &Text) -> fmt::Result {
    to.write_str(name)?;
    match text {
        Text::Equals(text) | Text::Contains(text) => {
            to.write_char('=')?;
            word(to, text)
        }
        Text::Matches(pattern) => {
            to.write_char('~')?;
            word(to, pattern.as_str())
        }
    }
}

/// In quotes, where it would not be one word without.
fn word(to: &mut Formatter<'_>, text: &str) -> fmt::Result {
    let plain = |c: char| c.is_alphanumeric() || "._-/*@:$^[]".contains(c);
    // A bracket before it must not become a part of it: `(*T).Method`.
    let is_plain = text.chars().all(plain) && !text.starts_with('*');
    if !text.is_empty() && is_plain && !is_reserved(text) {
        return to.write_str(text);
    }
    to.write_char('"')?;
    for char in text.chars() {
        if matches!(char, '"' | '\\') {
            to.write_char('\\')?;
        }
        to.write_char(char)?;
    }
    to.write_char('"')
}
