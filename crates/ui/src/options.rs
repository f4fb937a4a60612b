//! What is asked of a look at a target.

/// What to look at, and how.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Refuse a layout that is not for sure this Go release's.
    pub strict: bool,
    /// What each thread does, too.
    pub threads: bool,
    /// The goroutines of which everything is wanted.
    pub selected: Vec<u64>,
    /// Their variables, too.
    pub locals: bool,
    /// C frames, too.
    pub native: bool,
    /// What is asked for, of the runtime's own frames, too.
    pub runtime: bool,
}
