//! What is needed of gopeek's JSON.

use serde::Deserialize;

/// A report.
#[derive(Deserialize)]
pub(super) struct Said {
    pub(super) goroutines: Vec<Goroutine>,
    pub(super) objects: Vec<Object>,
    pub(super) findings: Vec<Finding>,
}

/// A goroutine.
#[derive(Deserialize)]
pub(super) struct Goroutine {
    pub(super) id: u64,
    #[serde(default)]
    pub(super) wait: String,
    #[serde(default)]
    pub(super) blocked_on: Vec<BlockedOn>,
}

/// What a goroutine waits at.
#[derive(Deserialize)]
pub(super) struct BlockedOn {
    pub(super) object: u64,
    #[serde(default)]
    pub(super) purpose: String,
}

/// An object.
#[derive(Deserialize)]
pub(super) struct Object {
    pub(super) index: u64,
    pub(super) kind: String,
    #[serde(default)]
    pub(super) address: String,
    pub(super) fd: Option<u64>,
    #[serde(default)]
    pub(super) waiters: Vec<Waiter>,
    #[serde(default)]
    pub(super) suspects: Vec<Suspect>,
    #[serde(default)]
    pub(super) unreachable: bool,
    #[serde(default)]
    pub(super) unheld: bool,
}

/// Who waits at an object.
#[derive(Deserialize)]
pub(super) struct Waiter {
    pub(super) goroutine: u64,
    pub(super) purpose: String,
    pub(super) select: bool,
}

/// Who may hold an object.
#[derive(Deserialize)]
pub(super) struct Suspect {
    pub(super) goroutine: u64,
    pub(super) grade: String,
    #[serde(default)]
    pub(super) evidence: Vec<Evidence>,
}

impl Suspect {
    /// Whether it is only said to be the next, which is no holder yet.
    pub(super) fn is_next_only(&self) -> bool {
        !self.evidence.is_empty() && self.evidence.iter().all(|it| it.kind == "next_writer")
    }
}

/// What speaks for that.
#[derive(Deserialize)]
pub(super) struct Evidence {
    pub(super) kind: String,
}

/// What is wrong.
#[derive(Deserialize)]
pub(super) struct Finding {
    pub(super) what: String,
    pub(super) weight: String,
    #[serde(default)]
    pub(super) culprits: Vec<u64>,
    #[serde(default)]
    pub(super) text: String,
}
