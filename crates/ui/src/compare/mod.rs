//! What has changed from one look to another: a pure function of pictures of both.

mod findings;
mod picture;
mod read;
mod sample;
#[cfg(test)]
mod tests;
mod threads;

pub(crate) use findings::findings;
pub(crate) use picture::{Detail, Picture};
pub use read::ReadError;
pub(crate) use read::picture_of;
pub(crate) use sample::{Sampling, sample};

use crate::report::{Busy, Changes, Creators, Fates, Statement};
use picture::Seen;
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What has changed from the first of these looks to the last; nothing where there are not two.
pub(crate) fn compare(looks: &[Picture]) -> Option<Changes> {
    let [first, .., last] = looks else {
        return None;
    };
    let same = looks.iter().all(|look| is_same(first, look));
    Some(Changes {
        looks: looks.len(),
        apart: first
            .at
            .zip(last.at)
            .and_then(|(first, last)| last.duration_since(first).ok()),
        before: first.goroutines.len(),
        after: last.goroutines.len(),
        fates: same.then(|| fates(first, last)),
        creators: creators(looks),
        busy: if same { busy(looks) } else { Vec::new() },
        threads: None,
    })
}

/// Whether two looks are at the same process, as far as they say. A text dump names no process: it is taken for the other
/// look's unless a goroutine of the same number was made by another `go` statement.
fn is_same(first: &Picture, other: &Picture) -> bool {
    if first.process.is_some() && other.process.is_some() {
        return first.process == other.process;
    }
    first.goroutines.iter().all(|(id, seen)| {
        let same = other.goroutines.get(id);
        same.is_none_or(|same| same.creator == seen.creator)
    })
}

fn fates(first: &Picture, last: &Picture) -> Fates {
    let mut fates = Fates::default();
    for (id, now) in &last.goroutines {
        match first.goroutines.get(id) {
            None => fates.new.push(*id),
            Some(then) if has_moved(then, now) => fates.moved.push(*id),
            Some(_) => fates.stayed += 1,
        }
    }
    let ids = first.goroutines.keys().copied();
    fates.gone = ids.filter(|id| !last.goroutines.contains_key(id)).collect();
    fates
}

fn has_moved(then: &Seen, now: &Seen) -> bool {
    let runs = |seen: &Seen| seen.restless || seen.running.is_some();
    // One that waits anew at the same place has waited for less long than before.
    let anew = then
        .waited
        .is_some_and(|then| now.waited.is_none_or(|now| now < then));
    runs(then) || runs(now) || anew || then.print != now.print
}

/// The `go` statements of which there are not as many goroutines as there were.
fn creators(looks: &[Picture]) -> Vec<Creators> {
    let mut counts: BTreeMap<Option<Arc<Statement>>, Vec<usize>> = BTreeMap::new();
    for (at, look) in looks.iter().enumerate() {
        for seen in look.goroutines.values() {
            let of_each = counts.entry(seen.creator.clone());
            let of_each = of_each.or_insert_with(|| vec![0; looks.len()]);
            if let Some(count) = of_each.get_mut(at) {
                *count += 1;
            }
        }
    }
    let all = counts.into_iter().map(|(at, counts)| Creators {
        at: at.as_deref().cloned(),
        counts,
    });
    let mut changed: Vec<Creators> = all
        .filter(|it| {
            let (before, after) = it.ends();
            before != after
        })
        .collect();
    changed.sort_by_key(|it| {
        let (before, after) = it.ends();
        Reverse(before.abs_diff(after))
    });
    changed
}

/// The goroutines that were on a CPU at each look, in the same function.
fn busy(looks: &[Picture]) -> Vec<Busy> {
    let [first, rest @ ..] = looks else {
        return Vec::new();
    };
    let ran = |(id, seen): (&u64, &Seen)| {
        let mut common = seen.running.as_deref()?;
        for look in rest {
            let other = look.goroutines.get(id)?.running.as_deref()?;
            let same = common.iter().zip(other).take_while(|(a, b)| a == b);
            common = common.get(..same.count())?;
        }
        Some(Busy {
            goroutine: *id,
            function: common.last()?.clone(),
        })
    };
    first.goroutines.iter().filter_map(ran).collect()
}
