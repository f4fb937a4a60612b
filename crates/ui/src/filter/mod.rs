//! Which goroutines are wanted, as one writes it: `state=wait and wait>5m and fn~pool`.
//!
//! Text becomes tokens (`lex`), these an expression (`parse`), and that, over one report, a yes or no for each
//! goroutine ([`Matcher`]). The whole language is in docs/filters.md.

mod ast;
mod eval;
mod lex;
mod matcher;
mod parse;
mod print;
mod refused;
mod rows;
mod terms;
#[cfg(test)]
mod tests;

pub use matcher::Matcher;
pub use refused::Refused;
pub(crate) use rows::{Diagnosed, RowMatcher, Subject};

use crate::report::Report;
use ast::{Expr, Term};
use std::fmt;
use std::str::FromStr;

/// What is asked of goroutines. As text, it is one that means the same.
#[derive(Clone, PartialEq, Debug)]
pub struct Filter(Expr);

impl Filter {
    /// Reads one.
    ///
    /// # Errors
    /// [`Refused`]: what is wrong with it, and where.
    pub fn parse(text: &str) -> Result<Filter, Refused> {
        parse::parse(text).map(Filter)
    }

    /// All goroutines that touch the object at this address.
    #[must_use]
    pub fn on(addr: u64) -> Filter {
        Filter(Expr::Is(Term::On(addr)))
    }

    /// What both ask for.
    #[must_use]
    pub fn and(self, other: Filter) -> Filter {
        Filter(Expr::All(vec![self.0, other.0]))
    }

    /// Whether it asks for what is found out only for a diagnosis: objects, and which goroutines are idle.
    #[must_use]
    pub fn needs_diagnosis(&self) -> bool {
        self.0.any(&|term| matches!(term, Term::On(_) | Term::Idle))
    }

    /// It, over one report: what many goroutines have in common is asked once.
    #[must_use]
    pub fn over<'f>(&'f self, report: &'f Report) -> Matcher<'f> {
        Matcher::new(&self.0, report)
    }
}

impl FromStr for Filter {
    type Err = Refused;

    fn from_str(text: &str) -> Result<Filter, Refused> {
        Filter::parse(text)
    }
}

impl fmt::Display for Filter {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(to)
    }
}

/// The address of an object, as it is written: `0xc000124a80`.
///
/// # Errors
/// What is wrong with it.
pub fn address(text: &str) -> Result<u64, String> {
    terms::address(text).map_err(str::to_owned)
}
