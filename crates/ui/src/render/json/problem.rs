//! What is missing or doubtful, in JSON.

use super::words::Hex;
use crate::preamble;
use crate::report;
use serde::Serialize;

/// An item of `problems`.
#[derive(Serialize, Default)]
pub(super) struct Problem {
    kind: &'static str,
    text: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    goroutine: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<Hex>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tid: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    claimed: Option<u64>,
}

impl Problem {
    pub(super) fn of(problem: &report::Problem) -> Problem {
        let named = |kind| Problem {
            kind,
            text: preamble::describe(problem),
            ..Problem::default()
        };
        let about = |kind, id: &u64| Problem {
            goroutine: Some(*id),
            ..named(kind)
        };
        match problem {
            report::Problem::NotAGoroutine { addr } => Problem {
                address: Some(Hex(*addr)),
                ..named("not_a_goroutine")
            },
            report::Problem::BrokenStack { id, .. } => about("broken_stack", id),
            report::Problem::LeftOut { id, .. } => about("frames_left_out", id),
            report::Problem::NoVariables { .. } => named("no_variables"),
            report::Problem::NoWaits { .. } => named("no_waits"),
            report::Problem::NoHeap { .. } => named("no_heap"),
            report::Problem::BrokenNative { id, .. } => about("broken_native", id),
            report::Problem::Running { id } => about("running", id),
            report::Problem::Misplaced { id } => about("misplaced", id),
            report::Problem::TooManyGoroutines { claimed } => Problem {
                claimed: Some(*claimed),
                ..named("too_many_goroutines")
            },
            report::Problem::TooManyBytes => named("too_many_bytes"),
            report::Problem::CutShort => named("cut_short"),
            report::Problem::Core { .. } => named("core"),
            report::Problem::Text { .. } => named("text"),
            report::Problem::NoFile { .. } => named("no_file"),
            report::Problem::FileCut { .. } => named("file_cut"),
            report::Problem::ThreadMissed { tid, .. } => Problem {
                tid: Some(*tid),
                ..named("thread_missed")
            },
        }
    }
}
