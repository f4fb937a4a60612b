//! The second look at a target that is not to be stopped: whatever did not stand still at the first is looked at twice
//! more, and believed where both looks are the same.

use crate::assemble::{self, Extras, Look, Part};
use crate::locals::Variables;
use crate::take::{Capture, Taken};
use crate::threads;
use gopeek_attach::AttachError;
use gopeek_attach::again::Again;
use gopeek_attach::capture::{Captured, capture_running};
use gopeek_attach::stop::Standing;
use gopeek_attach::threads::{Look as LookAt, Thread};
use gopeek_layout::capture::Omission;
use gopeek_layout::sched::{self, M};
use gopeek_layout::watch::{Records, Watch};
use gopeek_layout::{Addr, Plan, Span};
use std::collections::{HashMap, HashSet};

/// So often is looked at what did not stand still.
const ROUNDS: usize = 5;

/// Takes it while the target runs, of the goroutines at `places`.
pub(crate) fn take<'a, 'd>(
    capture: &Capture<'a, 'd>,
    watch: &Watch<'_>,
    places: Vec<usize>,
    extras: Extras<'a, 'd, '_>,
) -> Result<Taken, AttachError> {
    let (round, parts) = parts(capture, watch, places, None, extras)?;
    Ok(round.taken(parts))
}

/// What can still be had of goroutines that there was no time for while the target stood still.
pub(crate) fn complete<'a, 'd>(
    capture: &Capture<'a, 'd>,
    watch: &Watch<'_>,
    lost: &[(usize, Addr)],
    extras: Extras<'a, 'd, '_>,
) -> Result<Vec<Part>, AttachError> {
    let (places, newest) = known_and_new(capture, lost);
    parts(capture, watch, places, Some(newest), extras).map(|(_, parts)| parts)
}

/// Of goroutines by their places in allgs, those that were looked at before, and the last of the new ones: they are new
/// now, too, with others that are none of ours.
pub(crate) fn known_and_new(
    capture: &Capture<'_, '_>,
    lost: &[(usize, Addr)],
) -> (Vec<usize>, usize) {
    let places: Vec<usize> = lost.iter().map(|(place, _)| *place).collect();
    let (known, new) = places.split_at(places.partition_point(|place| *place < capture.gs.len()));
    (known.to_vec(), new.last().copied().unwrap_or(0))
}

/// What rounds make of goroutines.
fn parts<'a, 'd>(
    capture: &Capture<'a, 'd>,
    watch: &Watch<'_>,
    places: Vec<usize>,
    last: Option<usize>,
    extras: Extras<'a, 'd, '_>,
) -> Result<(Round<'a>, Vec<Part>), AttachError> {
    let mut parts = Vec::new();
    let make = |round: &mut Round<'a>, still: &[(usize, Addr)], is_last: bool| {
        let mut part = round.part(capture, still, extras);
        let broken = (!is_last).then(|| part.take_broken());
        parts.push(part);
        broken.unwrap_or_default()
    };
    let (round, moving) = rounds(capture, watch, places, last, extras.variables, make)?;
    if !moving.is_empty() {
        parts.push(assemble::moved(capture.scene, capture.process, &moving));
    }
    Ok((round, parts))
}

/// Looks at the goroutines at `places` and those that are new, as long as some of them move; at new ones up to the place
/// `last`. `keep` is given those that were steady in a round, and whether it is the last, and returns those that make no
/// sense all the same. Returns the last round, and those that moved even then.
pub(crate) fn rounds<'a>(
    capture: &Capture<'a, '_>,
    watch: &Watch<'_>,
    mut places: Vec<usize>,
    last: Option<usize>,
    variables: Option<&Variables<'_>>,
    mut keep: impl FnMut(&mut Round<'a>, &[(usize, Addr)], bool) -> Vec<(usize, Addr)>,
) -> Result<(Round<'a>, Vec<(usize, Addr)>), AttachError> {
    let (mut done, mut left) = (HashSet::new(), ROUNDS);
    loop {
        left -= 1;
        let is_last = left == 0;
        let mut round = Round::take(capture, &places, variables)?;
        let mut gs = capture.places(&places, round.plan.goroutines());
        gs.retain(|(place, _)| {
            // What is new is found again each time.
            let is_new = *place >= capture.gs.len();
            !is_new || !done.contains(place) && last.is_none_or(|last| *place <= last)
        });
        let steady = round.steady(capture, watch);
        let (still, mut moving): (Vec<_>, Vec<_>) = gs
            .into_iter()
            .partition(|(_, g)| steady.get(g).copied().unwrap_or(false));
        let broken = keep(&mut round, &still, is_last);
        done.extend(still.iter().map(|(place, _)| *place));
        for (place, _) in &broken {
            done.remove(place);
        }
        moving.extend(broken);
        if moving.is_empty() || is_last {
            return Ok((round, moving));
        }
        places = moving.iter().map(|(place, _)| *place).collect();
        places.retain(|place| *place < capture.gs.len());
        places.sort_unstable();
    }
}

/// Two looks, one right after the other.
pub(crate) struct Round<'a> {
    pub(crate) plan: Plan<'a>,
    pub(crate) captured: Captured,
    again: Captured,
    pub(crate) threads: Vec<threads::Found>,
}

impl<'a> Round<'a> {
    fn take(
        capture: &Capture<'a, '_>,
        places: &[usize],
        variables: Option<&Variables<'_>>,
    ) -> Result<Round<'a>, AttachError> {
        let process = capture.process;
        let before = process.look_at_threads(LookAt::Activity);
        let standing = blocked(&before);
        let look = || {
            let mut waves = capture.waves(capture.gs.len());
            waves.plan.add(&capture.at(places));
            let captured = capture_running(process, &standing, |held| {
                capture.next(&mut waves, held, variables)
            });
            captured.map(|captured| (waves.plan, captured))
        };
        let (plan, mut captured) = look()?;
        let (_, again) = look()?;
        let after = process.look_at_threads(LookAt::Activity);
        let still = blocked(&after);
        captured.standing.retain(|it| still.contains(it));
        let arch = capture.scene.found.arch;
        let threads = threads::found(process, arch, &after, &captured);
        Ok(Round {
            plan,
            captured,
            again,
            threads,
        })
    }

    /// Of each goroutine, whether it was the same both times: its record, its stack, its M.
    fn steady(&self, capture: &Capture<'_, '_>, watch: &Watch<'_>) -> HashMap<Addr, bool> {
        let found = capture.scene.found;
        let ms = |of: &Captured| -> HashMap<Addr, M> {
            let (fields, limits) = (&found.layout.fields, &capture.scene.limits);
            let ms = sched::ms(&of.snapshot, fields, &found.roots, limits);
            ms.into_iter().map(|m| (m.addr, m)).collect()
        };
        let (then, now) = (ms(&self.captured), ms(&self.again));
        let same = |g: Addr, stack: Option<Span>| {
            let record = Span::new(g, watch.size() as u64);
            let record = |of: &'_ Captured| of.snapshot.slice(record).map(<[u8]>::to_vec);
            let (first, second) = (record(&self.captured)?, record(&self.again)?);
            let bytes = |span| {
                let first = self.captured.snapshot.slice(span);
                first.is_some() && first == self.again.snapshot.slice(span)
            };
            let m = found.layout.fields.g.m.of(&first)?;
            let same_m = m.is_null() || then.get(&m).is_some_and(|it| now.get(&m) == Some(it));
            Some(watch.key(&first) == watch.key(&second) && stack.is_none_or(bytes) && same_m)
        };
        // A stack that is being moved at this moment has no place that could be the same.
        let moving = |g: &Addr| {
            let omissions = self.plan.omissions();
            omissions.contains(&Omission::Stack { g: *g })
        };
        let looked_at = self.plan.looked_at().iter();
        looked_at
            .map(|(g, stack)| (*g, !moving(g) && same(*g, *stack).unwrap_or(false)))
            .collect()
    }

    fn part<'d>(
        &self,
        capture: &Capture<'_, 'd>,
        gs: &[(usize, Addr)],
        extras: Extras<'_, 'd, '_>,
    ) -> Part {
        let look = Look {
            captured: &self.captured,
            threads: &self.threads,
            extras,
        };
        assemble::part(capture.scene, look, gs)
    }

    fn taken(self, parts: Vec<Part>) -> Taken {
        Taken {
            omissions: self.plan.omissions().to_vec(),
            captured: Captured {
                again: Again::default(),
                ..self.captured
            },
            threads: self.threads,
            parts,
        }
    }
}

/// The threads that stand still by themselves.
pub(crate) fn blocked(threads: &[Thread]) -> Vec<Standing> {
    let standing = threads.iter().filter_map(|thread| {
        let blocked = thread.activity.as_ref()?.blocked?;
        Some(Standing {
            tid: thread.tid,
            registers: blocked.registers(),
        })
    });
    standing.collect()
}
