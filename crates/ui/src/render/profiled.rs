//! A stack as profiles have it: the calls that a profile of the target's own would count.
//!
//! `runtime/pprof` leaves out wrappers, and `runtime.goexit`, which begins every stack; it has the runtime's other frames.

use super::compat::NO_STACK;
use super::names::display_as;
use crate::report::{Call as Known, NativeFrame, Report, Role, Stack};
use gopeek_layout::rules::Generics;
use std::borrow::Cow;

const GOEXIT: &str = "runtime.goexit";

/// What a physical frame of a profile is.
#[derive(Copy, Clone, PartialEq, Eq, Hash, Debug)]
pub(super) enum Id {
    /// Of Go, by the index of its site.
    Site(u32),
    /// Of C, by its pc, and whether the kernel made it.
    Native(u64, bool),
    /// There is no stack.
    Unavailable,
}

/// A physical frame: its calls share an address.
pub(super) struct Physical<'r> {
    pub(super) id: Id,
    /// The address of the call's own instruction rather than of the one behind it.
    pub(super) address: u64,
    /// Innermost first; never empty.
    pub(super) calls: Vec<Call<'r>>,
}

/// A call.
pub(super) struct Call<'r> {
    pub(super) name: Cow<'r, str>,
    pub(super) file: &'r str,
    pub(super) line: u32,
    /// Where its function begins; 0 where that is not told.
    pub(super) start_line: u32,
}

/// The calls of a stack, innermost first; never none.
pub(super) fn calls<'r>(report: &'r Report, stack: &'r Stack) -> impl Iterator<Item = Call<'r>> {
    let physical = physical(report, stack);
    physical.into_iter().flat_map(|physical| physical.calls)
}

/// The frames of a stack, innermost first; never none.
pub(super) fn physical<'r>(report: &'r Report, stack: &'r Stack) -> Vec<Physical<'r>> {
    let mut found = Vec::new();
    let mut segments = stack.native.iter().peekable();
    let mut callee = Role::Other;
    let mut count = 0;
    for (index, frame) in report.frames(stack).enumerate() {
        while let Some(segment) = segments.next_if(|segment| segment.before <= index) {
            found.extend(segment.frames.iter().map(native));
        }
        count = index + 1;
        let mut calls = Vec::with_capacity(frame.site.calls.len());
        for call in &frame.site.calls {
            let is_shown = call.role != Role::Wrapper || callee == Role::Panic;
            callee = call.role;
            if is_shown && &*call.function != GOEXIT {
                calls.push(Call::of(call));
            }
        }
        if !calls.is_empty() {
            let back = u64::from(!frame.site.trap);
            found.push(Physical {
                id: Id::Site(frame.index),
                address: frame.site.pc.saturating_sub(back),
                calls,
            });
        }
    }
    let rest = segments.filter(|segment| segment.before >= count);
    found.extend(rest.flat_map(|segment| segment.frames.iter().map(native)));
    if found.is_empty() {
        found.push(Physical {
            id: Id::Unavailable,
            address: 0,
            calls: vec![Call::named(NO_STACK)],
        });
    }
    found
}

fn native(frame: &NativeFrame) -> Physical<'_> {
    let calls = frame.calls.iter().map(|call| Call {
        file: call
            .file
            .as_deref()
            .or(frame.module.as_deref())
            .unwrap_or(""),
        line: call.line.unwrap_or(0),
        ..Call::named(call.function.as_deref().unwrap_or("non-Go function"))
    });
    let mut calls: Vec<Call<'_>> = calls.collect();
    if calls.is_empty() {
        calls.push(Call::named(if frame.signal {
            "signal handler called"
        } else {
            "non-Go function"
        }));
    }
    Physical {
        id: Id::Native(frame.pc, frame.signal),
        address: frame.pc,
        calls,
    }
}

impl<'r> Call<'r> {
    fn of(call: &'r Known) -> Call<'r> {
        // A profile calls gopanic by its name.
        let name = if &*call.function == "runtime.gopanic" {
            Cow::Borrowed(&*call.function)
        } else {
            display_as(Generics::ElidedTwice, &call.function)
        };
        Call {
            name,
            file: &call.file,
            line: call.line,
            start_line: call.start_line,
        }
    }

    fn named(name: &'r str) -> Call<'r> {
        Call {
            name: Cow::Borrowed(name),
            file: "",
            line: 0,
            start_line: 0,
        }
    }
}
