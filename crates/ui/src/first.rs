//! The first look: every goroutine that stands still, made while the target runs, by as many threads as there are cores.
//!
//! Nothing of it is trusted yet: whether a goroutine was still the same at the end is found out by whoever looks again.

use crate::assemble::{Assembly, Bytes, Part, Scene};
use crate::report::Goroutine;
use gopeek_attach::Process;
use gopeek_attach::look::{BATCH, Batch};
use gopeek_layout::Addr;
use gopeek_layout::goroutine::Goroutines;
use gopeek_layout::mem::Layered;
use gopeek_layout::moduledata::ReadOnly;
use gopeek_layout::watch::Watch;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// So many goroutines are one piece of work.
const BLOCK: usize = 16 * BATCH;
/// More threads than this are more than a target's host can spare.
const MAX_WORKERS: usize = 4;

/// What came of one piece of work.
struct Block {
    goroutines: Vec<(usize, Option<Goroutine>)>,
    keys: Vec<Option<u64>>,
}

/// Looks at the goroutines at `gs`; gives those that stood still, and the key by which each is known again.
pub(crate) fn look(
    process: &Process,
    scene: Scene<'_, '_>,
    watch: &Watch<'_>,
    gs: &[Addr],
) -> (Part, Vec<Option<u64>>) {
    let next = AtomicUsize::new(0);
    let work = || {
        let mut worker = Worker {
            process,
            scene,
            watch,
            batch: Batch::default(),
            assembly: Assembly::new(scene),
        };
        let mut done = Vec::new();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(block) = gs.chunks(BLOCK).nth(index) else {
                return (done, worker.assembly.problems);
            };
            done.push((index, worker.block(index * BLOCK, block)));
        }
    };
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let workers = cores.min(MAX_WORKERS).min(gs.len().div_ceil(BLOCK));
    let mut done = Vec::new();
    let mut problems = Vec::new();
    thread::scope(|scope| {
        let others: Vec<_> = (1..workers).map(|_| scope.spawn(work)).collect();
        let mut add = |(blocks, broken): (Vec<_>, Vec<_>)| {
            done.extend(blocks);
            problems.extend(broken);
        };
        add(work());
        for other in others {
            add(other
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
    });
    done.sort_unstable_by_key(|(index, _)| *index);
    let mut goroutines = Vec::with_capacity(gs.len());
    let mut keys = Vec::with_capacity(gs.len());
    for (_, block) in done {
        goroutines.extend(block.goroutines);
        keys.extend(block.keys);
    }
    let part = Part {
        goroutines,
        problems,
    };
    (part, keys)
}

struct Worker<'a, 'd> {
    process: &'a Process,
    scene: Scene<'a, 'd>,
    watch: &'a Watch<'a>,
    batch: Batch,
    assembly: Assembly<'a, 'd, 'a>,
}

impl Worker<'_, '_> {
    /// Some goroutines that follow each other in allgs, the first of them at `place`.
    fn block(&mut self, place: usize, gs: &[Addr]) -> Block {
        let mut block = Block {
            goroutines: Vec::with_capacity(gs.len()),
            keys: Vec::with_capacity(gs.len()),
        };
        for (index, gs) in gs.chunks(BATCH).enumerate() {
            self.batch(place + index * BATCH, gs, &mut block);
        }
        block
    }

    fn batch(&mut self, place: usize, gs: &[Addr], block: &mut Block) {
        let keys = self.batch.look(self.process, self.watch, gs);
        block.keys.extend_from_slice(keys);
        let still = keys.iter().zip(gs).zip(place..);
        let still = still.filter_map(|((key, g), place)| key.map(|_| (place, *g)));
        let (places, gs): (Vec<usize>, Vec<Addr>) = still.unzip();

        // The program's constants are in its file. Labels and the like are few, and lie anywhere.
        let found = self.scene.found;
        let rest = Layered {
            over: ReadOnly(&found.modules),
            under: self.process,
        };
        let known = Layered {
            over: self.batch.records(),
            under: &rest,
        };
        let bytes = Bytes {
            stacks: self.batch.targets(),
            rest: &rest,
        };
        let (fields, rules) = (&found.layout.fields, found.layout.rules);
        let decoded = Goroutines::at(&known, fields, rules, self.scene.limits, gs);
        for (place, decoded) in places.into_iter().zip(decoded) {
            // One that is no goroutine is found out when it is looked at again.
            let made = decoded.ok().and_then(|it| self.assembly.make(&it, bytes));
            block.goroutines.push((place, made));
        }
    }
}
