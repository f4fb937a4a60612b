//! From captured bytes to a report: decode each goroutine, walk its stack, name its frames.

use crate::find::Found;
use crate::places::Places;
use crate::report::{Ancestor, Creator, Frame, Goroutine, Problem, Report, Stack, Taken, Target};
use gopeek_attach::Snapshot;
use gopeek_attach::capture::Captured;
use gopeek_attach::process::Facts;
use gopeek_attach::stop::Pause;
use gopeek_layout::capture::{Limits, Omission};
use gopeek_layout::enums::{Enums, status};
use gopeek_layout::goroutine::{Goroutine as Decoded, Goroutines, Undecoded};
use gopeek_layout::mem::{Layered, Run};
use gopeek_layout::roots::Method;
use gopeek_layout::rules::Bubble;
use gopeek_layout::{Addr, Memory};
use gopeek_unwind::pclntab::args::ArgToken;
use gopeek_unwind::system::is_system;
use gopeek_unwind::{End, Walker, start};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

/// More frames than this on one stack are counted as lost; Go's limit of 1 GiB allows for some 30 million.
const MAX_FRAMES: usize = 4_000_000;

/// Makes the report of what was captured. `now` is the target's monotonic clock, in ns.
#[must_use]
pub fn assemble(
    facts: &Facts,
    found: &Found<'_>,
    captured: &Captured,
    omissions: &[Omission],
    limits: Limits,
    now: i64,
) -> Report {
    let memory = &captured.snapshot;
    let mut assembly = Assembly::new(found, memory, now);
    for decoded in Goroutines::new(memory, &found.layout.fields, &found.roots, limits) {
        match decoded {
            Ok(goroutine) => assembly.add(&goroutine),
            Err(Undecoded { addr }) => assembly
                .problems
                .push(Problem::NotAGoroutine { addr: addr.get() }),
        }
    }
    let mut problems = assembly.problems;
    problems.extend(omissions.iter().filter_map(|omission| match omission {
        Omission::Goroutines { claimed } => Some(Problem::TooManyGoroutines { claimed: *claimed }),
        // Its walk has ended early, and says so itself.
        Omission::Stack { .. } => None,
        Omission::Bytes => Some(Problem::TooManyBytes),
    }));
    if captured.cut_short {
        problems.push(Problem::CutShort);
    }
    let taken = taken(captured);
    problems.extend(
        taken
            .threads_missed
            .iter()
            .map(|(tid, state)| Problem::ThreadMissed {
                tid: *tid,
                state: *state,
            }),
    );
    Report {
        target: target(facts, found),
        rules: found.layout.rules,
        taken,
        goroutines: assembly.goroutines,
        sites: assembly.places.into_sites(),
        words: assembly.words,
        problems,
    }
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
        let shape = found.arch.frame();
        Assembly {
            found,
            memory,
            now,
            finalizer_runs: found.roots.finalizer_runs(memory, rules),
            walker: Walker::new(&found.code, shape, ids, rules, MAX_FRAMES),
            places: Places::new(&found.code, ids, rules, shape),
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
        let start = start(decoded);
        // The stack is one run in the snapshot: it is looked up once, not for every word.
        let nothing = Run {
            start: Addr::NULL,
            bytes: &[],
        };
        let run = start
            .and_then(|start| self.memory.run_from(start.sp))
            .unwrap_or(nothing);
        let stack = Layered {
            over: run,
            under: self.memory,
        };
        let walked = self.walker.walk(&stack, start);
        let frames = walked
            .frames
            .iter()
            .map(|frame| self.frame(&stack, frame))
            .collect();
        let ids = &self.found.layout.enums.func_ids;
        let system = is_system(&self.found.code, ids, decoded, self.finalizer_runs);
        self.note(decoded, &walked.end);
        let goroutine = Goroutine {
            id: decoded.goid,
            addr: decoded.addr.get(),
            state: self.state(decoded),
            status: decoded.status,
            leaked: rules.leaked_and_deadextra && decoded.status == status::LEAKED,
            scanned: decoded.scanned,
            durable: self.is_durable(decoded),
            waited: waited(decoded, self.now),
            locked: decoded.locked,
            bubble: decoded.bubble,
            labels: decoded.labels.clone(),
            system,
            stack: Stack {
                frames,
                end: walked.end,
            },
            created_by: self.creator(decoded),
            ancestors: decoded
                .ancestors
                .iter()
                .map(|ancestor| self.ancestor(ancestor))
                .collect(),
        };
        self.goroutines.push(goroutine);
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
            site,
            args: u32::try_from(from).ok().filter(|_| complete),
        }
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
