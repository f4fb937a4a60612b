//! A filter over one report: which of its goroutines are wanted.
//!
//! Goroutines share their ways through the code, so functions and files are asked once for each way; what touches an
//! object is found once. A goroutine's answer then allocates nothing.

use super::ast::{Expr, Term, Text};
use super::eval;
use crate::report::{Call, Goroutine, Report, Wait};
use std::collections::HashSet;

/// By what a goroutine is known again: its number and the address of its g. A text dump has no addresses, and damaged memory may
/// have a number twice.
type Key = (u64, u64);

fn key(goroutine: &Goroutine) -> Key {
    (goroutine.id, goroutine.addr)
}

/// A filter over one report.
#[derive(Debug)]
pub struct Matcher<'f> {
    report: &'f Report,
    check: Check<'f>,
}

#[derive(Debug)]
enum Check<'f> {
    /// Of its own record.
    Record(&'f Term),
    /// Of its way through the code: the answers by path. C frames it has for itself.
    Path(Vec<bool>, Option<&'f Text>),
    /// It is one of these.
    Among(HashSet<Key>),
    Not(Box<Check<'f>>),
    All(Vec<Check<'f>>),
    Any(Vec<Check<'f>>),
}

impl<'f> Matcher<'f> {
    pub(super) fn new(expr: &'f Expr, report: &'f Report) -> Matcher<'f> {
        Matcher {
            report,
            check: check(expr, report),
        }
    }

    /// Whether a goroutine of the report is wanted.
    #[must_use]
    pub fn matches(&self, goroutine: &Goroutine) -> bool {
        self.check.holds(self.report, goroutine)
    }
}

impl Check<'_> {
    fn holds(&self, report: &Report, goroutine: &Goroutine) -> bool {
        match self {
            Check::Record(term) => eval::record(term, report, goroutine),
            Check::Path(paths, of_c) => {
                let path = usize::try_from(goroutine.stack.path).ok();
                let go = path.and_then(|path| paths.get(path)).copied();
                go.unwrap_or(false) || of_c.is_some_and(|text| eval::in_c(text, goroutine))
            }
            Check::Among(gs) => gs.contains(&key(goroutine)),
            Check::Not(inner) => !inner.holds(report, goroutine),
            Check::All(parts) => parts.iter().all(|part| part.holds(report, goroutine)),
            Check::Any(parts) => parts.iter().any(|part| part.holds(report, goroutine)),
        }
    }
}

fn check<'f>(expr: &'f Expr, report: &Report) -> Check<'f> {
    let all = |parts: &'f [Expr]| parts.iter().map(|part| check(part, report)).collect();
    match expr {
        Expr::Not(inner) => Check::Not(Box::new(check(inner, report))),
        Expr::All(parts) => Check::All(all(parts)),
        Expr::Any(parts) => Check::Any(all(parts)),
        Expr::Is(term) => match term {
            Term::Function(text) => {
                let is = |call: &Call| eval::is_function(text, &call.function);
                Check::Path(paths(report, is), Some(text))
            }
            Term::File(text) => {
                let is = |call: &Call| eval::is(text, &call.file);
                Check::Path(paths(report, is), None)
            }
            Term::On(addr) => Check::Among(touching(report, *addr)),
            Term::Idle => Check::Among(keys(report, report.idle())),
            other => Check::Record(other),
        },
    }
}

/// For each path, whether one of its calls is as asked.
fn paths(report: &Report, is: impl Fn(&Call) -> bool) -> Vec<bool> {
    let sites: Vec<bool> = report
        .sites
        .iter()
        .map(|site| site.calls.iter().any(&is))
        .collect();
    let site = |index: u32| usize::try_from(index).ok().and_then(|at| sites.get(at));
    report
        .paths
        .iter()
        .map(|path| {
            let mut steps = path.steps.iter();
            steps.any(|step| site(step.site).copied().unwrap_or(false))
        })
        .collect()
}

/// Those that touch the object at an address: they wait at it, are suspected to hold it, or were called with its address.
fn touching(report: &Report, addr: u64) -> HashSet<Key> {
    // A file without an address has 0.
    let is_it = |object: u32| {
        let object = report.object(object);
        object.is_some_and(|object| object.addr == addr && addr != 0)
    };
    let objects = report.objects.iter().filter(|object| object.addr == addr);
    let objects = objects.filter(|_| addr != 0);
    let of_objects = objects.flat_map(|object| {
        let waiters = object.waiters.iter().map(|waiter| waiter.goroutine);
        waiters.chain(object.suspects.iter().map(|suspect| suspect.goroutine))
    });
    let mut found = keys(report, of_objects);
    let touch = |goroutine: &&Goroutine| {
        let waits = match &goroutine.wait {
            Some(Wait::On { cases, .. }) => cases.iter().any(|case| is_it(case.object)),
            Some(Wait::Syscall { object, .. }) => object.is_some_and(is_it),
            _ => false,
        };
        waits || addr != 0 && goroutine.stack.words.contains(&addr)
    };
    let others = report.goroutines.iter().filter(touch);
    found.extend(others.map(key));
    found
}

/// The goroutines at these indexes.
fn keys(report: &Report, indexes: impl Iterator<Item = u32>) -> HashSet<Key> {
    indexes
        .filter_map(|index| report.goroutine(index))
        .map(key)
        .collect()
}
