//! Showing a text dump.

use super::args::Dump;
use super::limit;
use super::show::show;
use crate::ended::Ended;
use crate::error::InspectError;
use crate::format::Format;
use crate::text::{self, TextAt};

/// Shows a text dump.
///
/// # Errors
/// [`InspectError::NotForText`] for an option that asks for what no text has.
pub(super) fn show_text(text: &TextAt, args: &Dump) -> Result<Ended, InspectError> {
    let view = &args.view;
    let not_for = |option, why| Err(InspectError::NotForText { option, why });
    if args.samples > 1 {
        return Err(InspectError::NoSamples {
            why: "a text dump is of one moment; gopeek diff A B compares two",
        });
    } else if view.threads {
        return not_for("--threads", "a text says nothing about threads");
    } else if view.deep {
        return not_for("--deep", "there is no heap in a text");
    } else if view.locals {
        return not_for("--locals", "there are no variables in a text");
    } else if view.format == Some(Format::Sigquit) {
        return not_for(
            "--format=sigquit",
            "a text is one already, or has no registers",
        );
    } else if view.native {
        return not_for("--native", "C frames have no names in a text");
    }
    show(view, &|options| {
        let _limit = limit(view, &text.path.display().to_string());
        text::inspect(text, options.diagnosis)
    })
}
