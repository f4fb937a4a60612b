//! What a filter's text means.

use regex::Regex;
use std::time::Duration;

/// An expression.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Expr {
    /// This holds.
    Is(Term),
    /// It does not hold.
    Not(Box<Expr>),
    /// All hold; two at least.
    All(Vec<Expr>),
    /// One of them holds; two at least.
    Any(Vec<Expr>),
}

impl Expr {
    /// Whether one of its terms is as asked.
    pub(super) fn any(&self, is: &dyn Fn(&Term) -> bool) -> bool {
        match self {
            Expr::Is(term) => is(term),
            Expr::Not(inner) => inner.any(is),
            Expr::All(parts) | Expr::Any(parts) => parts.iter().any(|part| part.any(is)),
        }
    }
}

/// What one goroutine is asked.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Term {
    /// What it does.
    State(Text),
    /// A function on its stack.
    Function(Text),
    /// A file on its stack.
    File(Text),
    /// The function whose go statement made it.
    Created(Text),
    /// The value of its label.
    Label(String, Text),
    /// Its number.
    Id(u64),
    /// The number of the goroutine that made it.
    Parent(u64),
    /// The thread that it is on.
    Tid(u64),
    /// It touches the object at this address.
    On(u64),
    /// How long it has been blocked.
    Waited(Than, Duration),
    /// It is locked to a thread.
    Locked,
    /// It is the runtime's own.
    System,
    /// Nothing is wrong with its waiting.
    Idle,
}

/// What a text is to be.
#[derive(Clone, Debug)]
pub(super) enum Text {
    /// This.
    Equals(String),
    /// One with this in it.
    Contains(String),
    /// One in which this is found.
    Matches(Regex),
}

impl PartialEq for Text {
    fn eq(&self, other: &Text) -> bool {
        match (self, other) {
            (Text::Equals(this), Text::Equals(that))
            | (Text::Contains(this), Text::Contains(that)) => this == that,
            (Text::Matches(this), Text::Matches(that)) => this.as_str() == that.as_str(),
            _ => false,
        }
    }
}

/// A comparison.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(super) enum Than {
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `>`
    More,
    /// `>=`
    AtLeast,
}

impl Than {
    /// Whether it holds of this and that.
    pub(super) fn holds(self, this: Duration, that: Duration) -> bool {
        match self {
            Than::Less => this < that,
            Than::AtMost => this <= that,
            Than::More => this > that,
            Than::AtLeast => this >= that,
        }
    }
}
