//! From captured bytes to a report: decode each goroutine, walk its stack, name its frames.

use crate::detail::{self, Detail};
use crate::find::Found;
use crate::locals::Variables;
use crate::native::NativeCode;
use crate::places::Places;
use crate::report::NativeSegment;
use crate::report::{Ancestor, Creator, Frame, Goroutine, Problem, Report, Stack, Taken, Target};
use crate::threads::{self, Machine, SystemStack};
use gopeek_attach::Snapshot;
use gopeek_attach::capture::Captured;
use gopeek_attach::process::Facts;
use gopeek_attach::stop::Pause;
use gopeek_layout::capture::{Limits, Omission};
use gopeek_layout::enums::{Enums, status};
use gopeek_layout::goroutine::{Goroutine as Decoded, Goroutines, Undecoded};
use gopeek_layout::mem::{Layered, Run, read_word};
use gopeek_layout::moduledata::ReadOnly;
use gopeek_layout::registers::Registers;
use gopeek_layout::roots::Method;
use gopeek_layout::rules::Bubble;
use gopeek_layout::sched::{self, M, P, SystemG};
use gopeek_layout::{Addr, Memory, pending};
use gopeek_unwind::defers::{InFrame, in_frame};
use gopeek_unwind::native::Chain;
use gopeek_unwind::pclntab::args::ArgToken;
use gopeek_unwind::system::is_system;
use gopeek_unwind::{End, OnThread, Start, Walker};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

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
    let Evidence {
        facts,
        found,
        captured,
        omissions,
        limits,
        now,
        threads,
        selected,
        native,
        variables,
    } = evidence;
    let memory = &captured.snapshot;
    let (fields, rules) = (&found.layout.fields, found.layout.rules);
    let ms = sched::ms(memory, fields, &found.roots, &limits);
    let mut assembly = Assembly::new(found, memory, now);
    assembly.limits = limits;
    assembly.selected = selected;
    assembly.native = native;
    assembly.variables = variables;
    assembly.ms = ms.iter().map(|m| (m.addr, *m)).collect();
    assembly.on_threads = {
        let by_tid = threads::by_inner_tid(&threads);
        let on = |m: &M| Some((m.addr, threads::on_thread(m, &by_tid)?));
        ms.iter().filter_map(on).collect()
    };
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
    let threads = threads::join(threads, &ms, |m, registers| {
        assembly.machine(m, &ps, registers)
    });
    let taken = taken(captured);
    let mut problems = assembly.problems;
    problems.extend(omitted(omissions, captured));
    problems.extend(taken.threads_missed.iter().map(|(tid, state)| {
        let (tid, state) = (*tid, *state);
        Problem::ThreadMissed { tid, state }
    }));
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
    fn new(found: &'a Found<'d>, memory: &'a Snapshot, now: i64) -> Assembly<'a, 'd> {
        let rules = found.layout.rules;
        let ids = found.layout.enums.func_ids;
        let arch = found.arch;
        Assembly {
            found,
            memory,
            now,
            finalizer_runs: found.roots.finalizer_runs(memory, rules),
            limits: Limits::default(),
            selected: &[],
            native: None,
            variables: None,
            ms: HashMap::new(),
            on_threads: HashMap::new(),
            walker: Walker::new(&found.code, arch, ids, rules, MAX_FRAMES),
            places: Places::new(&found.code, ids, rules, arch.frame()),
            states: HashMap::new(),
            goroutines: Vec::new(),
            words: Vec::new(),
            problems: Vec::new(),
        }
    }

    fn add(&mut self, decoded: &Decoded) {
        let rules = self.found.layout.rules;
        if decoded.has_ended(rules) {
            return;
        }
        let thread = self.on_threads.get(&decoded.m);
        let start = self.walker.start(self.memory, decoded, thread);
        let walked = self.walk(start);
        let mut stack = self.stack(start, &walked);
        stack.native = self.native(decoded, &walked);
        let ids = &self.found.layout.enums.func_ids;
        let system = is_system(&self.found.code, ids, decoded, self.finalizer_runs);
        self.note(decoded, &walked.end);
        let detail = self.selected.contains(&decoded.goid);
        let detail = detail.then(|| Box::new(self.detail(decoded, start, &walked)));
        let goroutine = Goroutine {
            id: decoded.goid,
            addr: decoded.addr.get(),
            state: self.state(decoded),
            status: decoded.status,
            leaked: rules.leaked_and_deadextra && decoded.status == status::LEAKED,
            scanned: decoded.scanned,
            durable: self.is_durable(decoded),
            waited: waited(decoded, self.now),
            m: decoded.m.get(),
            locked_m: decoded.locked_m.get(),
            bubble: decoded.bubble,
            labels: decoded.labels.clone(),
            system,
            stack,
            created_by: self.creator(decoded),
            ancestors: decoded
                .ancestors
                .iter()
                .map(|ancestor| self.ancestor(ancestor))
                .collect(),
            detail,
        };
        self.goroutines.push(goroutine);
    }

    /// Walks a stack. It is one run in the snapshot, which is looked up once, not for every word.
    fn walk(&mut self, start: Option<Start>) -> gopeek_unwind::Stack {
        let stack = self.stack_memory(start.map(|start| start.sp));
        self.walker.walk(&stack, start)
    }

    fn stack_memory(&self, sp: Option<Addr>) -> Layered<Run<'a>, &'a Snapshot> {
        let nothing = Run {
            start: Addr::NULL,
            bytes: &[],
        };
        Layered {
            over: sp
                .and_then(|sp| self.memory.run_from(sp))
                .unwrap_or(nothing),
            under: self.memory,
        }
    }

    /// A walked stack as the report has it.
    fn stack(&mut self, start: Option<Start>, walked: &gopeek_unwind::Stack) -> Stack {
        let stack = self.stack_memory(start.map(|start| start.sp));
        let frames = walked.frames.iter().map(|frame| self.frame(&stack, frame));
        Stack {
            frames: frames.collect(),
            end: walked.end.clone(),
            from: start.map(|start| start.from),
            native: Vec::new(),
        }
    }

    /// The C frames of a goroutine that is in C, or in a callback from C.
    fn native(&mut self, decoded: &Decoded, walked: &gopeek_unwind::Stack) -> Vec<NativeSegment> {
        let Some(native) = self.native else {
            return Vec::new();
        };
        // One that is parked in a callback has no M, but one that waits for it.
        let m = self.ms.get(&decoded.m).or(self.ms.get(&decoded.locked_m));
        let Some(g0) = m.and_then(|m| m.g0) else {
            return Vec::new();
        };
        let chain = Chain {
            code: &self.found.code,
            ids: &self.found.layout.enums.func_ids,
            arch: self.found.arch,
            frames: &walked.frames,
            g0_sp: g0.sched.sp,
            registers: self
                .on_threads
                .get(&decoded.m)
                .map(|thread| &thread.registers),
            max_frames: MAX_NATIVE_FRAMES,
        };
        let segments = native.segments(self.memory, &chain, &mut self.places);
        let broken = segments.iter().filter_map(|segment| segment.broken.clone());
        let id = decoded.goid;
        self.problems
            .extend(broken.map(|why| Problem::BrokenNative { id, why }));
        segments
    }

    /// An M, and what its thread has on the stacks that the runtime keeps for it.
    fn machine(&mut self, m: &M, ps: &[P], registers: Option<&Registers>) -> Machine {
        let p = ps.iter().find(|p| p.addr == m.p).map(|p| p.id);
        let duty = self.duty(m.start_fn);
        Machine {
            id: m.id,
            addr: m.addr.get(),
            p,
            running: m.curg.get(),
            locked: m.locked_g.get(),
            spinning: m.spinning,
            blocked: m.blocked,
            in_c: m.in_c,
            is_extra: m.is_extra,
            c_calls: m.c_calls,
            duty,
            g0: m.g0.map(|g| self.system_stack(&g, registers)),
            gsignal: m.gsignal.map(|g| self.system_stack(&g, registers)),
        }
    }

    fn system_stack(&mut self, g: &SystemG, registers: Option<&Registers>) -> SystemStack {
        let start = registers
            .filter(|_| threads::is_on(registers, g))
            // Behind a system call there may be the next line.
            .map(|registers| Start::on_own_stack(&registers.in_handler()));
        SystemStack {
            g: g.addr.get(),
            stack: start.map(|start| {
                let walked = self.walk(Some(start));
                self.stack(Some(start), &walked)
            }),
        }
    }

    /// The name of the function that an M was started for. The closure lies in the executable's read-only data.
    fn duty(&mut self, closure: Addr) -> Option<Arc<str>> {
        let memory = ReadOnly(&self.found.modules);
        let code: Addr = read_word(&memory, closure).ok()?;
        let name = self.places.function_name(code);
        (!name.is_empty()).then_some(name)
    }

    fn detail(
        &mut self,
        decoded: &Decoded,
        start: Option<Start>,
        walked: &gopeek_unwind::Stack,
    ) -> Detail {
        let found = self.found;
        let memory = Layered {
            over: self.memory,
            under: ReadOnly(&found.modules),
        };
        let pending = pending::read(
            &memory,
            &found.layout.fields,
            &found.types(),
            &self.limits,
            decoded.addr,
        );
        let (code, shape, rules) = (&found.code, found.arch.frame(), found.layout.rules);
        let in_frames: Vec<InFrame> = walked
            .frames
            .iter()
            .flat_map(|frame| in_frame(&memory, code, shape, rules, frame))
            .collect();
        let ids = &found.layout.enums.func_ids;
        let in_sigpanic = walked.frames.iter().any(|frame| {
            let function = code.function(frame.pc);
            function.is_some_and(|function| function.id() == Some(ids.sigpanic))
        });
        let status = self.status(decoded.status);
        let detail = detail::detail(
            &mut self.places,
            decoded,
            status,
            pending,
            &in_frames,
            in_sigpanic,
        );
        let registers = self.on_threads.get(&decoded.m);
        let registers = registers.map(|thread| &thread.registers);
        let variables = self
            .variables
            .map(|variables| variables.of(&memory, found, start, registers, walked));
        Detail {
            variables: variables.unwrap_or_default(),
            ..detail
        }
    }

    fn note(&mut self, decoded: &Decoded, end: &End) {
        let id = decoded.goid;
        match end {
            End::Root | End::StackSwitch | End::ForeignCode => {}
            End::NoStart => self.problems.push(Problem::Running { id }),
            broken => self.problems.push(Problem::BrokenStack {
                id,
                end: broken.clone(),
            }),
        }
    }

    fn frame(&mut self, stack: &dyn Memory, frame: &gopeek_unwind::Frame) -> Frame {
        let site = self.places.site(frame.pc, frame.trap);
        let from = self.words.len();
        let complete = self.places.args(site).iter().all(|token| {
            let ArgToken::Word { offset, size, .. } = token else {
                return true;
            };
            let word = arg_word(stack, frame.argp, *offset, *size);
            self.words.extend(word);
            word.is_some()
        });
        if !complete {
            self.words.truncate(from);
        }
        Frame {
            sp: frame.sp.get(),
            site,
            args: u32::try_from(from).ok().filter(|_| complete),
        }
    }

    /// A status in the runtime's words.
    fn status(&self, status: u32) -> Arc<str> {
        let statuses = &self.found.layout.enums.statuses;
        let index = usize::try_from(status).unwrap_or(usize::MAX);
        Arc::from(statuses.get(index).map_or("???", |text| text))
    }

    /// What the header calls its state: the status, or the wait reason of one that waits.
    fn state(&mut self, decoded: &Decoded) -> Arc<str> {
        let Enums {
            statuses,
            wait_reasons,
            ..
        } = &self.found.layout.enums;
        let waits = decoded.status == status::WAITING
            || (self.found.layout.rules.leaked_and_deadextra && decoded.status == status::LEAKED);
        let reason = if waits { decoded.wait_reason } else { 0 };
        let text = || {
            let (texts, index, unknown) = match reason {
                0 => (
                    statuses,
                    usize::try_from(decoded.status).unwrap_or(usize::MAX),
                    "???",
                ),
                reason => (wait_reasons, usize::from(reason), "unknown wait reason"),
            };
            Arc::from(texts.get(index).map_or(unknown, |text| text))
        };
        self.states
            .entry((decoded.status, reason))
            .or_insert_with(text)
            .clone()
    }

    /// Whether ` (durable)` follows the state.
    fn is_durable(&self, decoded: &Decoded) -> bool {
        let applies = match self.found.layout.rules.bubble {
            Bubble::None | Bubble::Group => false,
            Bubble::Numbered => true,
            Bubble::NumberedWaiting => decoded.status == status::WAITING,
        };
        let enums = &self.found.layout.enums;
        let reason = usize::from(decoded.wait_reason);
        let says_so = enums
            .wait_reasons
            .get(reason)
            .is_some_and(|text| text.ends_with("(durable)"));
        let idle = enums.idle_in_synctest.get(reason).copied().unwrap_or(false);
        applies && decoded.bubble.is_some() && idle && !says_so
    }

    fn creator(&mut self, decoded: &Decoded) -> Option<Creator> {
        let place = self.places.go_statement(decoded.gopc)?;
        Some(Creator {
            place,
            goroutine: decoded.parent_goid,
        })
    }

    fn ancestor(&mut self, ancestor: &gopeek_layout::goroutine::Ancestor) -> Ancestor {
        Ancestor {
            id: ancestor.goid,
            places: ancestor
                .pcs
                .iter()
                .filter_map(|pc| self.places.call_at(*pc))
                .collect(),
            created_by: self.places.go_statement(ancestor.gopc),
        }
    }
}

fn waited(decoded: &Decoded, now: i64) -> Option<Duration> {
    let blocked = [status::WAITING, status::SYSCALL].contains(&decoded.status);
    let since = Some(decoded.wait_since).filter(|since| *since != 0 && blocked)?;
    u64::try_from(now.checked_sub(since)?)
        .ok()
        .map(Duration::from_nanos)
}

/// An argument as its slot holds it, without what lies beside it.
fn arg_word(memory: &dyn Memory, argp: Addr, offset: u8, size: u8) -> Option<u64> {
    let at = argp.checked_add(u64::from(offset))?;
    let mut word = [0u8; 8];
    let bytes = word.get_mut(..usize::from(size))?;
    memory.read(at, bytes).ok()?;
    Some(u64::from_le_bytes(word))
}
