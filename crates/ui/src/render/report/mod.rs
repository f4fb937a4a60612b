//! The hang report: on one screen, what is wrong, who waits at what, who holds it, and what to do next.
//!
//! Only what was read is shown, what was inferred has its grade, and what one look can't know is not said.

mod changes;
mod groups;
mod head;
mod next;
mod objects;
mod paint;
mod runtime;
mod threads;
mod verdict;

pub(crate) use changes::text as changes;
pub use paint::Paint;

use crate::report::{Report, Weight};
use std::io::{self, Write};

/// How much is shown, and how.
#[derive(Copy, Clone, Debug)]
pub struct Style {
    /// Colours, where they are wanted.
    pub paint: Paint,
    /// All rows of all tables, not the first ones.
    pub all: bool,
}

/// Writes the report.
///
/// # Errors
/// What `out` answers.
pub fn write(out: &mut dyn Write, report: &Report, style: Style) -> io::Result<()> {
    head::write(out, report, style)?;
    verdict::write(out, report, style)?;
    changes::write(out, report, style)?;
    let calm = report
        .findings
        .iter()
        .all(|finding| finding.weight < Weight::Suspicious);
    if calm {
        groups::write(out, report, style)?;
        objects::write(out, report, style)?;
    } else {
        objects::write(out, report, style)?;
        groups::write(out, report, style)?;
    }
    threads::write(out, report, style)?;
    runtime::write(out, report, style)?;
    next::write(out, report, style)
}

/// A text no longer than so many characters; what is cut off is marked.
fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let kept: String = text.chars().take(most.saturating_sub(1)).collect();
    kept + "…"
}
