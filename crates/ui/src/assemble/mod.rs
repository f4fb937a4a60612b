//! From captured bytes to a report: decode each goroutine, walk its stack, name its frames.

mod begun;
mod crash;
mod detail;
mod goroutines;
mod machines;
mod many;
mod parts;
mod stacks;

pub(crate) use begun::Died;
pub(crate) use crash::crash;
pub(crate) use goroutines::state_text;
pub(crate) use many::parts;
pub(crate) use parts::moved;
pub use parts::{Part, part};

use crate::book::Book;
use crate::find::Found;
use crate::locals::Variables;
use crate::native::NativeCode;
use crate::places::Places;
use crate::report::{Goroutine, Problem, Quality, Report, Taken, Target};
use crate::threads;
use gopeek_attach::Snapshot;
use gopeek_attach::capture::Captured;
use gopeek_attach::process::Facts;
use gopeek_layout::capture::Omission;
use gopeek_layout::roots::Method;
use gopeek_layout::sched::{self, M};
use gopeek_layout::{Addr, Limits, Memory, Span};
use gopeek_unwind::{OnThread, Walker};
use rustc_hash::FxHashMap;
use std::collections::HashMap;
use std::sync::Arc;

/// Maximum number of frames of one stack that are kept: half of them innermost, half outermost. What lies between is counted.
/// Go itself prints a hundred, and its limit of 1 GiB allows for some 30 million.
const MAX_FRAMES: usize = 1 << 18;
/// Likewise, of one run of C frames.
const MAX_NATIVE_FRAMES: usize = 10_000;

/// What all goroutines of a report have in common, whichever thread of ours makes them.
#[derive(Copy, Clone, Debug)]
pub struct Scene<'a, 'd> {
    /// Go in the target.
    pub found: &'a Found<'d>,
    /// Where sites and paths are kept.
    pub book: &'a Book,
    /// What is kept within.
    pub limits: Limits,
    /// The target's monotonic clock, in ns.
    pub now: i64,
    /// Whether the finalizer goroutine is in user code.
    pub finalizer_runs: bool,
    /// The goroutines of which everything is wanted.
    pub selected: &'a [u64],
}

/// What is wanted besides Go frames.
#[derive(Copy, Clone, Debug, Default)]
pub struct Extras<'a, 'd, 'v> {
    /// The code that is not Go's, where C frames are wanted.
    pub native: Option<&'a NativeCode<'d>>,
    /// The DWARF of variables, where those are wanted.
    pub variables: Option<&'a Variables<'v>>,
}

impl Extras<'_, '_, '_> {
    /// Whether there is nothing of the kind.
    pub(crate) fn is_none(&self) -> bool {
        self.native.is_none() && self.variables.is_none()
    }
}

/// What a look at a target with its threads brought.
#[derive(Copy, Clone, Debug)]
pub struct Look<'a, 'd, 'v> {
    /// The bytes and registers.
    pub captured: &'a Captured,
    /// Its threads.
    pub threads: &'a [threads::Found],
    /// What to make of it besides Go frames.
    pub extras: Extras<'a, 'd, 'v>,
}

/// Everything that was taken from a target: what a report is a pure function of.
#[derive(Debug)]
pub struct Evidence<'a> {
    /// The process, from outside.
    pub facts: &'a Facts,
    /// What the first look made of goroutines, by their place in allgs.
    pub first: Vec<Option<Goroutine>>,
    /// What later looks made of some; of two that have the same place, the later counts.
    pub parts: Vec<Part>,
    /// What the plan left out.
    pub omissions: &'a [Omission],
    /// How it was taken.
    pub taken: Taken,
}

/// Makes the report of what was captured. `scene` is over: its book is closed.
#[must_use]
pub fn assemble<'a, 'd>(
    evidence: Evidence<'_>,
    scene: Scene<'a, 'd>,
    look: Look<'a, 'd, '_>,
) -> Unbound {
    let (found, captured, limits) = (scene.found, look.captured, scene.limits);
    let (memory, fields) = (&captured.snapshot, &found.layout.fields);
    let ms = sched::ms(memory, fields, &found.roots, &limits);
    let ps = sched::ps(memory, fields, &found.roots, &limits);
    let mut assembly = Assembly::of(scene, look);
    let bytes = Bytes {
        stacks: memory,
        rest: memory,
    };
    let threads = threads::join(look.threads, &ms, |m, registers| {
        assembly.machine(m, &ps, registers, bytes)
    });
    let (goroutines, mut broken) = parts::merge(evidence.first, evidence.parts);
    broken.extend(assembly.problems);
    broken.extend(goroutines.iter().filter_map(left_out));
    let count = |of: fn(&Problem) -> bool| broken.iter().filter(|it| of(it)).count();
    let mut taken = evidence.taken;
    taken.quality = Quality {
        moved: goroutines.iter().filter(|it| it.moved).count(),
        torn: count(|it| matches!(it, Problem::BrokenStack { .. })),
        unreadable: count(|it| matches!(it, Problem::NotAGoroutine { .. })),
        ..taken.quality
    };
    let missed = captured.pause.iter().flat_map(|pause| &pause.missed);
    let missed = missed.map(|missed| Problem::ThreadMissed {
        tid: missed.tid.as_raw(),
        state: missed.state,
        wait_channel: missed.wait_channel.clone(),
    });
    // What befell the whole process goes first: what is wrong with goroutines may come of it.
    let problems = omitted(evidence.omissions, captured)
        .chain(missed)
        .chain(broken)
        .collect();
    Unbound(Report {
        target: target(evidence.facts, found),
        rules: found.layout.rules,
        taken,
        goroutines,
        threads,
        gomaxprocs: found.roots.allp.map(|_| ps.len()),
        process: None,
        health: None,
        now: scene.now,
        prints_labels: found.roots.prints_labels(memory),
        sites: Vec::new(),
        paths: Vec::new(),
        objects: Vec::new(),
        groups: Vec::new(),
        findings: Vec::new(),
        deep: false,
        changes: None,
        problems,
        crash: None,
    })
}

/// A report whose sites and paths are still in the book.
#[derive(Debug)]
pub struct Unbound(Report);

impl Unbound {
    /// The report.
    #[must_use]
    pub fn bind(self, book: Book) -> Report {
        let (sites, paths) = book.close();
        Report {
            sites,
            paths,
            ..self.0
        }
    }
}

/// What of a stack was counted instead of kept.
fn left_out(goroutine: &Goroutine) -> Option<Problem> {
    let gap = goroutine.stack.gap.as_ref()?;
    Some(Problem::LeftOut {
        id: goroutine.id,
        frames: gap.frames(),
    })
}

/// What a plan or a capture left out, as problems.
fn omitted(omissions: &[Omission], captured: &Captured) -> impl Iterator<Item = Problem> {
    let omitted = omissions.iter().filter_map(|omission| match omission {
        Omission::Goroutines { claimed } => Some(Problem::TooManyGoroutines { claimed: *claimed }),
        // Its walk has ended early, and says so itself.
        Omission::Stack { .. } => None,
        Omission::Bytes => Some(Problem::TooManyBytes),
    });
    omitted.chain(captured.cut_short.then_some(Problem::CutShort))
}

fn target(facts: &Facts, found: &Found<'_>) -> Target {
    Target {
        pid: facts.pid.as_raw(),
        name: facts.name.raw().to_owned(),
        go_version: found.build.go.raw.clone(),
        age: facts.age,
        arch: found.arch.name(),
        stripped: found.stripped,
        layout_from: found.layout.from.to_string(),
        layout_exact: found.layout.from.is_exact(),
        allgs_by: method_name(found.roots.allgs.by),
        files: found.files.clone(),
    }
}

/// What to call a way of finding a global.
#[must_use]
pub fn method_name(method: Method) -> &'static str {
    match method {
        Method::Symbol => "symbol",
        Method::Code => "code",
        Method::Value => "value",
    }
}

/// Where goroutines are made from: their stacks, and all else.
#[derive(Copy, Clone)]
pub(crate) struct Bytes<'m> {
    pub(crate) stacks: &'m Snapshot,
    pub(crate) rest: &'m dyn Memory,
}

/// Makes goroutines, one after the other, and remembers what they have in common.
pub(crate) struct Assembly<'a, 'd, 'v> {
    scene: Scene<'a, 'd>,
    extras: Extras<'a, 'd, 'v>,
    /// By address.
    ms: HashMap<Addr, M>,
    /// By the M's address.
    on_threads: HashMap<Addr, OnThread>,
    walker: Walker<'a, 'd>,
    places: Places<'a, 'd>,
    states: HashMap<(u32, u8), Arc<str>>,
    /// Whether of every goroutine all is read that its details are made of.
    reads_on: bool,
    types: Vec<Span>,
    /// Which frames of a path keep deferred calls.
    deferring: FxHashMap<u32, Box<[usize]>>,
    pub(crate) problems: Vec<Problem>,
}

impl<'a, 'd, 'v> Assembly<'a, 'd, 'v> {
    /// One for goroutines that are on no thread.
    pub(crate) fn new(scene: Scene<'a, 'd>) -> Assembly<'a, 'd, 'v> {
        let found = scene.found;
        let (rules, ids, arch) = (found.layout.rules, found.layout.enums.func_ids, found.arch);
        Assembly {
            scene,
            extras: Extras::default(),
            ms: HashMap::new(),
            on_threads: HashMap::new(),
            walker: Walker::new(&found.code, arch, ids, rules, MAX_FRAMES).keeping_ends(),
            places: Places::new(&found.code, ids, rules, arch.frame(), scene.book),
            states: HashMap::new(),
            reads_on: false,
            types: found.types(),
            deferring: FxHashMap::default(),
            problems: Vec::new(),
        }
    }

    /// One that reads of every goroutine all that its details are made of, for a memory that keeps what was read.
    pub(crate) fn that_reads_on(self) -> Self {
        Assembly {
            reads_on: true,
            ..self
        }
    }

    fn of(scene: Scene<'a, 'd>, look: Look<'a, 'd, 'v>) -> Assembly<'a, 'd, 'v> {
        let found = scene.found;
        let memory = &look.captured.snapshot;
        let ms = sched::ms(memory, &found.layout.fields, &found.roots, &scene.limits);
        let by_tid = threads::by_inner_tid(look.threads);
        let registers = |tid| by_tid.get(&tid)?.registers;
        let on_thread = |m: &M| Some((m.addr, threads::on_thread(m, registers)?));
        Assembly {
            extras: look.extras,
            on_threads: ms.iter().filter_map(on_thread).collect(),
            ms: ms.into_iter().map(|m| (m.addr, m)).collect(),
            ..Assembly::new(scene)
        }
    }
}
