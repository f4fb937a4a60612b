//! Whether a report is about the outage that the program is in.

use std::fmt::Debug;

use super::said::{Finding, Said};
use super::truth::{Pool, Truth};

/// Compares a report with the truth, and returns what is wrong with it, in words.
pub(super) fn judge(truth: &Truth, said: &Said, code: i32) -> Vec<String> {
    let mut wrong = Vec::new();
    if !truth.exit.contains(&code) {
        wrong.push(differs("exit code", &truth.exit, code));
    }
    if truth.calm {
        wrong.extend(alarms(said).map(|it| format!("{} {}: {}", it.weight, it.what, it.text)));
        return wrong;
    }
    let Some(worst) = said.findings.first() else {
        wrong.push("no finding".to_owned());
        return wrong;
    };
    wrong.extend(finding(truth, said, worst));
    if !wrong.is_empty() {
        wrong.push(format!("it says: {}", worst.text));
    }
    wrong
}

/// Findings that a calm process must not have: all that raise an alarm, and every leak.
pub(super) fn alarms(said: &Said) -> impl Iterator<Item = &Finding> {
    let findings = said.findings.iter();
    findings.filter(|it| it.weight != "note" || it.what == "leak")
}

fn finding(truth: &Truth, said: &Said, worst: &Finding) -> Vec<String> {
    let mut wrong = Vec::new();
    if !truth.what.contains(&worst.what) {
        wrong.push(differs("kind", &truth.what, &worst.what));
    }
    let place = worst.place.as_ref().map(|it| &it.func);
    if !truth.place.is_empty() && !place.is_some_and(|it| truth.place.contains(it)) {
        wrong.push(differs("place", &truth.place, place));
    }
    let kind = worst.resource.as_ref().map(|it| &it.kind);
    if !truth.resource.is_empty() && !kind.is_some_and(|it| truth.resource.contains(it)) {
        wrong.push(differs("resource", &truth.resource, kind));
    }
    if worst.held_up < truth.count {
        wrong.push(differs("goroutines", truth.count, worst.held_up));
    }
    let named: Vec<u64> = (worst.culprits.iter().copied())
        .chain(said.suspects(worst).map(|it| it.goroutine))
        .collect();
    if !truth.holders.is_empty() && !named.iter().any(|it| truth.holders.contains(it)) {
        wrong.push(differs("holder", &truth.holders, named));
    }
    if truth.no_holder {
        let holders = said.suspects(worst).filter(|it| it.is_said_to_hold());
        let holders: Vec<u64> = holders.map(|it| it.goroutine).collect();
        if !holders.is_empty() {
            wrong.push(differs("holder", "none", holders));
        }
    }
    let peer = worst.resource.as_ref().and_then(|it| it.peer.as_ref());
    if truth.peer.is_some() && peer != truth.peer.as_ref() {
        wrong.push(differs("peer", &truth.peer, peer));
    }
    for (name, figure) in truth.pool.iter().flat_map(Pool::figures) {
        let fact = worst.resource.as_ref().and_then(|it| it.facts.get(name));
        if fact.and_then(serde_json::Value::as_u64) != Some(figure) {
            wrong.push(differs(name, figure, fact));
        }
    }
    wrong
}

fn differs(what: &str, expected: impl Debug, got: impl Debug) -> String {
    format!("{what}: expected {expected:?}, got {got:?}")
}

#[cfg(test)]
mod tests;
