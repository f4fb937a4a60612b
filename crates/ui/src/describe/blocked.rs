//! Work that is stuck, in one sentence: who, on what, where, since when, because of whom.

use super::{at_least, base, does_for, name, share, tail};
use crate::report::{Call, Fact, Report, Resource, Work};
use crate::words::{plural, printable};
use std::time::Duration;

/// What is said of goroutines that are stuck.
pub(crate) struct Blocked<'r> {
    /// How many they are.
    pub(crate) count: usize,
    /// Why they should not wait.
    pub(crate) work: Work,
    /// What they wait for.
    pub(crate) resource: Option<&'r Resource>,
    /// Where, in the program's own code.
    pub(crate) place: Option<&'r Call>,
    /// How long the first of them has waited, at least.
    pub(crate) since: Option<Duration>,
    /// A goroutine that has what they wait for, by index.
    pub(crate) user: Option<u32>,
    /// That goroutine waits for another one itself.
    pub(crate) waits_too: bool,
}

/// The sentence.
pub(crate) fn blocked(report: &Report, it: &Blocked<'_>) -> String {
    let serving = if it.work == Work::Serves {
        " serving requests"
    } else {
        ""
    };
    let what = it
        .resource
        .map_or("something that does not come", |it| it.text);
    let wait = if it.count == 1 { "waits" } else { "wait" };
    let place = it
        .place
        .map_or(String::new(), |place| format!(" in {}", at(place)));
    let since = match at_least(it.since) {
        Some(since) => format!(", {since}"),
        None => ", for an unknown time (no GC since)".to_owned(),
    };
    format!(
        "{}{}{serving} {wait} for {what}{place}{since}{}",
        plural(it.count, "goroutine"),
        share(report, it.count),
        because(report, it)
    )
}

/// `orders.(*Pool).Get (pool.go:88)`.
pub(crate) fn at(place: &Call) -> String {
    format!(
        "{} ({}:{})",
        tail(&place.function),
        printable(base(&place.file)),
        place.line
    )
}

/// `: all 5 are in use`, `: 10.0.0.7:5432 does not answer`.
fn because(report: &Report, it: &Blocked<'_>) -> String {
    let Some(resource) = it.resource else {
        return String::new();
    };
    let mut reasons = Vec::new();
    if let (Some(in_use), Some(max)) = (number(resource, "in_use"), number(resource, "max"))
        && in_use >= max
        && max > 0
    {
        reasons.push(match max {
            1 => "the only one is in use".to_owned(),
            max => format!("all {max} are in use"),
        });
    }
    if let Some(user) = it.user {
        let does = if it.waits_too {
            "waits for another".to_owned()
        } else {
            does_for(report, user)
        };
        reasons.push(format!("{} has one and {does}", name(report, user)));
    } else if let Some(peer) = &resource.peer {
        reasons.push(format!("{} does not answer", printable(peer)));
    }
    if reasons.is_empty() {
        String::new()
    } else {
        format!(": {}", reasons.join("; "))
    }
}

/// A fact that is a number.
fn number(resource: &Resource, wanted: &str) -> Option<i64> {
    resource.facts.iter().find_map(|(name, fact)| match fact {
        Fact::Number(number) if *name == wanted => Some(*number),
        _ => None,
    })
}

/// The facts of a resource: `open 5, max 5, in use 5`.
pub(crate) fn facts(resource: &Resource) -> String {
    let facts = resource.facts.iter().map(|(name, fact)| {
        let name = name.replace('_', " ");
        match fact {
            Fact::Number(number) => format!("{name} {number}"),
            Fact::Text(text) => format!("{name} {}", printable(text)),
        }
    });
    let peer = resource
        .peer
        .iter()
        .map(|peer| format!("peer {}", printable(peer)));
    facts.chain(peer).collect::<Vec<_>>().join(", ")
}
