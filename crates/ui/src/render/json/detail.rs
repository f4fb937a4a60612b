//! What a dump does not print of a goroutine, in JSON: what `-g ID` asks for.

use super::index::Index;
use super::stack::Place;
use super::words::Hex;
use crate::report::{self, Stack};
use gopeek_unwind::locals::{self, Role};
use serde::Serialize;

/// `detail` of a goroutine.
#[derive(Serialize)]
pub(super) struct Detail<'r> {
    status_word: u32,
    status: &'r str,
    stack_low: Hex,
    stack_high: Hex,
    #[serde(skip_serializing_if = "Option::is_none")]
    started: Option<Place<'r>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fault: Option<Fault<'r>>,
    defers: Vec<Defer<'r>>,
    panics: Vec<Panic<'r>>,
    variables: Vec<Variables<'r>>,
}

/// A fault of the program.
#[derive(Serialize)]
pub(super) struct Fault<'r> {
    signal: u32,
    code: u64,
    address: Hex,
    #[serde(skip_serializing_if = "Option::is_none")]
    place: Option<Place<'r>>,
}

#[derive(Serialize)]
struct Defer<'r> {
    function: &'r str,
    #[serde(skip_serializing_if = "Option::is_none")]
    place: Option<Place<'r>>,
    exact: bool,
}

#[derive(Serialize)]
struct Panic<'r> {
    goexit: bool,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    type_name: Option<&'r str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<&'r str>,
    recovered: bool,
}

#[derive(Serialize)]
struct Variables<'r> {
    #[serde(skip_serializing_if = "Option::is_none")]
    frame: Option<usize>,
    scopes: Vec<Scope<'r>>,
}

#[derive(Serialize)]
struct Scope<'r> {
    function: &'r str,
    variables: Vec<Variable<'r>>,
}

#[derive(Serialize)]
struct Variable<'r> {
    name: &'r str,
    #[serde(rename = "type")]
    type_name: &'r str,
    role: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u32>,
    value: String,
}

impl<'r> Detail<'r> {
    pub(super) fn of(index: &Index<'r>, stack: &Stack, detail: &'r report::Detail) -> Detail<'r> {
        let variables = detail.variables.iter().map(|frame| Variables {
            frame: index.call_of(stack, frame.frame),
            scopes: frame.scopes.iter().map(scope).collect(),
        });
        Detail {
            status_word: detail.status_word,
            status: &detail.status,
            stack_low: Hex(detail.stack.0),
            stack_high: Hex(detail.stack.1),
            started: detail.started.as_ref().map(|it| Place::of(&it.call)),
            fault: detail.signal.as_ref().map(Fault::of),
            defers: detail.defers.iter().map(Defer::of).collect(),
            panics: detail.panics.iter().map(Panic::of).collect(),
            variables: variables.collect(),
        }
    }
}

impl<'r> Fault<'r> {
    pub(super) fn of(fault: &'r report::Fault) -> Fault<'r> {
        Fault {
            signal: fault.signal,
            code: fault.code,
            address: Hex(fault.address),
            place: fault.place.as_ref().map(|place| Place::of(&place.call)),
        }
    }
}

impl<'r> Defer<'r> {
    fn of(defer: &'r report::Defer) -> Defer<'r> {
        // A function that defers is not inlined itself, but what it is in the middle of may be.
        let call = defer.place.as_ref().map(|place| {
            if defer.exact {
                &place.call
            } else {
                &place.function
            }
        });
        Defer {
            function: &defer.function,
            place: call.map(Place::of),
            exact: defer.exact,
        }
    }
}

impl<'r> Panic<'r> {
    fn of(panic: &'r report::Panic) -> Panic<'r> {
        let value = panic.value.as_ref();
        Panic {
            goexit: value.is_none(),
            type_name: value.map(|value| value.type_name.as_str()),
            value: value.and_then(|value| value.text.as_deref()),
            recovered: panic.recovered,
        }
    }
}

fn scope(scope: &locals::Scope) -> Scope<'_> {
    let variables = scope.variables.iter().map(|variable| Variable {
        name: &variable.name,
        type_name: &variable.type_name,
        role: match variable.role {
            Role::Argument => "argument",
            Role::Result => "result",
            Role::Local => "local",
        },
        line: (variable.line != 0).then_some(variable.line),
        value: variable.value.to_string(),
    });
    Scope {
        function: &scope.function,
        variables: variables.collect(),
    }
}
