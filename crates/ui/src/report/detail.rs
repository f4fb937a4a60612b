//! All that is known of one goroutine, beyond what a dump prints.

use super::stack::Place;
use gopeek_layout::value::Value;
use gopeek_unwind::locals::Scope;
use std::sync::Arc;

/// What a dump does not print of a goroutine.
#[derive(Clone, Debug)]
pub struct Detail {
    /// Its status as the runtime numbers it, the scan flag included.
    pub status_word: u32,
    /// Its status in the runtime's words.
    pub status: Arc<str>,
    /// Lowest address of its stack, and one past the highest.
    pub stack: (u64, u64),
    /// The function that it was started with, at its first line.
    pub started: Option<Place>,
    /// A fault that became a panic which it is in.
    pub signal: Option<Fault>,
    /// Deferred calls, the next first.
    pub defers: Vec<Defer>,
    /// Panics in flight, the innermost first.
    pub panics: Vec<Panic>,
    /// The variables of its frames, where they were asked for.
    pub variables: Vec<FrameVariables>,
}

/// A fault of the program, as the kernel told it.
#[derive(Clone, Debug)]
pub struct Fault {
    /// The signal's number.
    pub signal: u32,
    /// `si_code`.
    pub code: u64,
    /// The address that was touched.
    pub address: u64,
    /// The instruction.
    pub place: Option<Place>,
}

/// A deferred call that is still to be made.
#[derive(Clone, Debug)]
pub struct Defer {
    /// What it calls.
    pub function: Arc<str>,
    /// The `defer` statement where that is known, else the function that has it.
    pub place: Option<Place>,
    /// Whether `place` is the statement itself.
    pub exact: bool,
}

/// A panic in flight.
#[derive(Clone, Debug)]
pub struct Panic {
    /// What it was called with; nothing for a Goexit.
    pub value: Option<Value>,
    /// A deferred call has recovered it.
    pub recovered: bool,
}

/// The variables of one physical frame.
#[derive(Clone, Debug)]
pub struct FrameVariables {
    /// The index of the frame.
    pub frame: usize,
    /// Its logical frames, innermost first.
    pub scopes: Vec<Scope>,
}
