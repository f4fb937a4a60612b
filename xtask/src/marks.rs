//! Parts of a document that a verb writes, between two marks; the rest is people's.

use std::fs;
use std::process::Command;

use anyhow::{Context, Result};

use crate::{repo, run};

const END: &str = "<!-- end -->\n";

/// Puts `text` between the marks of `verb` in the document at `path`, below the workspace's root.
///
/// # Errors
/// When the document can't be read or written, or lacks the marks.
pub(crate) fn fill(path: &str, verb: &str, text: &str) -> Result<()> {
    let file = repo::root().join(path);
    let document = fs::read_to_string(&file).with_context(|| format!("read {path}"))?;
    let filled =
        filled(&document, verb, text).with_context(|| format!("no marks of {verb} in {path}"))?;
    fs::write(&file, filled).with_context(|| format!("write {path}"))?;
    eprintln!("wrote {path}");
    Ok(())
}

fn filled(document: &str, verb: &str, text: &str) -> Option<String> {
    let begin = format!("<!-- written by cargo xtask {verb} -->\n");
    let (before, rest) = document.split_once(&begin)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!(
        "{before}{begin}\n{}\n\n{END}{after}",
        text.trim_end()
    ))
}

/// Today, as `2026-01-31`.
pub(crate) fn today() -> Result<String> {
    run::read(Command::new("date").args(["-u", "+%Y-%m-%d"]))
}

#[cfg(test)]
mod tests {
    use super::filled;

    #[test]
    fn only_what_lies_between_the_marks_changes() {
        let document = "a\n<!-- written by cargo xtask x -->\nold\n<!-- end -->\nb\n";
        let once = filled(document, "x", "new\n").unwrap();
        assert_eq!(
            once,
            "a\n<!-- written by cargo xtask x -->\n\nnew\n\n<!-- end -->\nb\n"
        );
        assert_eq!(filled(&once, "x", "new").unwrap(), once);
        assert_eq!(filled(document, "y", "new"), None);
    }
}
