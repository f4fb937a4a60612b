//! All that is known of one goroutine, for those that were asked for by number.

use crate::locals::FrameVariables;
use crate::places::Places;
use crate::report::Place;
use gopeek_layout::Addr;
use gopeek_layout::goroutine::Goroutine as Decoded;
use gopeek_layout::pending::Pending;
use gopeek_layout::value::Value;
use gopeek_unwind::defers::InFrame;
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

/// Puts it together. `in_frames` are the deferred calls that the compiler keeps in the frames.
pub(crate) fn detail(
    places: &mut Places<'_, '_>,
    decoded: &Decoded,
    status: Arc<str>,
    pending: Pending,
    in_frames: &[InFrame],
    in_sigpanic: bool,
) -> Detail {
    let recorded = pending
        .defers
        .iter()
        .map(|defer| (defer.sp, defer.function, defer.pc, true));
    let kept = in_frames
        .iter()
        .map(|defer| (defer.sp, defer.function, defer.pc, false));
    let mut all: Vec<(Addr, Addr, Addr, bool)> = recorded.chain(kept).collect();
    // Within a frame they are in order already; the innermost frame's run first.
    all.sort_by_key(|(sp, ..)| *sp);
    let signal = decoded.signal;
    Detail {
        status_word: decoded.status
            | if decoded.scanned {
                gopeek_layout::enums::SCAN
            } else {
                0
            },
        status,
        stack: (
            decoded.stack.start.get(),
            decoded.stack.end().unwrap_or(Addr::NULL).get(),
        ),
        started: places.call_at(decoded.startpc),
        signal: in_sigpanic.then(|| Fault {
            signal: signal.number,
            code: signal.code,
            address: signal.fault.get(),
            place: places.call_at(signal.pc),
        }),
        defers: all
            .into_iter()
            .map(|(_, function, pc, exact)| Defer {
                function: places.function_name(function),
                place: places.return_to(pc),
                exact,
            })
            .collect(),
        panics: pending
            .panics
            .into_iter()
            .map(|panic| Panic {
                value: panic.value,
                recovered: panic.recovered,
            })
            .collect(),
        variables: Vec::new(),
    }
}
