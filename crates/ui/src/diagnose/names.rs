//! What objects are called: the global that they are, or the part of whose method's receiver.

use super::Ground;
use super::primitive::calls;
use crate::report::{Frame, Object, Report};
use gopeek_layout::Addr;
use std::sync::Arc;

/// Further off it is as likely to be in something else: the struct's size is not known.
const MAX_STRUCT: u64 = 1 << 10;

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
    for (object, global) in objects.iter_mut().zip(globals) {
        object.name = global.or_else(|| receiver(report, object)).map(Arc::from);
    }
}

/// `orders.(*Pool)+0x18`: by the method of a waiter that has the object in its receiver.
fn receiver(report: &Report, object: &Object) -> Option<String> {
    let waiter = object.waiters.first()?.goroutine;
    let mut frames = report.frames(&report.goroutine(waiter)?.stack);
    frames.find_map(|frame| of_frame(&frame, object.addr))
}

fn of_frame(frame: &Frame<'_>, addr: u64) -> Option<String> {
    // The function itself, of which the argument is.
    let function = &*calls(frame).last()?.function;
    let package = super::groups::package(function);
    if OF_LOCKS.contains(&package) {
        return None;
    }
    let rest = function.strip_prefix(package)?.strip_prefix('.')?;
    let (receiver, _) = rest.strip_prefix("(*")?.split_once(')')?;
    let offset = addr.checked_sub(*frame.words?.first()?)?;
    let name = format!("{package}.(*{receiver})");
    match offset {
        0 => Some(name),
        offset if offset < MAX_STRUCT => Some(format!("{name}+{offset:#x}")),
        _ => None,
    }
}
