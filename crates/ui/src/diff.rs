//! Two saved looks, and what has changed from one to the other: `gopeek diff A B`.

use crate::compare::{Picture, compare, picture_of};
use crate::error::InspectError;
use crate::options::Options;
use crate::report::Changes;
use crate::saved::{self, CoreAt};
use gopeek_attach::core;
use std::fs;
use std::path::Path;

/// What has changed from the look in the file `a` to that in `b`: each a core, or what `--json` printed.
///
/// # Errors
/// [`InspectError`]: of a core as it is shown; [`InspectError::Saved`] of what can't be read as JSON of gopeek's.
pub(crate) fn diff(a: &Path, b: &Path, strict: bool) -> Result<Option<Changes>, InspectError> {
    Ok(compare(&[picture(a, strict)?, picture(b, strict)?]))
}

fn picture(path: &Path, strict: bool) -> Result<Picture, InspectError> {
    if core::is_core(path) {
        let core = CoreAt {
            path: path.to_path_buf(),
            program: None,
            sysroot: None,
        };
        let options = Options {
            strict,
            threads: true,
            ..Options::default()
        };
        return Ok(Picture::of(&saved::inspect(&core, &options)?));
    }
    let json = fs::read(path).map_err(|source| InspectError::Unread {
        path: path.to_path_buf(),
        source,
    })?;
    picture_of(&json).map_err(|source| InspectError::Saved {
        path: path.to_path_buf(),
        source,
    })
}
