//! What came of a cell, for those who count and those who tell.

use std::path::PathBuf;
use std::time::Duration;

use super::compare::Agreement;
use super::reading::Reading;

/// What came of a cell that ran.
pub(crate) struct Outcome {
    /// How far the dumps agree.
    pub(crate) agreement: Agreement,
    /// How much of it other people's parsers read; nothing where they did not run.
    pub(crate) reading: Option<Reading>,
    /// gopeek's wall time.
    pub(crate) took: Duration,
    /// How many processes disagreed before it, and may have moved after gopeek's look.
    pub(crate) moved: usize,
    /// Where both dumps are.
    pub(crate) dumps: PathBuf,
}
