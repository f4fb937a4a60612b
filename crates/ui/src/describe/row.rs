//! What tables say of an object, column by column.

use super::{grade, kind, name, state, tail};
use crate::report::{Grade, Kind, Object, Purpose, Report};

/// Whether it is held by somebody, as a rule.
pub(crate) fn is_lock(object: &Object) -> bool {
    !matches!(
        object.kind,
        Kind::Channel(_) | Kind::File(_) | Kind::Bubble | Kind::Coroutine
    )
}

/// Where it is: `0xc000124a80`, `fd 7`.
pub(crate) fn place(object: &Object) -> String {
    match (&object.kind, object.addr) {
        (Kind::File(file), _) => format!("fd {}", file.fd),
        (_, 0) => "-".to_owned(),
        (_, addr) => format!("{addr:#x}"),
    }
}

/// Its name, where it has one, and its state.
pub(crate) fn detail(report: &Report, object: &Object) -> String {
    let state = state(report, object);
    match &object.name {
        Some(name) => format!("{} {state}", tail(name)).trim_end().to_owned(),
        None => state,
    }
}

/// The kind, and what most wait for.
pub(crate) fn waits_on(object: &Object) -> String {
    let kind = kind(object);
    let first = object
        .waiters
        .first()
        .map(|waiter| (waiter.purpose, !waiter.sole));
    let what = match first {
        Some((Purpose::Send, false)) => " send",
        Some((Purpose::Receive, false)) => " recv",
        Some((Purpose::Send | Purpose::Receive, true)) => " select",
        Some((Purpose::RLock | Purpose::Read, _)) => " read",
        Some((Purpose::Write, _)) => " write",
        Some((Purpose::Sync, _)) => " sync",
        Some((Purpose::Lock, _)) if matches!(object.kind, Kind::File(_)) => " lock",
        _ => "",
    };
    let kind = if kind == "channel" { "chan" } else { kind };
    format!("{kind}{what}")
}

/// Who may hold it, or who is at its other end.
pub(crate) fn holder(report: &Report, object: &Object) -> String {
    if let Kind::File(file) = &object.kind {
        let peers = file.peers.iter().map(|peer| super::peer(report, peer));
        return peers.collect::<Vec<_>>().join(", ");
    }
    let name = |index: u32| name(report, index);
    match &object.suspects[..] {
        [] if object.unreachable && report.deep => "nothing alive leads to it".to_owned(),
        [] if object.unreachable => "no other stack and no global leads to it".to_owned(),
        [] if object.unheld => "no goroutine holds it".to_owned(),
        [] => object.reached_from.map_or_else(String::new, |first| {
            format!("{} leads to it through the heap", name(first))
        }),
        [first, rest @ ..] if first.grade > Grade::Possible || rest.is_empty() => {
            format!("{} {}", name(first.goroutine), grade(first.grade))
        }
        many => format!("{} possible", many.len()),
    }
}
