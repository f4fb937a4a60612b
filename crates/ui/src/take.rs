//! Taking from a target what a report needs: the plan of what to copy, and whoever carries it out.

use crate::find::Found;
use crate::locals::Variables;
use crate::options::Options;
use crate::threads;
use gopeek_attach::capture::{Captured, Held, PauseLimits, capture, capture_running};
use gopeek_attach::threads::Thread;
use gopeek_attach::{AttachError, Process};
use gopeek_layout::Limits;
use gopeek_layout::capture::Omission;
use gopeek_layout::goroutine::Goroutines;
use gopeek_layout::mem::Layered;
use gopeek_layout::moduledata::ReadOnly;
use gopeek_layout::noting::Noting;
use gopeek_layout::sched;
use gopeek_layout::{Addr, Memory, Plan, Span};
use gopeek_unwind::{OnThread, Walker};
use std::collections::HashSet;

/// A target that is stopped while a GC moves a stack has that one goroutine between two stacks for a moment; the
/// next moment will do.
const TRIES: usize = 3;
/// More frames than this of one goroutine are not looked at for variables.
const MAX_FRAMES: usize = 10_000;
/// Variables that lead to each other come in so many waves at most.
const MAX_WAVES: usize = 64;

/// What to take, and from whom.
pub(crate) struct Capture<'a, 'd> {
    pub(crate) process: &'a Process,
    pub(crate) found: &'a Found<'d>,
    pub(crate) options: &'a Options,
    /// Its threads, as they were a moment ago.
    pub(crate) seen: &'a [Thread],
    pub(crate) limits: Limits,
}

/// What comes next, in the making.
struct Waves<'a> {
    plan: Plan<'a>,
    /// What was asked for on behalf of variables: what did not come will not come the next time.
    asked: HashSet<Span>,
    left: usize,
}

impl Capture<'_, '_> {
    /// Takes it while the target runs; with `variables`, all that they lead to.
    pub(crate) fn running(
        &self,
        variables: Option<&Variables<'_>>,
    ) -> Result<Captured, AttachError> {
        let mut waves = self.waves();
        capture_running(self.process, |held| self.next(&mut waves, held, variables))
    }

    /// Takes it while the target stands still; also what was left out. The thread that holds the target has the
    /// variables to itself.
    pub(crate) fn stopped(
        &self,
        mut variables: Option<&mut Variables<'_>>,
    ) -> Result<(Captured, Vec<Omission>), AttachError> {
        let mut again = 1..TRIES;
        loop {
            let mut waves = self.waves();
            let captured = capture(self.process, PauseLimits::default(), |held| {
                let variables = variables.as_deref_mut();
                self.next(&mut waves, held, variables.map(|it| &*it))
            })?;
            let omissions = waves.plan.omissions();
            let moving = omissions
                .iter()
                .any(|omission| matches!(omission, Omission::Stack { .. }));
            if !moving || again.next().is_none() {
                return Ok((captured, omissions.to_vec()));
            }
        }
    }

    fn waves(&self) -> Waves<'_> {
        let (fields, rules) = (&self.found.layout.fields, self.found.layout.rules);
        let selected = self.options.selected.clone();
        Waves {
            plan: Plan::new(fields, rules, self.found.roots, self.limits)
                .expecting(self.present_ms())
                .with_details_of(selected, self.found.types())
                .with_c_stacks(self.options.native),
            asked: HashSet::new(),
            left: MAX_WAVES,
        }
    }

    fn next(
        &self,
        waves: &mut Waves<'_>,
        held: Held<'_>,
        variables: Option<&Variables<'_>>,
    ) -> Vec<Span> {
        // The program's constants are in its file: they are not read through the target, which would grow it.
        let known = Layered {
            over: held.got,
            under: ReadOnly(&self.found.modules),
        };
        let sps: Vec<Addr> = held
            .standing
            .iter()
            .map(|standing| standing.registers.sp())
            .collect();
        let spans = waves.plan.next(&known, &sps);
        let Some(variables) = variables.filter(|_| spans.is_empty() && waves.left > 0) else {
            return spans;
        };
        waves.left -= 1;
        let missing = self.missing_of(variables, &known, held, waves.plan.selected());
        missing
            .into_iter()
            .filter(|span| waves.asked.insert(*span))
            .collect()
    }

    /// What the variables of the selected goroutines need to be read.
    fn missing_of(
        &self,
        variables: &Variables<'_>,
        known: &dyn Memory,
        held: Held<'_>,
        gs: &[Addr],
    ) -> Vec<Span> {
        let (layout, limits) = (&self.found.layout, self.limits);
        let (fields, rules) = (&layout.fields, layout.rules);
        let (code, ids) = (&self.found.code, layout.enums.func_ids);
        let mut walker = Walker::new(code, self.found.arch, ids, rules, MAX_FRAMES);
        let ms = sched::ms(known, fields, &self.found.roots, &limits);
        let noting = Noting::new(known);
        for goroutine in Goroutines::at(known, fields, rules, limits, gs.to_vec()).flatten() {
            let m = ms.iter().find(|m| m.addr == goroutine.m);
            let thread = m.and_then(|m| self.on_thread(m, held));
            let start = walker.start(known, &goroutine, thread.as_ref());
            let stack = walker.walk(known, start);
            let registers = thread.as_ref().map(|thread| &thread.registers);
            variables.of(&noting, self.found, start, registers, &stack);
        }
        noting.missing()
    }

    fn on_thread(&self, m: &sched::M, held: Held<'_>) -> Option<OnThread> {
        threads::on_thread(m, |inner_tid| {
            let seen = self.seen.iter().find(|seen| seen.inner_tid == inner_tid)?;
            let mut standing = held.standing.iter();
            let standing = standing.find(|standing| standing.tid == seen.tid)?;
            Some(standing.registers)
        })
    }

    /// The Ms that there are now. Asked for beforehand, they need no wave each while the target stands still.
    fn present_ms(&self) -> Vec<Addr> {
        let (fields, roots) = (&self.found.layout.fields, &self.found.roots);
        let (ms, _) = sched::chain(self.process, fields, roots, &self.limits);
        ms
    }
}
