//! Goroutines of which all bytes are there, made on as many threads as there are cores.

use super::parts::{self, Part, part};
use super::{Extras, Look, Scene};
use crate::threads;
use gopeek_attach::capture::Captured;
use gopeek_attach::workers;
use gopeek_layout::Addr;
use std::collections::HashSet;

/// Fewer goroutines than this are made sooner than another thread is started.
const BLOCK: usize = 1024;

/// The goroutines; those whose gs are among the `moved` ran whenever they were looked at.
pub(crate) fn parts<'a, 'd>(
    scene: Scene<'a, 'd>,
    look: Look<'a, 'd, '_>,
    gs: &[(usize, Addr)],
    moved: &HashSet<u64>,
) -> Vec<Part> {
    let (moved, still): (Vec<_>, Vec<_>) = gs.iter().partition(|(_, g)| moved.contains(&g.get()));
    let mut parts = if look.extras.is_none() {
        made_by_many(scene, look.captured, look.threads, &still)
    } else {
        vec![part(scene, look, &still)]
    };
    if !moved.is_empty() {
        parts.push(parts::moved(scene, &look.captured.snapshot, &moved));
    }
    parts
}

/// Goroutines of which no more than Go frames is wanted, made on several threads.
fn made_by_many<'a>(
    scene: Scene<'a, '_>,
    captured: &'a Captured,
    threads: &'a [threads::Found],
    gs: &[(usize, Addr)],
) -> Vec<Part> {
    let shares = gs.len().div_ceil(BLOCK).min(workers::count()).max(1);
    let blocks = gs.chunks(gs.len().div_ceil(shares).max(1));
    let made = workers::share_out(blocks, shares, |blocks| {
        let look = Look {
            captured,
            threads,
            extras: Extras::default(),
        };
        let parts = blocks.map(|gs| part(scene, look, gs));
        parts.collect::<Vec<_>>()
    });
    made.into_iter().flatten().collect()
}
