//! From captured bytes to a report: decode each goroutine, walk its stack, name its frames.

mod detail;
mod goroutines;
mod machines;
mod stacks;

use crate::find::Found;
use crate::locals::Variables;
use crate::native::NativeCode;
use crate::places::Places;
use crate::report::{Goroutine, Problem, Report, Taken, Target};
use crate::threads;
use gopeek_attach::Snapshot;
use gopeek_attach::capture::Captured;
use gopeek_attach::process::Facts;
use gopeek_attach::stop::Pause;
use gopeek_layout::Addr;
use gopeek_layout::Limits;
use gopeek_layout::capture::Omission;
use gopeek_layout::goroutine::{Goroutines, Undecoded};
use gopeek_layout::mem::Layered;
use gopeek_layout::moduledata::ReadOnly;
use gopeek_layout::roots::Method;
use gopeek_layout::sched::{self, M};
use gopeek_unwind::{OnThread, Walker};
use std::collections::HashMap;
use std::sync::Arc;

/// More frames than this on one stack are counted as lost; Go's limit of 1 GiB allows for some 30 million.
const MAX_FRAMES: usize = 4_000_000;
/// Likewise, of one run of C frames.
const MAX_NATIVE_FRAMES: usize = 10_000;

/// Everything that was taken from a target: what a report is a pure function of.
#[derive(Debug)]
pub struct Evidence<'a, 'd> {
    /// The process, from outside.
    pub facts: &'a Facts,
    /// Go in it.
    pub found: &'a Found<'d>,
    /// The bytes.
    pub captured: &'a Captured,
    /// What the plan left out.
    pub omissions: &'a [Omission],
    /// What the plan kept within.
    pub limits: Limits,
    /// The target's monotonic clock, in ns.
    pub now: i64,
    /// Its threads.
    pub threads: Vec<threads::Found>,
    /// The goroutines of which everything is wanted.
    pub selected: &'a [u64],
    /// The code that is not Go's, where C frames are wanted.
    pub native: Option<&'a NativeCode<'d>>,
    /// The DWARF of its variables, where those are wanted.
    pub variables: Option<&'a Variables<'a>>,
}

/// Makes the report of what was captured.
#[must_use]
pub fn assemble(evidence: Evidence<'_, '_>) -> Report {
    let (facts, found, captured) = (evidence.facts, evidence.found, evidence.captured);
    let (memory, limits) = (&captured.snapshot, evidence.limits);
    let (fields, rules) = (&found.layout.fields, found.layout.rules);
    let ms = sched::ms(memory, fields, &found.roots, &limits);
    let mut assembly = Assembly::new(&evidence, &ms);
    let known = Layered {
        over: memory,
        under: ReadOnly(&found.modules),
    };
    for decoded in Goroutines::new(&known, fields, rules, &found.roots, limits) {
        match decoded {
            Ok(goroutine) => assembly.add(&goroutine),
            Err(Undecoded { addr }) => assembly
                .problems
                .push(Problem::NotAGoroutine { addr: addr.get() }),
        }
    }
    let ps = sched::ps(memory, fields, &found.roots, &limits);
    let threads = threads::join(evidence.threads, &ms, |m, registers| {
        assembly.machine(m, &ps, registers)
    });
    let taken = taken(captured);
    let missed = taken.threads_missed.iter().map(|(tid, state)| {
        let (tid, state) = (*tid, *state);
        Problem::ThreadMissed { tid, state }
    });
    // What befell the whole process goes first: what is wrong with goroutines may come of it.
    let problems = missed
        .chain(omitted(evidence.omissions, captured))
        .chain(assembly.problems)
        .collect();
    Report {
        target: target(facts, found),
        rules,
        taken,
        goroutines: assembly.goroutines,
        threads,
        gomaxprocs: found.roots.allp.map(|_| ps.len()),
        prints_labels: found.roots.prints_labels(memory),
        sites: assembly.places.into_sites(),
        words: assembly.words,
        problems,
    }
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
        name: facts.name.clone(),
        go_version: found.build.go.raw.clone(),
        arch: found.arch.name(),
        stripped: found.stripped,
        layout_from: found.layout.from.to_string(),
        layout_exact: found.layout.from.is_exact(),
        allgs_by: method_name(found.roots.allgs.by),
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

fn taken(captured: &Captured) -> Taken {
    let Pause {
        lasted,
        stopped,
        missed,
    } = captured.pause.clone().unwrap_or_default();
    Taken {
        stopped_for: captured.pause.as_ref().map(|_| lasted),
        threads_stopped: stopped,
        threads_missed: missed
            .iter()
            .map(|missed| (missed.tid.as_raw(), missed.state))
            .collect(),
        bytes: captured.snapshot.len(),
    }
}

/// A report in the making.
struct Assembly<'a, 'd> {
    found: &'a Found<'d>,
    memory: &'a Snapshot,
    now: i64,
    finalizer_runs: bool,
    limits: Limits,
    selected: &'a [u64],
    native: Option<&'a NativeCode<'d>>,
    variables: Option<&'a Variables<'a>>,
    /// By address.
    ms: HashMap<Addr, M>,
    /// By the M's address.
    on_threads: HashMap<Addr, OnThread>,
    walker: Walker<'a, 'd>,
    places: Places<'a, 'd>,
    states: HashMap<(u32, u8), Arc<str>>,
    goroutines: Vec<Goroutine>,
    words: Vec<u64>,
    problems: Vec<Problem>,
}

impl<'a, 'd> Assembly<'a, 'd> {
    fn new(evidence: &Evidence<'a, 'd>, ms: &[M]) -> Assembly<'a, 'd> {
        let (found, memory) = (evidence.found, &evidence.captured.snapshot);
        let rules = found.layout.rules;
        let ids = found.layout.enums.func_ids;
        let arch = found.arch;
        let by_tid = threads::by_inner_tid(&evidence.threads);
        let registers = |tid| by_tid.get(&tid)?.registers;
        let on_thread = |m: &M| Some((m.addr, threads::on_thread(m, registers)?));
        Assembly {
            found,
            memory,
            now: evidence.now,
            finalizer_runs: found.roots.finalizer_runs(memory, rules),
            limits: evidence.limits,
            selected: evidence.selected,
            native: evidence.native,
            variables: evidence.variables,
            ms: ms.iter().map(|m| (m.addr, *m)).collect(),
            on_threads: ms.iter().filter_map(on_thread).collect(),
            walker: Walker::new(&found.code, arch, ids, rules, MAX_FRAMES),
            places: Places::new(&found.code, ids, rules, arch.frame()),
            states: HashMap::new(),
            goroutines: Vec::new(),
            words: Vec::new(),
            problems: Vec::new(),
        }
    }
}
