//! What is asked of a look at a target.

use std::time::Duration;

/// What to look at, and how.
#[derive(Clone, Debug)]
pub struct Options {
    /// Not to stop the target.
    pub no_stop: bool,
    /// For how long to stop it at most.
    pub pause_limit: Duration,
    /// Refuse a layout that is not for sure this Go release's.
    pub strict: bool,
    /// What each thread does, too.
    pub threads: bool,
    /// All registers of all threads, of those that sleep, too: they are stopped for that.
    pub registers: bool,
    /// What goroutines wait for, who holds that, and what is wrong.
    pub diagnosis: bool,
    /// With a diagnosis: whether the heap leads to what they wait for, too.
    pub deep: bool,
    /// The goroutines of which everything is wanted.
    pub selected: Vec<u64>,
    /// Everything of all of them: defers, panics.
    pub details: bool,
    /// Their variables, too.
    pub locals: bool,
    /// C frames, too.
    pub native: bool,
    /// What is asked for, of the runtime's own frames, too.
    pub runtime: bool,
}

impl Default for Options {
    /// Goroutines, from a target that is stopped for 50 ms at most.
    fn default() -> Self {
        Options {
            no_stop: false,
            pause_limit: Duration::from_millis(50),
            strict: false,
            threads: false,
            registers: false,
            diagnosis: false,
            deep: false,
            selected: Vec::new(),
            details: false,
            locals: false,
            native: false,
            runtime: false,
        }
    }
}
