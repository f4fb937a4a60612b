//! The sampler: all goroutines of a running target again and again, at a cost that lets it go on for hours.
//!
//! A sample reads every goroutine's record, and walks the stacks of those alone that have done anything since the last one.
//! Each goroutine is of a moment of its own. Those that run on a CPU have their stacks in their threads: for these the
//! target is stopped, for a moment, where that is allowed and affordable.

mod bounds;
mod intern;
mod maker;
pub(crate) mod pace;
pub(crate) mod row;
mod running;
pub(crate) mod texts;
mod threads;

pub(crate) use pace::Pace;
pub(crate) use row::{Does, Row, Tally};
pub(crate) use texts::Texts;

use crate::assemble::Scene;
use crate::book::Book;
use crate::find::Found;
use crate::options::Options;
use crate::places::Places;
use gopeek_attach::clock::Clock;
use gopeek_attach::sweep::Sweep;
use gopeek_attach::vitals::{Usage, Vitals};
use gopeek_attach::{AttachError, Process};
use gopeek_layout::allgs;
use gopeek_layout::goroutine::Decoder;
use gopeek_layout::health::{self, Health, Room, Source};
use gopeek_layout::roots::Inner;
use gopeek_layout::watch::Watch;
use gopeek_layout::{Addr, Limits};
use gopeek_unwind::Walker;
use intern::Interner;
use maker::Maker;
use running::Stopping;
use std::time::Instant;

/// More frames than this of one goroutine are not shown.
const MAX_FRAMES: usize = 128;

/// So many goroutines are on threads at a time, or torn, without more room being needed.
const USUAL: usize = 1024;

/// All goroutines, each at a moment of its own, and how the runtime fares.
#[derive(Clone, Debug)]
pub(crate) struct Sample {
    /// By their places in allgs; those without a number have ended.
    pub(crate) rows: Vec<Row>,
    pub(crate) tally: Tally,
    /// What is new of what the rows name.
    pub(crate) new: Texts,
    /// All that was named before means nothing any more.
    pub(crate) anew: bool,
    /// The target's monotonic clock, in ns.
    pub(crate) now: i64,
    pub(crate) health: Health,
    pub(crate) usage: Option<Usage>,
    pub(crate) pace: Pace,
}

impl Sample {
    /// One of nothing, to be filled.
    pub(crate) fn empty(pace: Pace) -> Sample {
        Sample {
            rows: Vec::new(),
            tally: Tally::default(),
            new: Texts::nothing(),
            anew: false,
            now: 0,
            health: Health::default(),
            usage: None,
            pace,
        }
    }
}

/// What is looked at, and what is known of it.
pub(crate) struct Sampler<'a, 'd> {
    stopping: Stopping<'a, 'd>,
    watch: Watch<'a>,
    inner: Inner,
    clock: Clock,
    vitals: Vitals,
    gs: Vec<Addr>,
    sweep: Sweep,
    maker: Maker<'a, 'd>,
    record: Vec<u8>,
    /// No sample was taken yet.
    fresh: bool,
    /// For what is read of the runtime.
    room: Room,
}

impl<'a, 'd> Sampler<'a, 'd> {
    /// A sampler of this process, in which Go was `found`. `book` is for its texts; `options` say whether and for how long it
    /// may be stopped.
    ///
    /// # Errors
    /// [`AttachError`], when it is gone.
    pub(crate) fn new(
        process: &'a Process,
        found: &'a Found<'d>,
        book: &'a Book,
        options: &'a Options,
    ) -> Result<Sampler<'a, 'd>, AttachError> {
        let limits = Limits::default();
        // What is of a moment, each sample finds for itself.
        let scene = Scene {
            found,
            book,
            limits,
            now: 0,
            finalizer_runs: false,
            selected: &[],
        };
        let layout = &found.layout;
        let g = &layout.fields.g;
        Ok(Sampler {
            stopping: Stopping {
                process,
                scene,
                options,
            },
            watch: Watch::new(g, &layout.enums, &[], limits.stack_bytes),
            inner: found.inner(process),
            clock: process.clock(),
            vitals: process.vitals()?,
            gs: Vec::new(),
            sweep: Sweep::default(),
            maker: Maker {
                process,
                found,
                decoder: Decoder::new(&layout.fields, layout.rules, limits),
                walker: walker(found),
                interner: interner(scene),
                finalizer_runs: false,
                rows: Vec::new(),
                on_threads: Vec::with_capacity(USUAL),
                broken: Vec::with_capacity(USUAL),
                frames: Vec::with_capacity(MAX_FRAMES + 1),
                stack: Vec::with_capacity(maker::MAX_STACK),
            },
            fresh: true,
            room: Room::default(),
            record: vec![0; usize::try_from(g.size).unwrap_or(0)],
        })
    }

    /// Takes a sample into `sample`, whose room is used again.
    ///
    /// # Errors
    /// [`AttachError`], when the target has ended or become another program.
    pub(crate) fn take(&mut self, sample: &mut Sample, pace: &mut Pace) -> Result<(), AttachError> {
        let Stopping {
            process,
            scene,
            options,
        } = self.stopping;
        let found = scene.found;
        confirm(process)?;
        let full = self.maker.interner.is_full();
        let anew = full || std::mem::take(&mut self.fresh);
        if full {
            self.maker.interner = interner(scene);
            self.maker.walker = walker(found);
            self.sweep.forget();
        }
        let roots = &found.roots;
        allgs::catch_up(
            process,
            roots.allgs.at,
            scene.limits.goroutines,
            &mut self.gs,
        );
        self.sweep.watch(&self.watch, &self.gs);
        let Sampler {
            gs, sweep, maker, ..
        } = self;
        maker.rows.resize(gs.len(), Row::default());
        maker.on_threads.clear();
        maker.broken.clear();
        maker.decoder.forget_labels();
        maker.finalizer_runs = roots.finalizer_runs(process, found.layout.rules);
        sample.now = self.clock.now();
        let at = |place: usize| gs.get(place).copied().unwrap_or(Addr::NULL);
        sweep.look(process, &self.watch, &mut |place, seen| {
            maker.see(place, at(place), &seen);
        });
        for place in &maker.broken {
            sweep.forget_one(*place);
        }
        self.on_threads(pace, options);
        confirm(process)?;

        self.maker.rows.clone_into(&mut sample.rows);
        sample.tally = Tally::of(&sample.rows);
        sample.new.absorb(&mut self.maker.interner.new);
        sample.anew = anew;
        sample.health = self.health(std::mem::take(&mut sample.health));
        if let Some(collector) = &sample.health.collector {
            bounds::bound(&mut sample.rows, collector, sample.now);
        }
        sample.usage = self.vitals.read();
        sample.pace = pace.clone();
        Ok(())
    }

    /// Looks at those that are on threads: in system calls, where they stay; running, with the target stopped.
    fn on_threads(&mut self, pace: &mut Pace, options: &Options) {
        let maker = &mut self.maker;
        let mut places = std::mem::take(&mut maker.on_threads);
        places.retain(|place| {
            let does = maker.rows.get(*place).map(|row| row.does);
            if does == Some(Does::Syscall) {
                let g = self.gs.get(*place).copied().unwrap_or(Addr::NULL);
                maker.see_syscall(*place, g, &mut self.record);
            }
            does == Some(Does::Runs)
        });
        if !places.is_empty() && !options.no_stop && pace.may_pause(Instant::now()) {
            // One that may not be stopped is looked at all the same.
            if let Ok(pause) = maker.see_running(self.stopping, &self.gs, &places) {
                pace.paused(pause, Instant::now());
            }
        }
        maker.on_threads = places;
    }

    fn health(&mut self, before: Health) -> Health {
        let Scene { found, limits, .. } = self.stopping.scene;
        let source = Source {
            memory: self.stopping.process,
            fields: &found.layout.fields,
            rules: found.layout.rules,
            roots: &found.roots,
            inner: &self.inner,
            limits: &limits,
        };
        health::read_again(source, before, &mut self.room)
    }

    /// What each thread does, as the columns of a table: without stopping any.
    ///
    /// # Errors
    /// [`AttachError`], when the target has ended or become another program.
    pub(crate) fn threads(&self) -> Result<Vec<[String; 7]>, AttachError> {
        let rows = self.maker.rows.iter().enumerate();
        let on_threads = rows.filter(|(_, row)| row.m != 0);
        let places: Vec<usize> = on_threads.map(|(place, _)| place).collect();
        threads::look(self.stopping, &self.gs, &places)
    }
}

/// Cheaply, as long as it is the same.
fn confirm(process: &Process) -> Result<(), AttachError> {
    if process.is_same() {
        return Ok(());
    }
    process.confirm()
}

fn walker<'a, 'd>(found: &'a Found<'d>) -> Walker<'a, 'd> {
    let (layout, arch) = (&found.layout, found.arch);
    Walker::new(
        &found.code,
        arch,
        layout.enums.func_ids,
        layout.rules,
        MAX_FRAMES,
    )
}

fn interner<'a, 'd>(scene: Scene<'a, 'd>) -> Interner<'a, 'd> {
    let (found, layout) = (scene.found, &scene.found.layout);
    let (ids, rules) = (layout.enums.func_ids, layout.rules);
    let places = Places::new(&found.code, ids, rules, found.arch.frame(), scene.book);
    Interner::new(found, places)
}
