//! The methods by which locks are taken and let go, as the code of a function shows that it calls them.

use gopeek_layout::atomics::Operand;
use gopeek_layout::sync::words;
use gopeek_unwind::Code;
use gopeek_unwind::pclntab::function::Function;
use gopeek_unwind::uses::{Line, uses};
use std::sync::Arc;

/// A way to hold something.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(super) enum Hold {
    /// A `sync.Mutex`.
    Mutex,
    /// A `sync.RWMutex`, as its writer.
    Writer,
    /// Likewise, as one of its readers.
    Reader,
    /// A `sync.WaitGroup`, of which it is to be done.
    Count,
    /// A channel, of which it has one of the elements that there are.
    Turn,
}

struct Method {
    name: &'static str,
    hold: Hold,
    takes: bool,
    /// Where the first word that it changes lies in what it is about.
    word: u64,
}

const fn method(name: &'static str, hold: Hold, takes: bool, word: u64) -> Method {
    Method {
        name,
        hold,
        takes,
        word,
    }
}

const METHODS: [Method; 7] = [
    method("sync.(*Mutex).Lock", Hold::Mutex, true, 0),
    method("sync.(*Mutex).Unlock", Hold::Mutex, false, 0),
    method("sync.(*RWMutex).Lock", Hold::Writer, true, 0),
    method(
        "sync.(*RWMutex).Unlock",
        Hold::Writer,
        false,
        words::RW_READERS,
    ),
    method(
        "sync.(*RWMutex).RLock",
        Hold::Reader,
        true,
        words::RW_READERS,
    ),
    method(
        "sync.(*RWMutex).RUnlock",
        Hold::Reader,
        false,
        words::RW_READERS,
    ),
    method("sync.(*WaitGroup).Done", Hold::Count, false, 0),
];

/// A call of one of them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Step {
    pub(super) hold: Hold,
    pub(super) takes: bool,
    pub(super) name: &'static str,
    pub(super) line: Line,
    /// Where what it is about begins, where that shows.
    pub(super) object: Option<Operand>,
}

/// The calls that a function makes.
pub(super) fn steps(code: &Code<'_>, function: &Function<'_, '_>) -> Arc<[Step]> {
    let find = |name: &str| METHODS.iter().find(|method| method.name == name);
    let uses = uses(code, function, &|name| find(name).is_some());
    let steps = uses.into_iter().filter_map(|found| {
        let method = find(&found.callee)?;
        let object = found
            .operand
            .and_then(|operand| start(operand, method.word));
        Some(Step {
            hold: method.hold,
            takes: method.takes,
            name: method.name,
            line: found.line,
            object,
        })
    });
    steps.collect()
}

/// Where what begins of which the word lies at `operand`.
fn start(operand: Operand, word: u64) -> Option<Operand> {
    Some(match operand {
        Operand::Global(at) => Operand::Global(at.checked_sub(word)?),
        Operand::Offset(offset) => Operand::Offset(offset.checked_sub_unsigned(word)?),
    })
}
