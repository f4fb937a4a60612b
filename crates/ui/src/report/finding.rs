//! What is to be said of a target as a whole: what is wrong with it, as far as that shows.

use super::wait::Grade;
use std::sync::Arc;

/// Something that is worth to be said first.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Finding {
    /// What kind of trouble.
    pub what: Trouble,
    /// How bad.
    pub weight: Weight,
    /// How sure.
    pub grade: Grade,
    /// One sentence.
    pub text: String,
    /// The goroutines at the root of it, by index, the likeliest first.
    pub culprits: Vec<u32>,
    /// The objects that it is about, by index.
    pub objects: Vec<u32>,
    /// How many goroutines it holds up.
    pub held_up: u64,
}

/// How bad a finding is.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Weight {
    /// To be known, and no trouble by itself.
    Note,
    /// It may be trouble.
    Suspicious,
    /// Something does not go on.
    Stuck,
}

/// Kinds of trouble.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Trouble {
    /// A lock of the runtime itself is held: all else follows from that.
    RuntimeLock,
    /// Goroutines wait for each other in a circle.
    Deadlock,
    /// Many wait for one object, at whose end is a culprit.
    PileUp,
    /// Goroutines wait at something that nobody else alive can reach.
    Leak,
    /// A read or write without a time limit waits for long.
    NoDeadline,
    /// A process at the other end of a pipe or of a local socket is stopped.
    Peer,
    /// A goroutine keeps the world from being stopped.
    StopTheWorld,
    /// A GC is stuck, or late.
    Gc,
    /// Goroutines could run and don't: no P, no thread.
    Starved,
    /// Goroutines are in C code, and stay there.
    InC,
    /// sysmon is gone, or sleeps while it should not.
    Sysmon,
    /// A thread sleeps in the kernel and can't be woken.
    Kernel,
    /// A panic or a fatal error ended it.
    Crash,
    /// The number of goroutines grows.
    Growth,
    /// A goroutine is on a CPU all the time.
    Spinning,
}

/// Goroutines at the same place in the code, for the same reason.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Group {
    /// Its goroutines, by index, those first that have waited for longest.
    pub goroutines: Vec<u32>,
    /// What they do, in the runtime's words.
    pub state: Arc<str>,
    /// Why nothing is wrong with them, where that is known: `accept loop`, `keep-alive read`.
    pub idle: Option<&'static str>,
    /// The first of their frames that is the program's own, as frame and call within it; nothing where none is.
    pub users: Option<(u32, u32)>,
}
