//! The first look: every goroutine that stands still, made while the target runs, by as many threads as there are cores.
//!
//! Nothing of it is trusted yet: whether a goroutine was still the same at the end is found out by whoever looks again.

use crate::assemble::{Assembly, Bytes, Scene};
use crate::report::Goroutine;
use gopeek_attach::Process;
use gopeek_attach::look::{BATCH, Batch};
use gopeek_layout::Addr;
use gopeek_layout::goroutine::Goroutines;
use gopeek_layout::mem::Layered;
use gopeek_layout::moduledata::ReadOnly;
use gopeek_layout::watch::Watch;
use gopeek_unwind::End;
use std::iter;
use std::sync::{Mutex, PoisonError};
use std::thread;

/// So many goroutines are one piece of work.
const BLOCK: usize = 16 * BATCH;
/// More threads than this are more than a target's host can spare.
const MAX_WORKERS: usize = 4;

/// What the first look showed, by place in allgs.
#[derive(Debug, Default)]
pub(crate) struct First {
    /// The goroutines that stood still; nothing of those that have ended.
    pub(crate) goroutines: Vec<Option<Goroutine>>,
    /// The key by which each that stood still is known again.
    pub(crate) keys: Vec<Option<u64>>,
}

/// Goroutines that follow each other in allgs, and where to put what is made of them.
struct Block<'b> {
    gs: &'b [Addr],
    goroutines: &'b mut [Option<Goroutine>],
    keys: &'b mut [Option<u64>],
}

/// Looks at the goroutines at `gs`.
pub(crate) fn look(
    process: &Process,
    scene: Scene<'_, '_>,
    watch: &Watch<'_>,
    gs: &[Addr],
) -> First {
    let mut first = First {
        goroutines: iter::repeat_with(|| None).take(gs.len()).collect(),
        keys: vec![None; gs.len()],
    };
    let places = first.goroutines.chunks_mut(BLOCK);
    let places = places.zip(first.keys.chunks_mut(BLOCK));
    let blocks = gs.chunks(BLOCK).zip(places);
    let blocks = Mutex::new(blocks.map(|(gs, (goroutines, keys))| Block {
        gs,
        goroutines,
        keys,
    }));
    let next = || {
        let mut blocks = blocks.lock().unwrap_or_else(PoisonError::into_inner);
        blocks.next()
    };
    let work = || {
        let mut worker = Worker {
            process,
            scene,
            watch,
            batch: Batch::default(),
            assembly: Assembly::new(scene),
        };
        while let Some(block) = next() {
            worker.block(block);
        }
    };
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let workers = cores.min(MAX_WORKERS).min(gs.len().div_ceil(BLOCK));
    thread::scope(|scope| {
        // Where no more threads are to be had, fewer do.
        let start = |_: &usize| thread::Builder::new().spawn_scoped(scope, work).is_ok();
        let _ = (1..workers).take_while(start).count();
        work();
    });
    first
}

struct Worker<'a, 'd> {
    process: &'a Process,
    scene: Scene<'a, 'd>,
    watch: &'a Watch<'a>,
    batch: Batch,
    assembly: Assembly<'a, 'd, 'a>,
}

impl Worker<'_, '_> {
    fn block(&mut self, block: Block<'_>) {
        let Block {
            gs,
            goroutines,
            keys,
        } = block;
        let places = goroutines.chunks_mut(BATCH);
        let places = places.zip(keys.chunks_mut(BATCH));
        for (gs, (goroutines, keys)) in gs.chunks(BATCH).zip(places) {
            self.batch(Block {
                gs,
                goroutines,
                keys,
            });
        }
    }

    fn batch(&mut self, block: Block<'_>) {
        let keys = self.batch.look(self.process, self.watch, block.gs);
        block.keys.copy_from_slice(keys);
        let places = block.keys.iter_mut().zip(block.goroutines);
        let still = block.gs.iter().zip(places);
        let still = still.filter(|(_, (key, _))| key.is_some());
        let (gs, places): (Vec<Addr>, Vec<_>) = still.map(|(g, place)| (*g, place)).unzip();

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
        for ((key, place), decoded) in places.into_iter().zip(decoded) {
            let made = decoded.map(|it| self.assembly.make(&it, bytes));
            let has_stack = |it: &Goroutine| {
                let end = &it.stack.end;
                !(end.is_broken() || *end == End::NoStart)
            };
            match made {
                Ok(made) if made.as_ref().is_none_or(has_stack) => *place = made,
                // What makes no sense is looked at again, and said then if it still makes none.
                _ => *key = None,
            }
        }
        self.assembly.problems.clear();
    }
}
