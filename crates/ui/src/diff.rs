//! Two saved looks, and what has changed from one to the other: `gopeek diff A B`.

use crate::compare::{Detail, Picture, compare, picture_of};
use crate::error::InspectError;
use crate::options::Options;
use crate::report::{Changes, Report};
use crate::saved::{self, CoreAt};
use crate::text::{self, STDIN, TextAt};
use gopeek_attach::core;
use std::fs;

/// A look that was saved.
enum Look {
    Report(Box<Report>),
    Json(Vec<u8>),
}

/// What has changed from the look in the file `a` to that in `b`: each a core, a text dump, or what `--json` printed.
///
/// # Errors
/// [`InspectError`]: of a core and a text dump as it is shown; [`InspectError::Saved`] of what can't be read as JSON of
/// gopeek's.
pub(crate) fn diff(a: &TextAt, b: &TextAt, strict: bool) -> Result<Option<Changes>, InspectError> {
    let looks = [(a, look(a, strict)?), (b, look(b, strict)?)];
    // A text has neither addresses nor the runtime's frames: beside it, others are seen without them, too.
    let has_text = looks.iter().any(|(_, look)| match look {
        Look::Report(report) => report.text().is_some(),
        Look::Json(json) => is_of_text(json),
    });
    let detail = if has_text { Detail::Text } else { Detail::All };
    let pictures = looks.iter().map(|(at, look)| picture(at, look, detail));
    let pictures: Vec<Picture> = pictures.collect::<Result<_, _>>()?;
    Ok(compare(&pictures))
}

fn look(at: &TextAt, strict: bool) -> Result<Look, InspectError> {
    let report = |report| Ok(Look::Report(Box::new(report)));
    if at.path.as_os_str() == STDIN {
        return report(text::inspect(at, false)?);
    }
    if core::is_core(&at.path) {
        let core = CoreAt {
            path: at.path.clone(),
            program: None,
            sysroot: None,
        };
        let options = Options {
            strict,
            threads: true,
            ..Options::default()
        };
        return report(saved::inspect(&core, &options)?);
    }
    match text::inspect(at, false) {
        Err(InspectError::NotADump {
            what: text::What::OwnJson | text::What::Text,
            ..
        }) => {
            let json = fs::read(&at.path).map_err(|source| InspectError::Unread {
                path: at.path.clone(),
                source,
            })?;
            Ok(Look::Json(json))
        }
        found => report(found?),
    }
}

fn picture(at: &TextAt, look: &Look, detail: Detail) -> Result<Picture, InspectError> {
    match look {
        Look::Report(report) => Ok(Picture::of(report, detail)),
        Look::Json(json) => picture_of(json, detail).map_err(|source| InspectError::Saved {
            path: at.path.clone(),
            source,
        }),
    }
}

/// Whether JSON is of a text dump.
fn is_of_text(json: &[u8]) -> bool {
    memchr::memmem::find(json, b"\"allgs_by\":\"text\"").is_some()
}
