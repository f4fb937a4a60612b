//! What a diagnosis reads besides goroutines: it is made once, of the bytes that are there and of the process, to know.

use super::looks::Looks;
use crate::assemble::{Evidence, Extras, Look, Scene, Unbound, assemble, parts};
use crate::diagnose::{Ahead, Bulk, Ground, Live, Peers, Surroundings, diagnose};
use crate::find::Found;
use crate::pages::Pages;
use crate::recorder::Recorder;
use crate::report::{Report, Taken};
use gopeek_attach::again::Again;
use gopeek_attach::capture::Captured;
use gopeek_attach::descriptors::Descriptors;
use gopeek_attach::process::Facts;
use gopeek_attach::{Process, Snapshot};
use gopeek_layout::mem::Layered;
use gopeek_layout::moduledata::ReadOnly;
use gopeek_layout::{Addr, Limits, Span, allgs};
use rustc_hash::FxHashSet;
use std::cell::RefCell;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The goroutines of both looks, of which `bytes` are what there is.
pub(super) fn goroutines(
    facts: &Facts,
    scene: Scene<'_, '_>,
    looks: &mut Looks,
    bytes: &mut Snapshot,
) -> Unbound {
    let first = std::mem::take(&mut looks.first);
    let captured = Captured {
        snapshot: std::mem::take(bytes),
        standing: looks.captured.standing.clone(),
        pause: None,
        cut_short: false,
        again: Again::default(),
        asleep: Vec::new(),
        woken: Vec::new(),
    };
    let look = Look {
        captured: &captured,
        threads: &looks.threads,
        extras: Extras::default(),
    };
    let at = scene.found.roots.allgs.at;
    let gs = allgs::captured(&captured.snapshot, at, 0, scene.limits.goroutines);
    let gs = gs.into_iter().enumerate();
    let has_key = |place: usize| first.keys.get(place).is_some_and(Option::is_some);
    let again: Vec<(usize, Addr)> = gs.filter(|(place, _)| !has_key(*place)).collect();
    let moved = looks.moved.iter().map(|g| g.get()).collect();
    let evidence = Evidence {
        facts,
        parts: parts(scene, look, &again, &moved),
        first: first.goroutines,
        omissions: &[],
        taken: Taken::default(),
    };
    let goroutines = assemble(evidence, scene, look);
    *bytes = captured.snapshot;
    goroutines
}

/// What a diagnosis reads besides the bytes, and who is at the other end of files that are waited for. The process runs, so
/// that these are of a moment later.
pub(super) fn more(
    mut report: Report,
    process: &Process,
    found: &Found<'_>,
    bytes: &Snapshot,
    descriptors: &Descriptors,
) -> (Vec<Snapshot>, Peers) {
    let peers = RefCell::new(Peers::new());
    let surroundings = Surroundings {
        descriptors: descriptors.clone(),
        peers: &|wanted| {
            let found = process.peers(wanted);
            peers.borrow_mut().extend(found.clone());
            found
        },
    };
    let keeping = Keeping {
        live: Live {
            process,
            captured: bytes,
        },
        read: Mutex::default(),
    };
    let ahead = Ahead::default();
    let pages = Pages::new(process);
    let single = Recorder::new(&pages);
    let memory = Layered {
        over: bytes,
        under: Layered {
            over: &ahead,
            under: Layered {
                over: ReadOnly(&found.modules),
                under: &single,
            },
        },
    };
    let ground = Ground {
        found,
        memory: &memory,
        fresh: &memory,
        bytes: &keeping,
        // What sudogs were read for goroutines is asked for again, of channels.
        ahead: &|spans| {
            let mut read = keeping.taken();
            read.push(keeping.live.missing(&spans));
            let mut all = Snapshot::default();
            all.absorb(read);
            ahead.fill(all);
        },
        limits: Limits::default(),
        now: report.now,
        moved: &FxHashSet::default,
        deep: None,
        woke: &|_, _| None,
    };
    diagnose(&mut report, &ground, &surroundings);
    let mut read = keeping.taken();
    read.extend(ahead.into_inner());
    read.push(single.snapshot());
    (read, peers.into_inner())
}

/// What is read in bulk is kept.
struct Keeping<'a> {
    live: Live<'a>,
    read: Mutex<Vec<Snapshot>>,
}

impl Keeping<'_> {
    fn read(&self) -> MutexGuard<'_, Vec<Snapshot>> {
        self.read.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What was read since the last time.
    fn taken(&self) -> Vec<Snapshot> {
        std::mem::take(&mut self.read())
    }
}

impl Bulk for Keeping<'_> {
    fn with(&self, spans: Vec<Span>, each: &mut dyn FnMut(usize, &[u8])) {
        let read = self.live.look_up(&spans, each);
        self.read().push(read);
    }
}
