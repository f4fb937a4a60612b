//! A filter's text as words, operators and brackets.
//!
//! Go's names and regular expressions have brackets of their own: `main.(*Pool).Get`, `fn~^(read|write)`. So what begins
//! with `(*`, and brackets within a word, belong to the word as long as they are closed in it.

use super::refused::Refused;

/// A token, and where it is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Token {
    /// What.
    pub(super) kind: Kind,
    /// Its first byte.
    pub(super) at: usize,
}

/// Kinds of tokens.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    /// A word; in quotes, it is no keyword.
    Word {
        /// It, without quotes.
        text: String,
        /// Whether any of it was in quotes.
        quoted: bool,
    },
    /// `=`, `!=`, `~`, `!~`, `<`, `<=`, `>`, `>=`.
    Operator(&'static str),
    /// `(`
    Open,
    /// `)`
    Close,
}

/// Longer ones first.
const OPERATORS: [&str; 8] = ["!=", "!~", "<=", ">=", "=", "~", "<", ">"];

/// The tokens of a text.
///
/// # Errors
/// [`Refused`] for a quote that is not closed.
pub(super) fn lex(text: &str) -> Result<Vec<Token>, Refused> {
    let mut tokens: Vec<Token> = Vec::new();
    let mut at = 0;
    while let Some(next) = text.get(at..).and_then(|rest| rest.chars().next()) {
        let rest = text.get(at..).unwrap_or_default();
        if next.is_whitespace() {
            at += next.len_utf8();
            continue;
        }
        let is_value = matches!(
            tokens.last(),
            Some(Token {
                kind: Kind::Operator(_),
                ..
            })
        );
        let operator = OPERATORS.iter().find(|it| rest.starts_with(**it));
        let (kind, len) = if is_value {
            word(text, at, true)?
        } else if let Some(operator) = operator {
            (Kind::Operator(operator), operator.len())
        } else if next == ')' {
            (Kind::Close, 1)
        } else if next == '(' && !rest.starts_with("(*") {
            (Kind::Open, 1)
        } else {
            word(text, at, false)?
        };
        // A bracket that closes where a value should be.
        let kind = if len == 0 { Kind::Close } else { kind };
        tokens.push(Token { kind, at });
        at += len.max(1);
    }
    Ok(tokens)
}

/// The word at `at`, and its length; a value goes on to the next blank, or bracket that it did not open.
fn word(text: &str, at: usize, is_value: bool) -> Result<(Kind, usize), Refused> {
    let rest = text.get(at..).unwrap_or_default();
    let (mut found, mut quoted, mut opened, mut end) = (String::new(), false, 0_usize, rest.len());
    let mut chars = rest.char_indices().peekable();
    while let Some((index, char)) = chars.next() {
        match char {
            '"' => {
                quoted = true;
                let inside = quote(&mut chars, &mut found);
                inside
                    .ok_or_else(|| Refused::new(text, at + index, "this quote is never closed"))?;
            }
            // Of a regular expression, the bracket behind it is none.
            '\\' if is_value => {
                found.push(char);
                found.extend(
                    chars
                        .next_if(|(_, next)| !next.is_whitespace())
                        .map(|it| it.1),
                );
            }
            ')' if opened == 0 => {
                end = index;
                break;
            }
            _ if char.is_whitespace() => {
                end = index;
                break;
            }
            '=' | '~' | '!' | '<' | '>' if !is_value => {
                let operator =
                    |it: &&&str| rest.get(index..).is_some_and(|at| at.starts_with(**it));
                if OPERATORS.iter().any(|it| operator(&it)) {
                    end = index;
                    break;
                }
                found.push(char);
            }
            _ => {
                opened = match char {
                    '(' => opened + 1,
                    ')' => opened - 1,
                    _ => opened,
                };
                found.push(char);
            }
        }
    }
    let kind = Kind::Word {
        text: found,
        quoted,
    };
    Ok((kind, end))
}

/// Reads on to the quote that closes; `\"` and `\\` stand for what is behind the backslash. Nothing where none closes.
fn quote(chars: &mut dyn Iterator<Item = (usize, char)>, to: &mut String) -> Option<()> {
    loop {
        match chars.next()?.1 {
            '"' => return Some(()),
            '\\' => match chars.next()?.1 {
                escaped @ ('"' | '\\') => to.push(escaped),
                other => to.extend(['\\', other]),
            },
            other => to.push(other),
        }
    }
}
