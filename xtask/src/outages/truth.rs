//! What a program knows of its own outage (`testdata/programs/outages/truth.go`).

use std::collections::BTreeSet;

use serde::Deserialize;

/// The truth about one outage.
#[derive(Deserialize, Debug)]
pub(super) struct Truth {
    /// Nothing is wrong.
    pub(super) calm: bool,
    /// Exit codes of `--check` that are right.
    pub(super) exit: Vec<i32>,
    /// Least number of goroutines that are stuck.
    pub(super) count: u64,
    /// Functions in which they are stuck, any of them; none: not compared.
    pub(super) place: Vec<String>,
    /// Resources that they wait for, any of them; none: not compared.
    pub(super) resource: Vec<String>,
    /// Goroutines that hold the resource: one of them must be named.
    pub(super) holders: BTreeSet<u64>,
    /// No living goroutine holds the resource.
    pub(super) no_holder: bool,
    /// Address of the process that does not answer.
    pub(super) peer: Option<String>,
    /// Figures of the pool.
    pub(super) pool: Option<Pool>,
    /// Kinds of finding that are right, any of them.
    pub(super) what: Vec<String>,
    /// Age in seconds from which on the outage counts.
    pub(super) age: u64,
    /// Process to look at, if it is not the program itself.
    pub(super) pid: Option<u32>,
}

/// What a pool of connections counts; what is absent is not compared.
#[derive(Deserialize, Debug)]
pub(super) struct Pool {
    pub(super) max: Option<u64>,
    pub(super) in_use: Option<u64>,
    pub(super) waiting: Option<u64>,
}

impl Pool {
    /// The figures to compare, by the names that facts have.
    pub(super) fn figures(&self) -> impl Iterator<Item = (&'static str, u64)> {
        let figures = [
            ("max", self.max),
            ("in_use", self.in_use),
            ("waiting", self.waiting),
        ];
        let known = |(name, figure): (&'static str, Option<u64>)| Some((name, figure?));
        figures.into_iter().filter_map(known)
    }
}
