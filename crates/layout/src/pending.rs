//! What a goroutine is yet to do: deferred calls that were not made, panics in flight. Chains of records in its memory.

use crate::addr::{Addr, Span};
use crate::fields::Fields;
use crate::limits::Limits;
use crate::mem::{Interface, Memory, read_word};
use crate::value::{self, Value};

/// A call that was deferred, of those that the runtime keeps a record of (not of those that the compiler keeps in the
/// frame, unless a panic has made it look for them).
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct Defer {
    /// Entry of the function to call.
    pub function: Addr,
    /// The closure, which begins with that; behind it lie the variables that it has captured.
    pub closure: Addr,
    /// Return address of the `defer` statement.
    pub pc: Addr,
    /// Stack pointer of the function that deferred.
    pub sp: Addr,
}

/// A panic, or a Goexit, that is being handled.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Panic {
    /// What it was called with; nothing for a Goexit.
    pub value: Option<Value>,
    /// A deferred call has recovered it.
    pub recovered: bool,
}

/// All of it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Pending {
    /// Deferred calls, the next first.
    pub defers: Vec<Defer>,
    /// Panics, the innermost first.
    pub panics: Vec<Panic>,
}

/// What the goroutine at `g` is yet to do, as far as it can be read. `types` are the modules' type descriptors.
#[must_use]
pub fn read(
    memory: &dyn Memory,
    fields: &Fields,
    types: &[Span],
    limits: &Limits,
    g: Addr,
) -> Pending {
    let first = |field: crate::record::Field<Addr>| field.read(memory, g).unwrap_or(Addr::NULL);
    let mut pending = Pending::default();
    let (d, p) = (&fields.defer, &fields.panic);
    for at in chain(memory, d.link, first(fields.g.defer), limits) {
        pending.defers.extend(defer(memory, fields, at));
    }
    for at in chain(memory, p.link, first(fields.g.panic), limits) {
        pending.panics.extend(panic(memory, fields, types, at));
    }
    pending
}

/// The records from `first` along `link`, no more than a list may have.
pub(crate) fn chain(
    memory: &dyn Memory,
    link: crate::record::Field<Addr>,
    first: Addr,
    limits: &Limits,
) -> impl Iterator<Item = Addr> {
    let next = move |at: &Addr| link.read(memory, *at).ok().filter(|next| !next.is_null());
    let chain = std::iter::successors(Some(first).filter(|at| !at.is_null()), next);
    chain.take(usize::try_from(limits.list_len).unwrap_or(usize::MAX))
}

fn defer(memory: &dyn Memory, fields: &Fields, at: Addr) -> Option<Defer> {
    let d = &fields.defer;
    // A closure begins with the address of its code.
    let closure = d.func.read(memory, at).ok()?;
    Some(Defer {
        function: read_word(memory, closure).ok()?,
        closure,
        pc: d.pc.read(memory, at).ok()?,
        sp: d.sp.read(memory, at).ok()?,
    })
}

fn panic(memory: &dyn Memory, fields: &Fields, types: &[Span], at: Addr) -> Option<Panic> {
    let p = &fields.panic;
    let interface: Interface = p.arg.read(memory, at).ok()?;
    let is_goexit = p.goexit.read(memory, at).ok()? != 0;
    Some(Panic {
        value: (!is_goexit).then(|| value::of_interface(memory, fields, types, interface)),
        recovered: p.recovered.read(memory, at).ok()? != 0,
    })
}
