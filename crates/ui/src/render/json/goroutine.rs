//! Goroutines, and what each waits for, in JSON.

use super::detail::Detail;
use super::index::{Index, address};
use super::object::kind_name;
use super::stack::{Frames, Native, Place};
use super::words::{self, Hex, Texts, ns};
use crate::report::{self, Case, Purpose, Report, Wait};
use serde::Serialize;

/// An item of `goroutines`.
#[derive(Serialize)]
pub(super) struct Goroutine<'r> {
    id: u64,
    gp: Hex,
    state: &'r str,
    status: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    wait_ns_min: Option<u64>,
    leaked: bool,
    scanned: bool,
    durable: bool,
    system: bool,
    moved: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    m: Option<Hex>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tid: Option<i32>,
    locked: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    locked_m: Option<Hex>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bubble: Option<u64>,
    labels: Texts,
    #[serde(skip_serializing_if = "Option::is_none")]
    parent: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    created_by: Option<Place<'r>>,
    #[serde(flatten)]
    waiting: Waiting<'r>,
    frames: Frames<'r>,
    end: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    walked_from: Option<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    native: Vec<Native<'r>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    ancestors: Vec<Ancestor<'r>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<Detail<'r>>,
}

/// What it waits for.
#[derive(Serialize, Default)]
struct Waiting<'r> {
    #[serde(skip_serializing_if = "Option::is_none")]
    wait: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sleep_left_ns: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    syscall: Option<&'r str>,
    blocked_on: Vec<At>,
    select: bool,
}

/// An object that it waits at.
#[derive(Serialize)]
struct At {
    object: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<Hex>,
    #[serde(skip_serializing_if = "Option::is_none")]
    purpose: Option<&'static str>,
}

/// A goroutine that made the one that made it.
#[derive(Serialize)]
struct Ancestor<'r> {
    id: u64,
    frames: Vec<Place<'r>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    created_by: Option<Place<'r>>,
}

impl<'r> Goroutine<'r> {
    pub(super) fn of(index: &Index<'r>, goroutine: &'r report::Goroutine) -> Goroutine<'r> {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let labels = goroutine.labels.iter();
        // The runtime itself makes the first one, and names nobody.
        let creator = goroutine.created_by.as_ref().filter(|_| goroutine.id != 1);
        let stack = &goroutine.stack;
        let detail = goroutine.detail.as_deref();
        Goroutine {
            id: goroutine.id,
            gp: Hex(goroutine.addr),
            state: &goroutine.state,
            status: goroutine.status,
            wait_ns_min: index.report.blocked_for(goroutine).map(ns),
            leaked: goroutine.leaked,
            scanned: goroutine.scanned,
            durable: goroutine.durable,
            system: goroutine.system,
            moved: goroutine.moved,
            m: address(goroutine.m),
            tid: index.tid(goroutine.m),
            locked: goroutine.locked_m != 0,
            locked_m: address(goroutine.locked_m).filter(|_| goroutine.locked_m != Report::SOME_M),
            bubble: goroutine.bubble,
            labels: labels.map(|it| (text(&it.key), text(&it.value))).collect(),
            parent: creator.map(|it| it.goroutine).filter(|id| *id != 0),
            created_by: creator.map(|it| Place::of(&it.place.call)),
            waiting: Waiting::of(index, goroutine),
            frames: Frames {
                report: index.report,
                stack,
            },
            end: words::end(&stack.end),
            walked_from: stack.from.map(words::source),
            native: Native::all(index, stack),
            ancestors: goroutine.ancestors.iter().map(Ancestor::of).collect(),
            detail: detail.map(|it| Detail::of(index, stack, it)),
        }
    }
}

impl<'r> Waiting<'r> {
    fn of(index: &Index<'r>, goroutine: &'r report::Goroutine) -> Waiting<'r> {
        let none = Waiting::default();
        let named = |name| Waiting {
            wait: Some(name),
            ..Waiting::default()
        };
        match &goroutine.wait {
            None => none,
            Some(Wait::On { cases, select }) => {
                let at = |case: &Case| At::of(index, case.object, Some(case.purpose));
                Waiting {
                    blocked_on: cases.iter().map(at).collect(),
                    select: *select,
                    ..named("object")
                }
            }
            Some(Wait::Forever) => named("forever"),
            Some(Wait::Sleep { left }) => Waiting {
                sleep_left_ns: *left,
                ..named("sleep")
            },
            Some(Wait::Syscall { text, object }) => {
                let at = |object| At::of(index, object, index.purpose(goroutine));
                Waiting {
                    syscall: text.as_deref(),
                    blocked_on: object.map(at).into_iter().collect(),
                    ..named("syscall")
                }
            }
            Some(Wait::C) => named("c"),
            Some(Wait::Runtime) => named("runtime"),
        }
    }
}

impl At {
    fn of(index: &Index<'_>, object: u32, purpose: Option<Purpose>) -> At {
        let known = index.report.object(object);
        At {
            object,
            kind: known.map(|it| kind_name(&it.kind)),
            address: known.and_then(|it| address(it.addr)),
            purpose: purpose.map(words::purpose),
        }
    }
}

impl<'r> Ancestor<'r> {
    fn of(ancestor: &'r report::Ancestor) -> Ancestor<'r> {
        let places = ancestor.places.iter();
        let created_by = ancestor.created_by.as_ref();
        Ancestor {
            id: ancestor.id,
            frames: places.map(|place| Place::of(&place.call)).collect(),
            created_by: created_by.map(|place| Place::of(&place.call)),
        }
    }
}
