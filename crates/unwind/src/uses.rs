//! Which functions of interest a function calls, and at which of its lines: also those that were inlined into it, and those
//! that were inlined into what was inlined.
//!
//! Lines tell the order of a source, which the compiler's layout of the code does not.

use crate::code::Code;
use crate::pclntab::function::Function;
use crate::pclntab::inline::chain;
use gopeek_layout::Addr;
use gopeek_layout::atomics::{Operand, first_atomic};
use gopeek_layout::calls::direct_calls;
use std::borrow::Cow;

/// A line of a function's source, or of one that was inlined into it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Line {
    /// Which of the inlined calls it belongs to: the pcs of the calls that lead to it, innermost first; none for the function
    /// itself.
    pub instance: Vec<Addr>,
    /// The line.
    pub line: u32,
}

/// A call.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Use<'d> {
    /// What is called.
    pub callee: Cow<'d, str>,
    /// Where it is called.
    pub line: Line,
    /// The word that it changes first, where it was inlined and that shows.
    pub operand: Option<Operand>,
}

/// The calls of functions that are `wanted`, by their full names, each once for every place that it is at.
#[must_use]
pub fn uses<'d>(
    code: &Code<'d>,
    function: &Function<'_, 'd>,
    wanted: &dyn Fn(&str) -> bool,
) -> Vec<Use<'d>> {
    let Some((arch, bytes)) = code.bytes_of(function) else {
        return Vec::new();
    };
    let entry = function.entry();
    let within = |from: Addr, to: Addr| {
        let at = |addr: Addr| usize::try_from(addr.offset_from(entry)?).ok();
        bytes.get(at(from)?..at(to)?.min(bytes.len()))
    };
    let mut uses: Vec<Use<'d>> = Vec::new();
    let mut add = |found: Use<'d>| {
        let same = |known: &&mut Use<'d>| known.callee == found.callee && known.line == found.line;
        match uses.iter_mut().find(same) {
            // The first run of an inlined call need not be the one that has the word.
            Some(known) => known.operand = known.operand.or(found.operand),
            None => uses.push(found),
        }
    };
    for (from, to) in function.inlined_runs() {
        let levels = chain(function, from);
        let places: Vec<Addr> = levels.iter().map(|(_, pc)| *pc).collect();
        for (level, (name, _)) in levels.iter().enumerate() {
            let Some(name) = name.as_ref().filter(|name| wanted(name)) else {
                continue;
            };
            let run = within(from, to).unwrap_or_default();
            add(Use {
                callee: name.clone(),
                line: line(function, &places[level + 1..]),
                operand: first_atomic(arch, run, from),
            });
        }
    }
    for call in direct_calls(arch, bytes, entry) {
        let callee = code
            .function(call.target)
            .filter(|callee| callee.entry() == call.target);
        let Some(name) = callee.map(|callee| callee.name()) else {
            continue;
        };
        if wanted(&name) {
            let levels = chain(function, call.at);
            let places: Vec<Addr> = levels.iter().map(|(_, pc)| *pc).collect();
            add(Use {
                callee: name,
                line: line(function, &places),
                operand: None,
            });
        }
    }
    uses
}

/// The lines that `pc` is at: that of what was inlined innermost, then of what that was inlined into, up to the function's own.
#[must_use]
pub fn lines(function: &Function<'_, '_>, pc: Addr) -> Vec<Line> {
    let levels = chain(function, pc);
    let places: Vec<Addr> = levels.iter().map(|(_, pc)| *pc).collect();
    (0..places.len())
        .map(|level| line(function, &places[level..]))
        .collect()
}

/// The line at the first of these pcs, of a call chain of which the others are the callers.
fn line(function: &Function<'_, '_>, places: &[Addr]) -> Line {
    let (at, callers) = places.split_first().unwrap_or((&Addr::NULL, &[]));
    Line {
        instance: callers.to_vec(),
        line: function.file_line(*at).1,
    }
}
