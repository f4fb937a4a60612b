//! A report of only some of its goroutines: what names them by their indexes goes on to name the same ones.

use super::{Goroutine, Report, Wait};
use std::cmp::Reverse;

impl Report {
    /// Keeps the goroutines for which `kept`, a flag for each, is set.
    ///
    /// An object stays where one that stays waits at it or is suspected of it, a finding unless all that it is about is
    /// gone; each names those that stay. What is counted of the whole, as a finding's `held_up`, stays as it was.
    pub fn retain(&mut self, kept: &[bool]) {
        let goroutines = Renumbered::new(kept);
        drop_others(&mut self.goroutines, kept);

        for object in &mut self.objects {
            object
                .waiters
                .retain_mut(|waiter| goroutines.moves(&mut waiter.goroutine));
            let suspects = &mut object.suspects;
            suspects.retain_mut(|suspect| goroutines.moves(&mut suspect.goroutine));
        }
        let mut kept: Vec<bool> = self
            .objects
            .iter()
            .map(|object| !object.waiters.is_empty() || !object.suspects.is_empty())
            .collect();
        for index in self.goroutines.iter().flat_map(named) {
            if let Some(kept) = at(index).and_then(|at| kept.get_mut(at)) {
                *kept = true;
            }
        }
        let objects = Renumbered::new(&kept);
        drop_others(&mut self.objects, &kept);
        for wait in self.goroutines.iter_mut().filter_map(|it| it.wait.as_mut()) {
            rename(wait, &objects);
        }

        for group in &mut self.groups {
            group.goroutines.retain_mut(|index| goroutines.moves(index));
        }
        self.groups.retain(|group| !group.goroutines.is_empty());
        self.groups
            .sort_by_key(|group| Reverse(group.goroutines.len()));
        self.join_groups();
        self.findings.retain_mut(|finding| {
            let of_all = finding.culprits.is_empty() && finding.objects.is_empty();
            finding.culprits.retain_mut(|index| goroutines.moves(index));
            finding.objects.retain_mut(|index| objects.moves(index));
            of_all || !finding.culprits.is_empty() || !finding.objects.is_empty()
        });
    }
}

/// Where what is kept of a list has gone.
struct Renumbered(Vec<Option<u32>>);

impl Renumbered {
    fn new(kept: &[bool]) -> Renumbered {
        let mut next = 0..;
        let number = |kept: &bool| if *kept { next.next() } else { None };
        Renumbered(kept.iter().map(number).collect())
    }

    /// Makes an index of the list as it was one of what is kept; false where it is not.
    fn moves(&self, index: &mut u32) -> bool {
        let new = at(*index).and_then(|at| self.0.get(at).copied().flatten());
        *index = new.unwrap_or(*index);
        new.is_some()
    }
}

fn at(index: u32) -> Option<usize> {
    usize::try_from(index).ok()
}

fn drop_others<T>(list: &mut Vec<T>, kept: &[bool]) {
    let mut kept = kept.iter();
    list.retain(|_| kept.next().copied().unwrap_or(false));
}

/// The objects that a goroutine's wait names.
fn named(goroutine: &Goroutine) -> Vec<u32> {
    match &goroutine.wait {
        Some(Wait::On { cases, .. }) => cases.iter().map(|case| case.object).collect(),
        Some(Wait::Syscall { object, .. }) => object.iter().copied().collect(),
        _ => Vec::new(),
    }
}

fn rename(wait: &mut Wait, objects: &Renumbered) {
    match wait {
        Wait::On { cases, .. } => {
            for case in cases {
                objects.moves(&mut case.object);
            }
        }
        Wait::Syscall {
            object: Some(index),
            ..
        } => {
            objects.moves(index);
        }
        _ => {}
    }
}
