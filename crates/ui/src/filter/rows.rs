//! A filter over the rows of a sampler: the same language, over numbers.
//!
//! What many goroutines have in common is asked once for each of its numbers, and remembered from sample to sample.

use super::Filter;
use super::ast::{Expr, Term, Text};
use super::eval::{is, is_function, is_state_text};
use crate::report::Call;
use crate::sampler::{Does, Row, Texts};
use gopeek_layout::health::Thread;
use rustc_hash::FxHashSet;
use std::time::Duration;

/// A goroutine that is asked.
#[derive(Copy, Clone)]
pub(crate) struct Subject<'s> {
    pub(crate) row: &'s Row,
    pub(crate) texts: &'s Texts,
    /// The target's monotonic clock, in ns.
    pub(crate) now: i64,
    /// The Ms.
    pub(crate) threads: &'s [Thread],
}

/// What a diagnosis knows of goroutines, by their numbers.
pub(crate) trait Diagnosed {
    /// Those that wait at the object at this address, or may hold it.
    fn on(&self, addr: u64) -> FxHashSet<u64>;
    /// Those with which nothing is wrong.
    fn idle(&self) -> FxHashSet<u64>;
}

/// A filter, and what it was answered so far.
#[derive(Debug)]
pub(crate) struct RowMatcher(Check);

#[derive(Debug)]
enum Check {
    /// Of the row alone.
    Row(Term),
    /// Of what it shares with others: the answers by number.
    Shared(Term, Vec<bool>),
    /// It is one of these, by its number.
    Among(FxHashSet<u64>),
    Not(Box<Check>),
    All(Vec<Check>),
    Any(Vec<Check>),
}

impl RowMatcher {
    /// For rows whose numbers mean what they have meant since the first that it is asked of.
    pub(crate) fn new(filter: &Filter, diagnosed: &dyn Diagnosed) -> RowMatcher {
        RowMatcher(check(&filter.0, diagnosed))
    }

    /// Whether a goroutine is wanted.
    pub(crate) fn matches(&mut self, subject: &Subject<'_>) -> bool {
        self.0.holds(subject)
    }
}

fn check(expr: &Expr, diagnosed: &dyn Diagnosed) -> Check {
    let all = |parts: &[Expr]| parts.iter().map(|part| check(part, diagnosed)).collect();
    match expr {
        Expr::Not(inner) => Check::Not(Box::new(check(inner, diagnosed))),
        Expr::All(parts) => Check::All(all(parts)),
        Expr::Any(parts) => Check::Any(all(parts)),
        Expr::Is(term) => match term {
            Term::On(addr) => Check::Among(diagnosed.on(*addr)),
            Term::Idle => Check::Among(diagnosed.idle()),
            Term::Function(_) | Term::File(_) | Term::Created(_) | Term::Label(..) => {
                Check::Shared(term.clone(), Vec::new())
            }
            Term::State(text) if !names_all_waits(text) => Check::Shared(term.clone(), Vec::new()),
            other => Check::Row(other.clone()),
        },
    }
}

/// Whether a state stands for all in which a goroutine waits.
fn names_all_waits(text: &Text) -> bool {
    is_state_text(text, true, "")
}

impl Check {
    fn holds(&mut self, subject: &Subject<'_>) -> bool {
        match self {
            Check::Row(term) => of_row(term, subject),
            Check::Shared(term, answers) => {
                let (number, count) = number(term, subject);
                while answers.len() < count {
                    let next = u32::try_from(answers.len()).unwrap_or(u32::MAX);
                    answers.push(of_shared(term, subject.texts, next));
                }
                answers.get(number).copied().unwrap_or(false)
            }
            Check::Among(ids) => ids.contains(&subject.row.id),
            Check::Not(inner) => !inner.holds(subject),
            Check::All(parts) => parts.iter_mut().all(|part| part.holds(subject)),
            Check::Any(parts) => parts.iter_mut().any(|part| part.holds(subject)),
        }
    }
}

/// The number of what a term is about, and how many of the kind there are.
fn number(term: &Term, subject: &Subject<'_>) -> (usize, usize) {
    let (row, texts) = (subject.row, subject.texts);
    let at = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
    match term {
        Term::Created(_) => (at(row.creator), texts.creators.len()),
        Term::Label(..) => (at(row.labels), texts.labels.len()),
        Term::State(_) => (usize::from(row.state), texts.states.len()),
        _ => (at(row.way), texts.ways.len()),
    }
}

fn of_shared(term: &Term, texts: &Texts, number: u32) -> bool {
    let calls = |is: &dyn Fn(&Call) -> bool| {
        let way = texts.way(number);
        way.is_some_and(|way| way.calls().any(is))
    };
    match term {
        Term::Function(text) => calls(&|call| is_function(text, &call.function)),
        Term::File(text) => calls(&|call| is(text, &call.file)),
        Term::Created(text) => texts.creator(number).is_some_and(|place| {
            is_function(text, &place.call.function) || is_function(text, &place.function.function)
        }),
        Term::Label(key, text) => texts.labels(number).iter().any(|label| {
            let value = || String::from_utf8_lossy(&label.value);
            label.key == key.as_bytes() && is(text, &value())
        }),
        Term::State(text) => {
            let state = u16::try_from(number).map_or("", |number| texts.state(number));
            is_state_text(text, false, state)
        }
        _ => false,
    }
}

fn of_row(term: &Term, subject: &Subject<'_>) -> bool {
    let row = subject.row;
    match term {
        Term::State(text) => is_state_text(
            text,
            row.does == Does::Waits,
            subject.texts.state(row.state),
        ),
        Term::Id(id) => row.id == *id,
        Term::Parent(id) => row.parent == *id,
        Term::Tid(tid) => {
            let mut threads = subject.threads.iter();
            row.m != 0 && threads.any(|it| it.addr.get() == row.m && it.procid == *tid)
        }
        Term::Waited(than, time) => {
            let waited = row.waited(subject.now);
            waited.is_some_and(|waited: Duration| than.holds(waited, *time))
        }
        Term::Locked => row.locked,
        Term::System => row.system,
        _ => false,
    }
}
