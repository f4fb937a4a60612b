//! The methods by which locks are taken and let go, as the code of a function shows that it calls them.

use gopeek_layout::Addr;
use gopeek_layout::atomics::Operand;
use gopeek_layout::calls::direct_calls;
use gopeek_layout::sync::words;
use gopeek_unwind::Code;
use gopeek_unwind::pclntab::function::Function;
use gopeek_unwind::uses::{Line, uses};
use std::sync::Arc;

/// Maximum number of calls of a deferred function that are followed.
const MAX_CALLS: usize = 8;

/// A way to hold something.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(super) enum Hold {
    /// A `sync.Mutex`.
    Mutex,
    /// A `sync.RWMutex`, as its writer.
    Writer,
    /// A `sync.RWMutex`, as one of its readers.
    Reader,
    /// A `sync.WaitGroup`, of which it is to be done.
    Count,
    /// A channel, of which it has one of the elements that there are.
    Turn,
}

struct Method {
    name: &'static str,
    /// What people call it.
    shown: &'static str,
    hold: Hold,
    takes: bool,
    /// Where the first word that it changes lies in what it is about.
    word: u64,
}

const fn method(name: &'static str, hold: Hold, takes: bool, word: u64) -> Method {
    Method {
        name,
        shown: name,
        hold,
        takes,
        word,
    }
}

/// What a statement about a channel compiles to.
const fn channel(name: &'static str, shown: &'static str) -> Method {
    Method {
        name,
        shown,
        hold: Hold::Turn,
        takes: false,
        word: 0,
    }
}

/// The statement that lets go a turn of a channel into which others want to send.
pub(super) const RECEIVE: &str = "chan receive";
/// The statement that lets go a turn of a channel from which others want to receive.
pub(super) const SEND: &str = "chan send";

const METHODS: [Method; 10] = [
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
    channel("runtime.chanrecv1", RECEIVE),
    channel("runtime.chanrecv2", RECEIVE),
    channel("runtime.chansend1", SEND),
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
            name: method.shown,
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

/// What a deferred function lets go that it has not taken itself, in its own code or that of the functions that it calls.
pub(super) fn releases(
    code: &Code<'_>,
    function: &Function<'_, '_>,
    steps_of: &mut dyn FnMut(Addr) -> Arc<[Step]>,
) -> Arc<[Step]> {
    let own = steps_of(function.entry());
    let mut found: Vec<Step> = net(&own).cloned().collect();
    if found.is_empty()
        && let Some((arch, bytes)) = code.bytes_of(function)
    {
        let calls = direct_calls(arch, bytes, function.entry());
        for call in calls.into_iter().take(MAX_CALLS) {
            let steps = steps_of(call.target);
            found.extend(net(&steps).cloned());
        }
    }
    found.into()
}

/// The steps that let go what none of the others took before.
fn net(steps: &[Step]) -> impl Iterator<Item = &Step> {
    steps.iter().filter(|step| {
        let takes_it = |other: &Step| {
            other.takes
                && other.hold == step.hold
                && other.object == step.object
                && other.line.line < step.line.line
        };
        !step.takes && !steps.iter().any(takes_it)
    })
}
