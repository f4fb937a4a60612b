//! The published schema, by the validator that Python has: another than the one of the tests.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use crate::{repo, run};

const SCRIPT: &str = include_str!("schema.py");

/// Whether it is here.
pub(super) fn is_there() -> bool {
    run::read(Command::new("python3").args(["-c", "import jsonschema"])).is_ok()
}

/// Holds a document and lines against the schema.
///
/// # Errors
/// What the schema does not allow.
pub(super) fn hold(document: &Path, lines: &Path) -> Result<()> {
    let schema = repo::root().join("docs/schema/gopeek-1.schema.json");
    let mut python = Command::new("python3");
    python.args(["-c", SCRIPT]).arg(schema);
    run::read(python.arg(document).arg(lines)).context("the schema does not allow it")?;
    Ok(())
}
