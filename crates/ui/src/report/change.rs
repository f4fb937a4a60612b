//! What has changed from one look at a program to another.

use std::sync::Arc;
use std::time::Duration;

/// What has changed between the first look and the last.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Changes {
    /// How many looks there were.
    pub looks: usize,
    /// From the first to the last; nothing where one of them has no time.
    pub apart: Option<Duration>,
    /// The program's own goroutines at the first look.
    pub before: usize,
    /// At the last.
    pub after: usize,
    /// What became of each goroutine; nothing where the looks are at different processes, whose numbers mean nothing to
    /// each other.
    pub fates: Option<Fates>,
    /// `go` statements of which there are more goroutines than before, or fewer; the largest change first.
    pub creators: Vec<Creators>,
    /// Goroutines that were on a CPU at each look.
    pub busy: Vec<Busy>,
    /// What its threads did between the looks; nothing where they were not looked at then.
    pub threads: Option<Threads>,
}

/// Threads that were there all the time, by what they did between the looks.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Threads {
    /// How many have not been given a CPU: they slept, or were stopped.
    pub still: usize,
    /// The others, by tid, in order.
    pub moved: Vec<i32>,
}

/// Goroutines by what became of them; by their numbers, in order.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Fates {
    /// How many are exactly where they were.
    pub stayed: usize,
    /// Elsewhere, in another state, with other arguments, or on a CPU.
    pub moved: Vec<u64>,
    /// Not there at the first look.
    pub new: Vec<u64>,
    /// Not there at the last.
    pub gone: Vec<u64>,
}

/// The goroutines of one `go` statement.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Creators {
    /// The function that has it; nothing for goroutines of which it is not known.
    pub at: Option<Statement>,
    /// How many there were at each look, the first look first.
    pub counts: Vec<usize>,
}

/// Where a `go` statement is.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Statement {
    /// The function.
    pub function: Arc<str>,
    /// Source file.
    pub file: Arc<str>,
    /// Line.
    pub line: u32,
}

/// A goroutine that was on a CPU at each look.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Busy {
    /// Its number.
    pub goroutine: u64,
    /// The innermost function that it was in at all of them.
    pub function: Arc<str>,
}

impl Creators {
    /// How many there were at the first look, and at the last.
    #[must_use]
    pub fn ends(&self) -> (usize, usize) {
        let at = |count: Option<&usize>| count.copied().unwrap_or_default();
        (at(self.counts.first()), at(self.counts.last()))
    }
}
