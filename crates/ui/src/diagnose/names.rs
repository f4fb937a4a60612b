//! What objects are called: the global that they are, or the field of a method's receiver.

use super::Ground;
use super::functions::{method_of, package};
use super::members::{self, Fields, Found};
use super::primitive::calls;
use super::receivers::Receivers;
use crate::report::{Frame, Kind, Object, Report};
use gopeek_layout::Addr;
use std::cmp::Reverse;
use std::sync::Arc;

/// Further off it is as likely to be in something else: the struct's size is not known.
const MAX_STRUCT: u64 = 1 << 10;
/// Structs are read to see which member points to an object for so many of them: those at which most goroutines wait.
const MOST: usize = 256;

/// Packages whose methods take locks on behalf of others.
const OF_LOCKS: [&str; 5] = [
    "runtime",
    "sync",
    "internal/sync",
    "internal/poll",
    "sync/atomic",
];

/// Names objects, as far as that can be told.
pub(super) fn name(ground: &Ground<'_>, report: &Report, objects: &mut [Object]) {
    let addrs: Vec<Addr> = objects
        .iter()
        .map(|object| Addr::new(object.addr))
        .collect();
    let globals = ground.globals(&addrs);
    let any = objects.iter().any(|object| members::may_be(&object.kind));
    let debug = any.then(|| ground.debug()).flatten();
    let mut fields = debug.as_ref().map(|debug| Fields::new(ground, debug));
    let mut receivers = any.then(|| Receivers::new(ground, report));
    let mut named: Vec<_> = objects.iter_mut().zip(globals).collect();
    // Stable, so that the same is named each time.
    named.sort_by_key(|(object, _)| Reverse(object.waiters.len()));
    for (place, (object, global)) in named.into_iter().enumerate() {
        let name = if let Some((symbol, offset)) = global {
            let fields = fields.as_mut();
            let member = fields.and_then(|fields| fields.of_global(object, &symbol, offset));
            Some(member.unwrap_or_else(|| with_offset(symbol, offset)))
        } else {
            let described = (fields.as_mut(), receivers.as_mut());
            of_waiter(report, object, described, place < MOST)
        };
        object.name = name.map(Arc::from);
    }
}

/// By the frames of a waiter, the innermost that says anything: by DWARF, or else by the types of receivers.
fn of_waiter(
    report: &Report,
    object: &Object,
    (mut fields, mut receivers): (Option<&mut Fields<'_>>, Option<&mut Receivers<'_>>),
    follow: bool,
) -> Option<String> {
    let waiter = object.waiters.first()?.goroutine;
    let frames = report.frames(&report.goroutine(waiter)?.stack);
    let mut frames = frames.filter(|frame| !is_of_locks(frame));
    frames.find_map(|frame| {
        let described = fields
            .as_mut()
            .map(|fields| fields.of_frame(&frame, object, follow));
        let described = match described {
            Some(Found::Unknown) | None => receivers
                .as_mut()
                .map(|receivers| receivers.of_frame(&frame, object, follow)),
            described => described,
        };
        match described {
            Some(Found::Member(name)) => Some(name),
            Some(Found::NoMember) => None,
            // Not described.
            Some(Found::Unknown) | None => receiver(&frame, object),
        }
    })
}

/// Whether a frame is of a package that has no locks of its own.
fn is_of_locks(frame: &Frame<'_>) -> bool {
    let function = calls(frame).last().map(|call| &*call.function);
    function.is_none_or(|function| OF_LOCKS.contains(&package(function)))
}

/// `orders.(*Pool)+0x18`: by the method of a waiter that has the object in its receiver.
fn receiver(frame: &Frame<'_>, object: &Object) -> Option<String> {
    // A channel is a part of nothing, however near it lies.
    if matches!(object.kind, Kind::Channel(_)) {
        return None;
    }
    // The function itself, of which the argument is.
    let name = method_of(&calls(frame).last()?.function)?;
    let offset = object.addr.checked_sub(*frame.words?.first()?)?;
    (offset < MAX_STRUCT).then(|| with_offset(name, offset))
}

fn with_offset(name: String, offset: u64) -> String {
    match offset {
        0 => name,
        offset => format!("{name}+{offset:#x}"),
    }
}
