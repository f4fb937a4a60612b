//! Tokens of a filter as an expression: `or` binds the least, then `and`, then `not`.

use super::ast::{Expr, Term, Text};
use super::lex::{Kind, Token, lex};
use super::refused::Refused;
use super::terms;

/// As deep may brackets and `not`s lie in each other: deeper is no human's question, and would take our stack.
const MAX_DEPTH: usize = 64;

const KEYWORDS: [&str; 3] = ["and", "or", "not"];

/// What is asked by a word alone.
const FLAGS: [(&str, Term); 3] = [
    ("locked", Term::Locked),
    ("system", Term::System),
    ("idle", Term::Idle),
];

/// What other languages write.
const ELSEWHERE: [(&str, &str); 6] = [
    ("&&", "and"),
    ("||", "or"),
    ("!", "not"),
    ("AND", "and"),
    ("OR", "or"),
    ("NOT", "not"),
];

/// Whether a word means something other than a part of a function's name.
pub(super) fn is_reserved(word: &str) -> bool {
    is_joint(word) || FLAGS.iter().any(|(name, _)| *name == word)
}

fn is_joint(word: &str) -> bool {
    KEYWORDS.contains(&word) || ELSEWHERE.iter().any(|(theirs, _)| *theirs == word)
}

/// Reads a filter.
///
/// # Errors
/// [`Refused`]: the first thing that is wrong with it.
pub(super) fn parse(text: &str) -> Result<Expr, Refused> {
    let mut parser = Parser {
        text,
        tokens: &lex(text)?,
        depth: 0,
    };
    let expr = parser.any()?;
    match parser.tokens.first() {
        None => Ok(expr),
        Some(token) if token.kind == Kind::Close => {
            Err(parser.refuse(token.at, "this bracket closes nothing"))
        }
        Some(token) => Err(parser.refuse(token.at, unjoined(token))),
    }
}

/// What to do about a token that follows a whole expression.
fn unjoined(token: &Token) -> String {
    if let Kind::Word { text, .. } = &token.kind
        && let Some((_, ours)) = ELSEWHERE.iter().find(|(theirs, _)| theirs == text)
    {
        return format!("write {ours:?} for {text:?}");
    }
    "\"and\" or \"or\" is missing before this; what has blanks in it goes into quotes".to_owned()
}

struct Parser<'t> {
    text: &'t str,
    /// Those that are left.
    tokens: &'t [Token],
    depth: usize,
}

impl<'t> Parser<'t> {
    fn refuse(&self, at: usize, what: impl Into<String>) -> Refused {
        Refused::new(self.text, at, what)
    }

    fn next(&mut self) -> Option<&'t Token> {
        let (first, rest) = self.tokens.split_first()?;
        self.tokens = rest;
        Some(first)
    }

    /// Takes the keyword, if it comes next.
    fn takes(&mut self, keyword: &str) -> bool {
        let comes = self.tokens.first().is_some_and(
            |token| matches!(&token.kind, Kind::Word { text, quoted: false } if text == keyword),
        );
        // A field may be called so, and a function.
        let is_field = matches!(
            self.tokens.get(1),
            Some(Token {
                kind: Kind::Operator(_),
                ..
            })
        );
        let takes = comes && !is_field;
        if takes {
            self.next();
        }
        takes
    }

    fn any(&mut self) -> Result<Expr, Refused> {
        let mut parts = vec![self.all()?];
        while self.takes("or") {
            parts.push(self.all()?);
        }
        Ok(one_or(parts, Expr::Any))
    }

    fn all(&mut self) -> Result<Expr, Refused> {
        let mut parts = vec![self.one()?];
        while self.takes("and") {
            parts.push(self.one()?);
        }
        Ok(one_or(parts, Expr::All))
    }

    fn one(&mut self) -> Result<Expr, Refused> {
        let at = self
            .tokens
            .first()
            .map_or(self.text.len(), |token| token.at);
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.refuse(at, "too many brackets in each other"));
        }
        let expr = if self.takes("not") {
            Expr::Not(Box::new(self.one()?))
        } else {
            self.in_brackets_or_term(at)?
        };
        self.depth -= 1;
        Ok(expr)
    }

    fn in_brackets_or_term(&mut self, at: usize) -> Result<Expr, Refused> {
        let Some(token) = self.next() else {
            return Err(self.refuse(at, "something to ask for is missing here"));
        };
        match &token.kind {
            Kind::Open => {
                let expr = self.any()?;
                match self.tokens.first() {
                    Some(next) if next.kind == Kind::Close => self.next(),
                    Some(next) => return Err(self.refuse(next.at, unjoined(next))),
                    None => return Err(self.refuse(at, "this bracket is never closed")),
                };
                Ok(expr)
            }
            Kind::Word { text, quoted } => self.term(text, *quoted, at),
            Kind::Close => Err(self.refuse(at, "something to ask for is missing here")),
            Kind::Operator(operator) => {
                Err(self.refuse(at, format!("a field is missing before {operator}")))
            }
        }
    }

    fn term(&mut self, word: &str, quoted: bool, at: usize) -> Result<Expr, Refused> {
        let Some(Token {
            kind: Kind::Operator(operator),
            at: operator_at,
        }) = self.tokens.first()
        else {
            let flag = FLAGS.iter().find(|(name, _)| *name == word && !quoted);
            if is_joint(word) && !quoted {
                return Err(self.refuse(at, "something to ask for is missing here"));
            }
            if word.is_empty() {
                return Err(self.refuse(at, "these quotes are empty"));
            }
            let function = || Term::Function(Text::Contains(word.to_owned()));
            return Ok(Expr::Is(
                flag.map_or_else(function, |(_, term)| term.clone()),
            ));
        };
        self.next();
        let value = self.next();
        let Some(Token {
            kind: Kind::Word { text: value, .. },
            at: value_at,
        }) = value
        else {
            let at = value.map_or(self.text.len(), |token| token.at);
            return Err(self.refuse(at, format!("a value is missing behind {operator}")));
        };
        let at = terms::At {
            field: at,
            operator: *operator_at,
            value: *value_at,
        };
        let (plain, negated) = match *operator {
            "!=" => ("=", true),
            "!~" => ("~", true),
            other => (other, false),
        };
        let term = terms::term(word, plain, value, at);
        let term = Expr::Is(term.map_err(|(at, what)| self.refuse(at, what))?);
        Ok(if negated {
            Expr::Not(Box::new(term))
        } else {
            term
        })
    }
}

fn one_or(mut parts: Vec<Expr>, many: fn(Vec<Expr>) -> Expr) -> Expr {
    match parts.pop() {
        Some(only) if parts.is_empty() => only,
        last => {
            parts.extend(last);
            many(parts)
        }
    }
}
