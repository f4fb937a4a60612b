//! The first look: every goroutine that stands still, made while the target runs, by as many threads as there are cores.
//!
//! Each goroutine is of one moment, but each of its own. A second look makes one moment of them, where it can.

mod kept;

pub(crate) use kept::Kept;

use crate::assemble::{Assembly, Bytes, Scene};
use crate::pages::Pages;
use crate::recorder::Recorder;
use crate::report::Goroutine;
use gopeek_attach::look::{BATCH, Batch};
use gopeek_attach::{Process, Snapshot, workers};
use gopeek_layout::Addr;
use gopeek_layout::goroutine::Goroutines;
use gopeek_layout::mem::Layered;
use gopeek_layout::moduledata::ReadOnly;
use gopeek_layout::watch::Watch;
use gopeek_unwind::End;
use std::iter;

/// So many goroutines are one piece of work.
const BLOCK: usize = 16 * BATCH;

/// What the first look showed, by place in allgs.
#[derive(Debug, Default)]
pub(crate) struct First {
    /// The goroutines that stood still; nothing of those that have ended.
    pub(crate) goroutines: Vec<Option<Goroutine>>,
    /// The key by which each that stood still is known again.
    pub(crate) keys: Vec<Option<u64>>,
    /// The bytes that they were made of, and all else that is ever asked of goroutines, where that is kept.
    pub(crate) kept: Vec<Kept>,
}

impl First {
    /// Leaves out what was looked at again, by places in allgs.
    pub(crate) fn forget(&mut self, places: &[usize]) {
        for place in places {
            if let Some(key) = self.keys.get_mut(*place) {
                *key = None;
            }
        }
    }
}

/// Goroutines that follow each other in allgs, and where to put what is made of them.
struct Block<'b> {
    gs: &'b [Addr],
    goroutines: &'b mut [Option<Goroutine>],
    keys: &'b mut [Option<u64>],
}

/// How to look.
#[derive(Copy, Clone, Debug)]
pub(crate) struct How {
    /// So many times at those that do not hold still.
    pub(crate) tries: usize,
    /// Whether the bytes are kept.
    pub(crate) keeps: bool,
}

/// Looks at the goroutines at `gs`.
pub(crate) fn look(
    process: &Process,
    scene: Scene<'_, '_>,
    watch: &Watch<'_>,
    gs: &[Addr],
    how: How,
) -> First {
    let mut first = First {
        goroutines: iter::repeat_with(|| None).take(gs.len()).collect(),
        keys: vec![None; gs.len()],
        kept: Vec::new(),
    };
    let places = first.goroutines.chunks_mut(BLOCK);
    let places = places.zip(first.keys.chunks_mut(BLOCK));
    let blocks = gs.chunks(BLOCK).zip(places);
    let blocks = blocks.map(|(gs, (goroutines, keys))| Block {
        gs,
        goroutines,
        keys,
    });
    let kept = workers::share_out(blocks, gs.len().div_ceil(BLOCK), |blocks| {
        let assembly = Assembly::new(scene);
        let mut worker = Worker {
            process,
            scene,
            watch,
            how,
            batch: Batch::default(),
            kept: Kept::default(),
            assembly: if how.keeps {
                assembly.that_reads_on()
            } else {
                assembly
            },
        };
        blocks.for_each(|block| worker.block(block));
        worker.kept.bytes.settle();
        worker.kept
    });
    first.kept = kept;
    first
}

struct Worker<'a, 'd> {
    process: &'a Process,
    scene: Scene<'a, 'd>,
    watch: &'a Watch<'a>,
    how: How,
    batch: Batch,
    kept: Kept,
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
        let mut places: Vec<Place<'_>> = block
            .gs
            .iter()
            .zip(block.goroutines.iter_mut().zip(block.keys))
            .map(|(g, (goroutine, key))| Place {
                g: *g,
                goroutine,
                key,
            })
            .collect();
        for _ in 0..self.how.tries {
            let read = self.once(&mut places);
            if self.how.keeps {
                let still = places.iter().filter(|place| place.key.is_some());
                let still = still.map(|place| place.g);
                self.kept.keep(&self.batch, self.watch, still);
                self.kept.lists.extend(read);
            }
            let (batch, watch) = (&self.batch, self.watch);
            places.retain(|place| place.key.is_none() && batch.may_hold_still(watch, place.g));
            if places.is_empty() {
                break;
            }
        }
        // It is looked at again, and what is wrong with it is said then.
        self.assembly.problems.clear();
    }

    /// Looks at goroutines once; returns what was read besides their records and stacks.
    fn once(&mut self, places: &mut [Place<'_>]) -> Option<Snapshot> {
        let gs: Vec<Addr> = places.iter().map(|place| place.g).collect();
        let keys = self.batch.look(self.process, self.watch, &gs);
        for (place, key) in places.iter_mut().zip(keys) {
            *place.key = *key;
        }
        let still = || places.iter().filter(|place| place.key.is_some());
        let gs: Vec<Addr> = still().map(|place| place.g).collect();

        // The program's constants are in its file. Labels and the like are few, and lie anywhere.
        let found = self.scene.found;
        let pages = Pages::new(self.process);
        let read = Recorder::new(&pages);
        let known = Layered {
            over: self.batch.records(),
            under: Layered {
                over: ReadOnly(&found.modules),
                under: &read,
            },
        };
        let bytes = Bytes {
            stacks: self.batch.targets(),
            rest: &known,
        };
        let (fields, rules) = (&found.layout.fields, found.layout.rules);
        let decoded = Goroutines::at(&known, fields, rules, self.scene.limits, gs);
        let mut before = 0;
        let mut made = Vec::with_capacity(places.len());
        made.extend(decoded.map(|decoded| {
            let made = self.assembly.make(&decoded.ok()?, bytes);
            let more = read.count() != std::mem::replace(&mut before, read.count());
            Some((made, more))
        }));
        // What else they lead to was read when their stacks had been, maybe for other ones.
        let mut led_on = Vec::new();
        let still = places.iter_mut().filter(|place| place.key.is_some());
        for (place, made) in still.zip(made) {
            match made {
                Some((made, more)) if made.as_ref().is_none_or(has_stack) => {
                    let leads_on = more || made.as_ref().is_some_and(leads_on);
                    *place.goroutine = made;
                    led_on.extend(leads_on.then_some(place));
                }
                _ => *place.key = None,
            }
        }
        if !led_on.is_empty() {
            let gs = led_on.iter().map(|place| place.g);
            let now = self.batch.keys_now(self.process, self.watch, gs);
            for (place, now) in led_on.into_iter().zip(now) {
                *place.key = place.key.filter(|key| now == Some(*key));
            }
        }
        (self.how.keeps && read.count() > 0).then(|| read.snapshot())
    }
}

/// A goroutine, and where to put what is made of it.
struct Place<'b> {
    g: Addr,
    goroutine: &'b mut Option<Goroutine>,
    key: &'b mut Option<u64>,
}

fn has_stack(goroutine: &Goroutine) -> bool {
    let end = &goroutine.stack.end;
    !(end.is_broken() || *end == End::NoStart)
}

fn leads_on(goroutine: &Goroutine) -> bool {
    !goroutine.labels.is_empty() || !goroutine.ancestors.is_empty() || goroutine.bubble.is_some()
}
