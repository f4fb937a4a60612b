//! Writes the facts from the first and the last release of each minor.

use std::fs;

use anyhow::{Context, Result, bail};

use super::facts;
use super::tree::Tree;
use crate::toolchain::{Version, releases};

/// Reads all releases and writes the file. The same releases give the same bytes.
///
/// # Errors
/// If a release has no sources here: the facts would lose what they know about it.
pub(super) fn run(use_path: bool) -> Result<()> {
    let mut trees = Vec::new();
    let mut skipped = 0;
    let all = first_and_last();
    for version in &all {
        match Tree::of(*version, use_path) {
            Ok(tree) => {
                eprintln!("{version:<10} {} files", tree.bytes.len());
                trees.push(tree);
            }
            Err(error) => {
                eprintln!("{version:<10} skipped: {error:#}");
                skipped += 1;
            }
        }
    }
    if skipped > 0 {
        bail!(
            "not written: {skipped} of {} releases were skipped",
            all.len()
        );
    }
    let text = facts::text(&facts::collect(&trees));
    let path = facts::path();
    fs::write(&path, &text).with_context(|| format!("write {}", path.display()))?;
    println!(
        "{}: {} releases, {} bytes",
        path.display(),
        all.len(),
        text.len()
    );
    Ok(())
}

/// The releases of the facts, oldest first.
pub(super) fn first_and_last() -> Vec<Version> {
    let of_minor = |minor| [Some(Version::new(minor, 0)), releases::last(minor)];
    releases::minors().flat_map(of_minor).flatten().collect()
}
