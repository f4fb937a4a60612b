//! Threads: each thread of the kernel's with the M that the runtime runs on it.

use super::stack::Stack;
use gopeek_attach::threads::Activity;
use gopeek_layout::registers::Registers;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A thread.
#[derive(Clone, Debug)]
pub struct Thread {
    /// Its number here; nothing for an M that has no thread at the moment.
    pub tid: Option<i32>,
    /// What the kernel says that it does, where that was asked for.
    pub activity: Option<Activity>,
    /// The system call that it is in.
    pub syscall: Option<Syscall>,
    /// Its registers, where it stood still.
    pub registers: Option<Registers>,
    /// The runtime's M on it; nothing for a thread of C's own.
    pub m: Option<Machine>,
}

/// A system call that a thread is in.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Syscall {
    /// Its number, which each architecture counts in its own way.
    pub number: u64,
    /// Its arguments.
    pub args: [u64; 6],
    /// Both in words: `write(fd 2 -> pipe:[88123], 0xc0007ea000, 412)`.
    pub text: String,
    /// What the descriptor that it is about is open on, where the thread has a table of descriptors of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub own_file: Option<String>,
}

/// An M: what the runtime knows of a thread.
#[derive(Clone, Debug)]
pub struct Machine {
    /// The number that dumps print.
    pub id: u64,
    /// Address of its `runtime.m`.
    pub addr: u64,
    /// The index of its P.
    pub p: Option<u32>,
    /// The goroutine it runs: address of its g, 0 when it runs none.
    pub running: u64,
    /// The goroutine that is locked to it, likewise.
    pub locked: u64,
    /// Looking for work.
    pub spinning: bool,
    /// It waits on a note: nothing to do.
    pub blocked: bool,
    /// In C.
    pub in_c: bool,
    /// Made for a thread that C made.
    pub is_extra: bool,
    /// Calls into C so far.
    pub c_calls: u64,
    /// The function it was started for, where that is one of the runtime's own duties (`runtime.sysmon`).
    pub duty: Option<Arc<str>>,
    /// Its scheduling stack.
    pub g0: Option<SystemStack>,
    /// Its signal stack.
    pub gsignal: Option<SystemStack>,
}

/// A stack that the runtime keeps for a thread.
#[derive(Clone, Debug)]
pub struct SystemStack {
    /// Address of its g.
    pub g: u64,
    /// What is on it; nothing when the thread is not on it.
    pub stack: Option<Stack>,
}
