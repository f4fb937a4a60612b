//! What is compared of a look: of each goroutine who made it, and a fingerprint of where it is.
//!
//! A picture is small, so that the looks before the last need not be kept whole.

use crate::render::args;
use crate::report::{Call, Frame, Goroutine, Report, Statement};
use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// Number of innermost calls that Go prints of a stack at least.
const TEXT_CALLS: usize = 50;

/// How much of each look is compared.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(crate) enum Detail {
    /// Everything.
    All,
    /// What a text dump has, too: no addresses, none of the runtime's frames, no type arguments, whole minutes.
    Text,
}

impl Detail {
    /// The name of a function.
    pub(super) fn function(self, name: &str) -> Arc<str> {
        let brackets = name.find('[').zip(name.rfind(']'));
        match brackets.filter(|(open, close)| self == Detail::Text && open < close) {
            Some((open, close)) => {
                let (before, after) = (name.get(..open), name.get(close + 1..));
                let whole = [before.unwrap_or(name), "[...]", after.unwrap_or_default()];
                Arc::from(whole.concat())
            }
            None => Arc::from(name),
        }
    }

    /// How long a goroutine has waited.
    pub(super) fn waited(self, waited: Option<Duration>) -> Option<Duration> {
        if self == Detail::All {
            return waited;
        }
        let minutes = waited?.as_secs() / 60;
        (minutes > 0).then(|| Duration::from_secs(minutes * 60))
    }
}

/// A look, as far as it is compared.
#[derive(Clone, Debug)]
pub(crate) struct Picture {
    /// The process: its pid and its name; nothing of a text dump, which names none.
    pub(super) process: Option<(i32, String)>,
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
    pub(crate) fn of(report: &Report, detail: Detail) -> Picture {
        let mut statements = Statements::default();
        let goroutines = report.user_goroutines();
        let saved = report.taken.from.as_ref().and_then(|saved| saved.at);
        Picture {
            process: report
                .text()
                .is_none()
                .then(|| (report.target.pid, report.target.name.clone())),
            at: report.taken.at.or(saved),
            goroutines: goroutines
                .map(|it| (it.id, seen(report, it, detail, &mut statements)))
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

fn seen(
    report: &Report,
    goroutine: &Goroutine,
    detail: Detail,
    statements: &mut Statements,
) -> Seen {
    let made = goroutine.created_by.as_ref();
    let made = made.map(|creator| At::of(&creator.place.call));
    let mut print = Print::of(&goroutine.state, made, detail);
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
        waited: detail.waited(goroutine.waited),
        creator: creator.map(|it| {
            let call = &it.place.call;
            statements.one(Statement {
                function: detail.function(&call.function),
                file: call.file.clone(),
                line: call.line,
            })
        }),
        running: (&*goroutine.state == RUNNING).then(functions),
    }
}

fn frame_of(print: &mut Print<'_>, frame: Frame<'_>) {
    let calls = &frame.site.calls;
    for (index, call) in calls.iter().enumerate() {
        let is_told = print.call(frame.site.pc, frame.sp, At::of(call));
        if is_told && index + 1 == calls.len() {
            let mut text = Vec::new();
            // Writing to a Vec does not fail.
            let _: io::Result<()> = args::write(&mut text, &frame.site.args, frame.words);
            print.arguments(&text);
        }
    }
}

/// A fingerprint, which comes out alike for a report and for the JSON of it.
pub(super) struct Print<'p> {
    hasher: DefaultHasher,
    detail: Detail,
    /// The `go` statement that made the goroutine.
    made: Option<At<'p>>,
    calls: usize,
}

/// Where a call is.
#[derive(Copy, Clone, Debug)]
pub(super) struct At<'c> {
    pub(super) function: &'c str,
    pub(super) file: &'c str,
    pub(super) line: u32,
}

impl<'c> At<'c> {
    fn of(call: &'c Call) -> At<'c> {
        At {
            function: &call.function,
            file: &call.file,
            line: call.line,
        }
    }
}

impl<'p> Print<'p> {
    /// One of a goroutine in this state, which was made at `made`.
    pub(super) fn of(state: &str, made: Option<At<'p>>, detail: Detail) -> Print<'p> {
        let mut hasher = DefaultHasher::new();
        state.hash(&mut hasher);
        Print {
            hasher,
            detail,
            made,
            calls: 0,
        }
    }

    /// Adds a call. Returns whether its arguments belong to it, too.
    pub(super) fn call(&mut self, pc: u64, sp: u64, at: At<'_>) -> bool {
        if self.detail == Detail::All {
            (pc, sp, at.function).hash(&mut self.hasher);
            return true;
        }
        // What the compiler makes of a `go` statement with arguments has the statement's place, and is in no text.
        let is_made = |made: At<'_>| made.line == at.line && made.file == at.file;
        let is_hidden = at.function.starts_with("runtime.")
            || !at.function.contains('.')
            || at.file == "<autogenerated>"
            || ["-fm", ".deferwrap"]
                .iter()
                .any(|mark| at.function.contains(mark))
            || self.made.is_some_and(is_made);
        if is_hidden || self.calls >= TEXT_CALLS {
            return false;
        }
        self.calls += 1;
        (&*self.detail.function(at.function), at.line).hash(&mut self.hasher);
        true
    }

    pub(super) fn arguments(&mut self, text: &[u8]) {
        // A text does not tell a call that was inlined into a frame without a name from one without known arguments.
        if self.detail == Detail::All || text != b"..." {
            text.hash(&mut self.hasher);
        }
    }

    pub(super) fn end(self) -> u64 {
        self.hasher.finish()
    }
}
