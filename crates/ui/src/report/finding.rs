//! What is to be said of a target as a whole: what is wrong with it, as far as that shows.

use super::stack::Call;
use super::wait::Grade;
use std::sync::Arc;
use std::time::Duration;

/// Something that is wrong, or worth knowing, about the target as a whole.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
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
    /// Where the goroutines that it holds up are, in the program's own code.
    pub place: Option<Call>,
    /// What they wait for, as the program asked for it.
    pub resource: Option<Resource>,
    /// How long the first of them has waited, at least.
    pub since: Option<Duration>,
}

/// What goroutines wait for in the terms of the library that they called: a database connection, an HTTP response.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Resource {
    /// Name of the kind, for programs: `sql-conn`.
    pub kind: &'static str,
    /// The kind in words: `a database connection`.
    pub text: &'static str,
    /// State that the library's own memory tells, by name: `in_use`.
    pub facts: Vec<(&'static str, Fact)>,
    /// Who is to answer: an address, where one is known.
    pub peer: Option<Arc<str>>,
}

/// A value that was read from a library's memory.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Fact {
    /// A count or a size.
    Number(i64),
    /// A text, cut at a bounded length. It is the target's and may hold any character.
    Text(Arc<str>),
}

/// Why goroutines are at work, so that a long wait means that they are stuck.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Work {
    /// They serve a request: a client waits for them.
    Serves,
    /// They wait for the answer to a call.
    Calls,
    /// They wait for a turn at something of which there are a few.
    Queues,
    /// They wait to send, and nobody receives.
    Sends,
    /// They took a job from a channel, and wait within that job.
    Works,
}

/// How bad a finding is.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub enum Weight {
    /// To be known, and no trouble by itself.
    #[default]
    Note,
    /// It may be trouble.
    Suspicious,
    /// Something does not go on.
    Stuck,
}

/// Kinds of trouble, in the order in which findings of the same weight are told.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub enum Trouble {
    /// The process is stopped or frozen: none of its threads runs, and all else follows from that. As a note, its first thread
    /// has ended.
    Stopped,
    /// The process was forked, and has not the threads that its runtime needs: all else follows from that.
    Forked,
    /// A lock of the runtime itself is held: all else follows from that.
    RuntimeLock,
    /// Goroutines wait for each other in a circle.
    Deadlock,
    /// Many wait for one object, at whose end is a culprit.
    PileUp,
    /// Work does not go on: goroutines that serve requests, or wait for their turn, at whatever they wait.
    #[default]
    Blocked,
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
    /// The GC takes much of the CPU.
    GcCpu,
    /// Descriptors, threads or memory are used up, or almost.
    Limit,
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
    /// What they wait for, as the program asked for it; nothing where no library that is known stands behind the wait.
    pub resource: Option<Resource>,
    /// Why they should not wait for long; `None` of those that may, or of which nothing is known.
    pub work: Option<Work>,
    /// Kinds of resources that each of them has, as far as their functions tell: `sql-conn`.
    pub has: Vec<&'static str>,
    /// Why nothing is wrong with them, where that is known: `accept loop`, `keep-alive read`.
    pub idle: Option<&'static str>,
    /// The first of their frames that is the program's own, as frame and call within it; nothing where none is.
    pub users: Option<(u32, u32)>,
}
