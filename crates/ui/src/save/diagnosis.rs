//! What a diagnosis reads besides goroutines: it is made once, of the bytes that are there and of the process, to know.

use super::looks::Looks;
use super::recorder::Recorder;
use crate::assemble::{Evidence, Extras, Look, Scene, assemble};
use crate::book::Book;
use crate::diagnose::{Ground, Pages, Peers, Surroundings, diagnose};
use crate::find::Found;
use crate::report::Taken;
use crate::saved::parts;
use gopeek_attach::again::Again;
use gopeek_attach::capture::Captured;
use gopeek_attach::descriptors::Descriptors;
use gopeek_attach::process::Facts;
use gopeek_attach::{Process, Snapshot};
use gopeek_layout::mem::Layered;
use gopeek_layout::moduledata::ReadOnly;
use gopeek_layout::{Addr, Limits, allgs};
use rustc_hash::FxHashSet;
use std::cell::RefCell;

/// The bytes, and what a diagnosis needs besides them; and who is at the other end of files that are waited for. The process
/// runs, so that these are of a moment later.
pub(super) fn complete(
    process: &Process,
    found: &Found<'_>,
    facts: &Facts,
    looks: &Looks,
    bytes: Snapshot,
    descriptors: &Descriptors,
) -> (Snapshot, Peers) {
    let captured = Captured {
        snapshot: bytes,
        standing: looks.captured.standing.clone(),
        pause: None,
        cut_short: false,
        again: Again::default(),
    };
    let memory = &captured.snapshot;
    let (limits, book) = (Limits::default(), Book::default());
    let scene = Scene {
        found,
        book: &book,
        limits,
        now: looks.monotonic_ns,
        finalizer_runs: found.roots.finalizer_runs(memory, found.layout.rules),
        selected: &[],
    };
    let look = Look {
        captured: &captured,
        threads: &looks.threads,
        extras: Extras::default(),
    };
    let gs = allgs::captured(memory, found.roots.allgs.at, 0, limits.goroutines);
    let gs: Vec<(usize, Addr)> = gs.into_iter().enumerate().collect();
    let moved = looks.moved.iter().map(|g| g.get()).collect();
    let evidence = Evidence {
        facts,
        first: Vec::new(),
        parts: parts(scene, look, &gs, &moved),
        omissions: &[],
        taken: Taken::default(),
    };
    let mut report = assemble(evidence, scene, look).bind(book);
    let pages = Pages::new(process);
    let recorder = Recorder::new(&pages);
    let all = Layered {
        over: memory,
        under: Layered {
            over: ReadOnly(&found.modules),
            under: &recorder,
        },
    };
    let ground = Ground {
        found,
        memory: &all,
        fresh: &all,
        bytes: memory,
        ahead: &drop,
        limits,
        now: looks.monotonic_ns,
        moved: &FxHashSet::default,
        deep: None,
        woke: &|_| None,
    };
    let peers = RefCell::new(Peers::new());
    let surroundings = Surroundings {
        descriptors: descriptors.clone(),
        peers: &|wanted| {
            let found = process.peers(wanted);
            peers.borrow_mut().extend(found.clone());
            found
        },
    };
    diagnose(&mut report, &ground, &surroundings);
    let read = recorder.snapshot();
    let mut bytes = captured.snapshot;
    bytes.absorb([read]);
    (bytes, peers.into_inner())
}
