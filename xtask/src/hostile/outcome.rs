//! How a scenario of `hostile` went.

/// How a scenario went, if it went well.
pub(super) enum Outcome {
    /// As it must; with what is worth telling.
    Passed(String),
    /// It can't be played here; why.
    Skipped(String),
}
