//! Holds the comparison against git, and the committed facts against the sources.

use anyhow::{Result, bail};

use super::{compare, facts, from_trees, git, tree::Tree};
use crate::run;
use crate::toolchain::{Version, releases};

/// Pairs of last releases, which continuous integration fetches anyway: the longest, the move of `runtime/internal`, and
/// three steps between minors.
const LAST: [(u16, u16); 5] = [(19, 27), (21, 22), (22, 23), (24, 25), (26, 27)];
/// Pairs of other releases: the longest, the step that brought execution traces of a new form, the move again, one within a minor,
/// and the newest step.
const OTHERS: [(Version, Version); 5] = [
    (Version::new(19, 0), Version::new(27, 0)),
    (Version::new(21, 0), Version::new(22, 0)),
    (Version::new(22, 12), Version::new(23, 0)),
    (Version::new(24, 0), Version::new(24, 13)),
    (Version::new(26, 0), Version::new(27, 0)),
];

/// Compares all pairs.
///
/// # Errors
/// As [`check_last`].
pub(super) fn check(use_path: bool) -> Result<()> {
    compare_pairs(&last().chain(OTHERS).collect::<Vec<_>>(), use_path)
}

/// Compares the pairs of last releases, and says how many files were held against each other. A pair without its sources
/// is skipped.
///
/// # Errors
/// If one number differs from git's, or the facts say something else than the sources.
pub(crate) fn check_last() -> Result<()> {
    compare_pairs(&last().collect::<Vec<_>>(), true)
}

fn last() -> impl Iterator<Item = (Version, Version)> {
    let pairs = LAST.into_iter();
    pairs.filter_map(|(from, to)| Some((releases::last(from)?, releases::last(to)?)))
}

fn compare_pairs(pairs: &[(Version, Version)], use_path: bool) -> Result<()> {
    if !run::exists("git") {
        println!("skipped: there is no git");
        return Ok(());
    }
    let facts = facts::load()?;
    let (mut wrong, mut skipped) = (0, 0);
    for &(from, to) in pairs {
        let trees = Tree::of(from, use_path).and_then(|old| Ok((old, Tree::of(to, use_path)?)));
        let (old, new) = match trees {
            Ok(trees) => trees,
            Err(error) => {
                println!("{from} to {to}: skipped: {error:#}");
                skipped += 1;
                continue;
            }
        };
        let numbers = from_trees::Trees {
            old: &old,
            new: &new,
        };
        let pair = compare::compare(&old.release, &new.release, &numbers);
        let gits = git::rows(&old, &new)?;
        let mut differences = git::differences(&git::ours(&pair), &gits);
        differences.extend(facts_differ(&facts, &pair));
        println!(
            "{from} to {to}: {} files, {} of them renamed; {} differ from git or from the facts",
            gits.len(),
            gits.iter().filter(|row| row.1.is_some()).count(),
            differences.len()
        );
        for difference in &differences {
            println!("  {difference}");
        }
        wrong += differences.len();
    }
    println!(
        "runtime-diff: {} pairs, {skipped} skipped, {wrong} differences",
        pairs.len()
    );
    if wrong > 0 {
        bail!("{wrong} differences");
    }
    Ok(())
}

/// Where the facts say something else than the sources: the first files.
fn facts_differ(facts: &facts::Facts, pair: &super::change::Pair) -> Vec<String> {
    let Some(known) = facts.pair(pair.from, pair.to) else {
        return vec!["the facts do not have this pair: run --write-facts".to_owned()];
    };
    let rows = |pair: &super::change::Pair| -> Vec<String> {
        pair.files
            .iter()
            .map(|file| {
                let mut file = file.clone();
                file.decls.sort_by(|a, b| a.name.cmp(&b.name));
                format!("{file:?}")
            })
            .collect()
    };
    let (ours, theirs) = (rows(pair), rows(&known));
    let only = theirs.iter().filter(|row| !ours.contains(row));
    let other = ours.iter().filter(|row| !theirs.contains(row));
    let only = only.map(|row| format!("only the facts have {row}"));
    only.chain(other.map(|row| format!("the facts lack {row}")))
        .take(10)
        .collect()
}
