//! What is compared of a look: of each goroutine who made it, and a fingerprint of where it is.
//!
//! A picture is small, so that the looks before the last need not be kept whole.

use crate::render::args;
use crate::report::{Frame, Goroutine, Report, Statement};
use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// A look, as far as it is compared.
#[derive(Clone, Debug)]
pub(crate) struct Picture {
    /// The process: its pid and its name.
    pub(super) process: (i32, String),
    /// When it was.
    pub(super) at: Option<SystemTime>,
    /// The program's goroutines, by number.
    pub(super) goroutines: BTreeMap<u64, Seen>,
}

/// A goroutine, likewise.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    /// Of its state, its frames and their arguments.
    pub(super) print: u64,
    /// It ran whenever it was looked at, so that the fingerprint says nothing.
    pub(super) restless: bool,
    pub(super) waited: Option<Duration>,
    pub(super) creator: Option<Arc<Statement>>,
    /// Of one that is on a CPU: the functions that it is in, outermost first.
    pub(super) running: Option<Vec<Arc<str>>>,
}

/// The state of a goroutine that is on a CPU.
pub(super) const RUNNING: &str = "running";

impl Picture {
    /// Of a whole report.
    pub(crate) fn of(report: &Report) -> Picture {
        let mut statements = Statements::default();
        let goroutines = report.user_goroutines();
        let saved = report.taken.from.as_ref().and_then(|saved| saved.at);
        Picture {
            process: (report.target.pid, report.target.name.clone()),
            at: report.taken.at.or(saved),
            goroutines: goroutines
                .map(|it| (it.id, seen(report, it, &mut statements)))
                .collect(),
        }
    }
}

/// The `go` statements so far: thousands of goroutines have the same.
#[derive(Default)]
pub(super) struct Statements(BTreeMap<Statement, Arc<Statement>>);

impl Statements {
    pub(super) fn one(&mut self, statement: Statement) -> Arc<Statement> {
        let known = self.0.entry(statement);
        known.or_insert_with_key(|it| Arc::new(it.clone())).clone()
    }
}

fn seen(report: &Report, goroutine: &Goroutine, statements: &mut Statements) -> Seen {
    let mut print = Print::of(&goroutine.state);
    for frame in report.frames(&goroutine.stack) {
        frame_of(&mut print, frame);
    }
    let creator = goroutine.created_by.as_ref();
    // The runtime itself makes the first one.
    let creator = creator.filter(|_| goroutine.id != 1);
    let functions = || {
        let frames = report.frames(&goroutine.stack);
        let calls = frames.flat_map(|frame| frame.site.calls.iter());
        let mut functions: Vec<_> = calls.map(|call| call.function.clone()).collect();
        functions.reverse();
        functions
    };
    Seen {
        print: print.end(),
        restless: goroutine.moved,
        waited: goroutine.waited,
        creator: creator.map(|it| {
            let call = &it.place.call;
            statements.one(Statement {
                function: call.function.clone(),
                file: call.file.clone(),
                line: call.line,
            })
        }),
        running: (&*goroutine.state == RUNNING).then(functions),
    }
}

fn frame_of(print: &mut Print, frame: Frame<'_>) {
    let calls = &frame.site.calls;
    for (index, call) in calls.iter().enumerate() {
        print.call(frame.site.pc, frame.sp, &call.function);
        if index + 1 == calls.len() {
            let mut text = Vec::new();
            // Writing to a Vec does not fail.
            let _: io::Result<()> = args::write(&mut text, &frame.site.args, frame.words);
            print.arguments(&text);
        }
    }
}

/// A fingerprint, which comes out alike for a report and for the JSON of it.
pub(super) struct Print(DefaultHasher);

impl Print {
    pub(super) fn of(state: &str) -> Print {
        let mut hasher = DefaultHasher::new();
        state.hash(&mut hasher);
        Print(hasher)
    }

    pub(super) fn call(&mut self, pc: u64, sp: u64, function: &str) {
        (pc, sp, function).hash(&mut self.0);
    }

    pub(super) fn arguments(&mut self, text: &[u8]) {
        text.hash(&mut self.0);
    }

    pub(super) fn end(self) -> u64 {
        self.0.finish()
    }
}
