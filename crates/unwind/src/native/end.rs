//! How a walk up a native stack ends.

use gopeek_layout::{Addr, Unreadable};

/// Why a native walk ended.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum NativeEnd {
    /// At Go code, which called C; its registers are there.
    Go,
    /// At a function that begins a thread: the walk is complete.
    Root,
    /// A return address is in no file that the target runs code from.
    UnknownModule(Addr),
    /// Nothing tells how the frame at this pc finds its caller.
    NoRule(Addr),
    /// What tells it makes no sense.
    BadRule,
    /// The step needs a register, by its DWARF number, that no frame saved.
    LostRegister(u16),
    /// The stack's bytes were not captured.
    Unreadable(Unreadable),
    /// The frame would be its own caller, or lie below it.
    NoProgress,
    /// More frames than the limit.
    TooDeep,
}
