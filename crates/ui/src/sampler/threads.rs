//! What the threads do at this moment, with the goroutines that are on them: a small report of its own.

use super::running::Stopping;
use crate::assemble::{self, Evidence, Extras, Look, Scene};
use crate::book::Book;
use crate::render;
use crate::report::Taken;
use crate::take::Capture;
use crate::threads;
use crate::unstopped::blocked;
use gopeek_attach::AttachError;
use gopeek_attach::capture::capture_running;
use gopeek_attach::threads::Look as LookAt;
use gopeek_layout::Addr;

/// Looks at the threads, and at the goroutines at these places of allgs.
pub(super) fn look(
    stopping: Stopping<'_, '_>,
    gs: &[Addr],
    places: &[usize],
) -> Result<Vec<[String; 7]>, AttachError> {
    let (process, book) = (stopping.process, Book::default());
    let scene = Scene {
        book: &book,
        ..stopping.scene
    };
    let seen = process.look_at_threads(LookAt::Activity);
    let standing = blocked(&seen);
    let capture = Capture {
        process,
        scene,
        options: stopping.options,
        seen: &seen,
        gs,
        turns: None,
        at_last: None,
    };
    let mut waves = capture.waves(gs.len());
    waves.plan.add(&capture.at(places));
    let captured = capture_running(process, &standing, |held| {
        capture.next(&mut waves, held, None)
    })?;
    let found = threads::found(process, scene.found.arch, &seen, &captured);
    let look = Look {
        captured: &captured,
        threads: &found,
        extras: Extras::default(),
    };
    let chosen: Vec<(usize, Addr)> = capture.places(places, waves.plan.goroutines());
    let part = assemble::part(scene, look, &chosen);
    let facts = process.facts()?;
    let evidence = Evidence {
        facts: &facts,
        first: Vec::new(),
        parts: vec![part],
        omissions: waves.plan.omissions(),
        taken: Taken::default(),
    };
    let report = assemble::assemble(evidence, scene, look).bind(book);
    let threads = report.threads.iter();
    Ok(threads
        .map(|thread| render::threads::cells(&report, thread))
        .collect())
}
