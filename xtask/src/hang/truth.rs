//! What a program says of its own goroutines: who waits where, who holds what, who is to blame.

use std::collections::BTreeSet;

use serde::Deserialize;

/// The truth of one run (`testdata/programs/hang/truth.go`).
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Truth {
    /// Whether something is wrong.
    pub(super) stuck: bool,
    /// Who may be named first.
    pub(super) culprits: BTreeSet<u64>,
    /// The kind of finding that is to be told first, where it names nobody.
    pub(super) finding: Option<String>,
    /// Who waits for each other.
    pub(super) cycle: BTreeSet<u64>,
    pub(super) objects: Vec<Object>,
    pub(super) sleeping: Vec<u64>,
    pub(super) forever: Vec<u64>,
    pub(super) syscall: Vec<u64>,
    pub(super) c: Vec<u64>,
    /// On a CPU, or ready for one.
    pub(super) running: Vec<u64>,
    /// Who waits where nobody else can come.
    pub(super) leaked: BTreeSet<u64>,
    /// Whether those are all, whatever the heap leads to.
    pub(super) deep: bool,
    /// The state comes about some time after the program said that it is ready.
    pub(super) late: bool,
    /// Goroutines go on all the time: there is no saying where one is.
    pub(super) moving: bool,
}

/// What goroutines wait at.
#[derive(Deserialize)]
pub(super) struct Object {
    pub(super) kind: String,
    /// Empty where the program can't know.
    pub(super) addr: String,
    /// A file's descriptor.
    pub(super) fd: Option<u64>,
    pub(super) waiters: Vec<Waiter>,
    pub(super) holders: BTreeSet<u64>,
    /// It is locked, and who has locked it has ended.
    #[serde(default)]
    pub(super) unheld: bool,
}

/// Who waits at it.
#[derive(Deserialize)]
pub(super) struct Waiter {
    pub(super) goid: u64,
    pub(super) purpose: String,
    pub(super) select: bool,
}
