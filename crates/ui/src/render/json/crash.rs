//! What a process died of, in JSON.

use super::detail::Fault;
use super::index::{Index, address};
use super::stack::Frames;
use super::thread::registers;
use super::words::{Hex, Named};
use crate::report::{self, Stack};
use serde::Serialize;

/// `crash`.
#[derive(Serialize)]
pub(super) struct Crash<'r> {
    cause: Cause<'r>,
    head: &'r str,
    #[serde(skip_serializing_if = "Option::is_none")]
    fault: Option<Fault<'r>>,
    tid: i32,
    #[serde(skip_serializing_if = "Option::is_none")]
    m: Option<Hex>,
    #[serde(skip_serializing_if = "Option::is_none")]
    goroutine: Option<u64>,
    in_c: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    frames: Option<Frames<'r>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    system_frames: Option<Frames<'r>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    registers: Option<Named>,
    #[serde(skip_serializing_if = "Option::is_none")]
    killed_by: Option<u32>,
}

#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Cause<'r> {
    Panic {
        text: &'r str,
    },
    Fatal {
        #[serde(skip_serializing_if = "Option::is_none")]
        text: Option<&'r str>,
        before: &'r [String],
    },
    Signal {
        number: u32,
        code: i32,
        word: Hex,
    },
    Killed {
        number: u32,
        code: i32,
        #[serde(skip_serializing_if = "Option::is_none")]
        address: Option<Hex>,
    },
}

impl<'r> Crash<'r> {
    pub(super) fn of(index: &Index<'r>, crash: &'r report::Crash) -> Crash<'r> {
        let report = index.report;
        let frames = |stack: &'r Option<Stack>| {
            let stack = stack.as_ref()?;
            Some(Frames { report, stack })
        };
        Crash {
            cause: Cause::of(&crash.cause),
            head: &crash.head,
            fault: crash.fault.as_ref().map(Fault::of),
            tid: crash.tid,
            m: address(crash.m),
            goroutine: index.number_at(crash.goroutine),
            in_c: crash.in_c,
            frames: frames(&crash.printed),
            system_frames: frames(&crash.system),
            registers: crash.registers.as_ref().map(registers),
            killed_by: (crash.killed_by != 0).then_some(crash.killed_by),
        }
    }
}

impl<'r> Cause<'r> {
    fn of(cause: &'r report::Cause) -> Cause<'r> {
        match cause {
            report::Cause::Panic(text) => Cause::Panic { text },
            report::Cause::Fatal { text, before } => Cause::Fatal {
                text: text.as_deref(),
                before,
            },
            report::Cause::Signal(signal) => Cause::Signal {
                number: signal.number,
                code: signal.code,
                word: Hex(signal.word),
            },
            report::Cause::Killed {
                number,
                code,
                address,
            } => Cause::Killed {
                number: *number,
                code: *code,
                address: address.map(Hex),
            },
        }
    }
}
