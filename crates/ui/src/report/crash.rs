//! What a process died of.

use super::detail::Fault;
use super::stack::Stack;
use gopeek_layout::registers::Registers;
use gopeek_layout::siginfo::SignalInfo;

/// What a process died of, as its core tells.
#[derive(Clone, Debug)]
pub struct Crash {
    /// What began it.
    pub cause: Cause,
    /// What Go printed before its goroutines, as far as it can be told again; without the last line break.
    pub head: String,
    /// The fault that became a panic, or a fatal error.
    pub fault: Option<Fault>,
    /// The thread that it happened on.
    pub tid: i32,
    /// Its M, by the address of the `runtime.m`; 0 where the thread is not Go's.
    pub m: u64,
    /// The goroutine that it happened in, or that the thread had when it happened on a stack of the thread's own; by the
    /// address of its g, 0 where there was none.
    pub goroutine: u64,
    /// The thread's own stack, where it happened there rather than in a goroutine.
    pub system: Option<Stack>,
    /// The stack that it happened on as Go prints it: without what the runtime did there to end the process.
    pub printed: Option<Stack>,
    /// It happened in C.
    pub in_c: bool,
    /// The registers of that moment; those of a panic or a fatal error are of the runtime, which ends the process.
    pub registers: Option<Registers>,
    /// The signal that the kernel killed the process by.
    pub killed_by: u32,
}

/// What began a crash.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Cause {
    /// A panic that nobody recovered: the runtime's text, the outermost first.
    Panic(String),
    /// The runtime gave up (`throw`, `fatal`): its text, where it still has it, and what it printed just before.
    Fatal {
        /// The text behind `fatal error: `.
        text: Option<String>,
        /// Lines that it printed right before.
        before: Vec<String>,
    },
    /// A signal that Go makes no panic of.
    Signal(SignalInfo),
    /// A signal that Go's handler did not see: on a thread that is not Go's, or one that Go leaves to the kernel.
    Killed {
        /// The signal.
        number: u32,
        /// Why it came (`si_code`).
        code: i32,
        /// The address whose access failed.
        address: Option<u64>,
    },
}

/// Functions of the runtime behind which a crash begins: what they were called by is what Go prints.
pub(crate) const ENDS: [&str; 2] = ["runtime.fatalpanic", "runtime.fatalthrow"];
