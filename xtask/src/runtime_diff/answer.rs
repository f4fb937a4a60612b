//! Answers a question: from the facts if they know all releases, else from the sources.

use std::rc::Rc;

use anyhow::Result;

use super::change::Pair;
use super::effect::Effect;
use super::kind::Selection;
use super::release::Release;
use super::show::Shown;
use super::tree::Tree;
use super::{compare, facts, from_trees};
use crate::toolchain::Version;

/// Compares each release with the next.
///
/// # Errors
/// If a release is in neither the facts nor to be fetched.
pub(super) fn steps(
    releases: &[Version],
    selection: &Selection,
    sources: bool,
    use_path: bool,
) -> Result<Vec<Shown>> {
    let from_facts = if sources { None } else { of_facts(releases)? };
    let pairs = match from_facts {
        Some(pairs) => pairs,
        None => of_sources(releases, use_path)?,
    };
    let shown = pairs.into_iter().map(|(pair, old, new)| {
        let effect = Effect::of(&pair, &old, &new)?;
        Ok(Shown::new(pair, effect, &new, selection))
    });
    shown.collect()
}

/// A comparison with its two releases.
type Compared = (Pair, Rc<Release>, Rc<Release>);

/// From the facts; `None` if they lack one of the releases.
fn of_facts(releases: &[Version]) -> Result<Option<Vec<Compared>>> {
    let facts = facts::load()?;
    let places = releases.iter().map(|version| facts.place(*version));
    let Some(places) = places.collect::<Option<Vec<_>>>() else {
        return Ok(None);
    };
    let known = places
        .iter()
        .map(|place| Some((*place, Rc::new(facts.release(*place)?))));
    let Some(known) = known.collect::<Option<Vec<_>>>() else {
        return Ok(None);
    };
    let pairs = known
        .iter()
        .zip(known.iter().skip(1))
        .map(|((from, old), (to, new))| {
            let pair = facts.compare((*from, old), (*to, new));
            (pair, Rc::clone(old), Rc::clone(new))
        });
    Ok(Some(pairs.collect()))
}

/// From the sources; two releases are in memory at a time.
fn of_sources(releases: &[Version], use_path: bool) -> Result<Vec<Compared>> {
    let mut pairs = Vec::new();
    let mut last: Option<Tree> = None;
    for version in releases {
        let new = Tree::of(*version, use_path)?;
        if let Some(old) = &last {
            let numbers = from_trees::Trees { old, new: &new };
            let pair = compare::compare(&old.release, &new.release, &numbers);
            pairs.push((
                pair,
                Rc::new(old.release.clone()),
                Rc::new(new.release.clone()),
            ));
        }
        last = Some(new);
    }
    Ok(pairs)
}
