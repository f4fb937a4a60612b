//! What to copy out of a target, asked for in waves: a plan that does no reading itself.
//!
//! Each wave follows from the bytes that the ones before brought: allgs, then the goroutines, then their stacks
//! and what hangs off them. Every length comes from the target and is held against the limits before it is
//! believed.

mod waves;

use crate::addr::{Addr, Span};
use crate::fields::Fields;
use crate::goroutine::Goroutines;
use crate::limits::Limits;
use crate::mem::Memory;
use crate::noting::Noting;
use crate::roots::Roots;
use crate::rules::Rules;
use std::collections::HashSet;

/// Something that the limits, or the target's own state, kept from being copied.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Omission {
    /// allgs claims more goroutines than the limit; the rest is left out.
    Goroutines {
        /// How many it claims.
        claimed: u64,
    },
    /// A goroutine's stack is left out or cut: its bounds make no sense, or it is over a limit.
    Stack {
        /// The goroutine.
        g: Addr,
    },
    /// The limit of bytes in all is reached: what would have come next is left out.
    Bytes,
}

/// Which stacks of threads are wanted besides those of the goroutines that they run.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Default)]
pub enum ThreadStacks {
    /// Those that the runtime keeps for the threads that are on them: g0's and gsignal's.
    #[default]
    Runtime,
    /// Those that C runs on, too, beyond what the runtime knows of them.
    C,
}

/// What is found by following it from part to part.
#[derive(Copy, Clone, Debug)]
enum Deep {
    /// A goroutine's labels, at the address in its g.
    Labels(Addr),
    /// Its ancestors, likewise.
    Ancestors(Addr),
    /// What a goroutine is yet to do, of which this is the g.
    Pending(Addr),
}

/// The wave that comes next.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
enum Wave {
    Globals,
    Pointers,
    Goroutines,
    Threads,
    SystemGs,
    Stacks,
    Deep,
    Done,
}

/// A capture in progress.
#[derive(Clone, Debug)]
pub struct Plan<'a> {
    fields: &'a Fields,
    rules: &'a Rules,
    roots: Roots,
    limits: Limits,
    wave: Wave,
    last: Wave,
    budget: u64,
    goroutines: Vec<Addr>,
    /// How many of allgs were looked at before; nothing where goroutines are not wanted.
    known: Option<u64>,
    stacks: Vec<(Addr, Option<Span>)>,
    /// Ms that were there before; asked for in one wave, rather than one by one along allm.
    expected_ms: Vec<Addr>,
    asked_m: Option<Addr>,
    /// Which goroutines everything is wanted of; nothing for all of them.
    selected: Option<Vec<u64>>,
    selected_gs: Vec<Addr>,
    types: Vec<Span>,
    thread_stacks: ThreadStacks,
    deep: Vec<Deep>,
    seen: HashSet<Addr>,
    asked: HashSet<Span>,
    omissions: Vec<Omission>,
}

impl<'a> Plan<'a> {
    /// The plan for one target.
    #[must_use]
    pub fn new(fields: &'a Fields, rules: &'a Rules, roots: Roots, limits: Limits) -> Plan<'a> {
        Plan {
            fields,
            rules,
            roots,
            limits,
            wave: Wave::Globals,
            last: Wave::Deep,
            budget: limits.total_bytes,
            goroutines: Vec::new(),
            known: Some(0),
            stacks: Vec::new(),
            expected_ms: Vec::new(),
            asked_m: None,
            selected: Some(Vec::new()),
            selected_gs: Vec::new(),
            types: Vec::new(),
            thread_stacks: ThreadStacks::default(),
            deep: Vec::new(),
            seen: HashSet::new(),
            asked: HashSet::new(),
            omissions: Vec::new(),
        }
    }

    /// A plan for the goroutines alone, to count them.
    #[must_use]
    pub fn without_stacks(
        fields: &'a Fields,
        rules: &'a Rules,
        roots: Roots,
        limits: Limits,
    ) -> Plan<'a> {
        Plan {
            last: Wave::Goroutines,
            ..Plan::new(fields, rules, roots, limits)
        }
    }

    /// A plan for some goroutines and nothing else: no threads, and none of the others.
    #[must_use]
    pub fn of(
        goroutines: &[Addr],
        fields: &'a Fields,
        rules: &'a Rules,
        roots: Roots,
        limits: Limits,
    ) -> Plan<'a> {
        Plan {
            wave: Wave::Goroutines,
            goroutines: goroutines.to_vec(),
            ..Plan::new(fields, rules, roots, limits)
        }
    }

    /// The plan, told which Ms there were a moment ago.
    #[must_use]
    pub fn expecting(self, ms: Vec<Addr>) -> Plan<'a> {
        Plan {
            expected_ms: ms,
            ..self
        }
    }

    /// The plan, with all that hangs off the goroutines of these numbers. `types` are the modules' type descriptors.
    #[must_use]
    pub fn with_details_of(self, goroutines: Vec<u64>, types: Vec<Span>) -> Plan<'a> {
        Plan {
            selected: Some(goroutines),
            types,
            ..self
        }
    }

    /// Likewise, of all goroutines.
    #[must_use]
    pub fn with_details_of_all(self, types: Vec<Span>) -> Plan<'a> {
        Plan {
            selected: None,
            types,
            ..self
        }
    }

    /// The plan, with these of the stacks that threads have besides those of their goroutines.
    #[must_use]
    pub fn with_thread_stacks(self, wanted: ThreadStacks) -> Plan<'a> {
        Plan {
            thread_stacks: wanted,
            ..self
        }
    }

    /// The plan, of which the first `known` goroutines of allgs were looked at before: only those at [`Plan::add`] and
    /// those behind them are wanted.
    #[must_use]
    pub fn after(self, known: u64) -> Plan<'a> {
        Plan {
            known: Some(known),
            ..self
        }
    }

    /// The plan, for what the runtime has besides goroutines: its threads and their stacks, its Ps, its settings.
    #[must_use]
    pub fn without_goroutines(self) -> Plan<'a> {
        Plan {
            known: None,
            ..self
        }
    }

    /// Goroutines that are wanted though they were looked at before. Said before the plan comes to goroutines.
    pub fn add(&mut self, goroutines: &[Addr]) {
        self.goroutines.extend_from_slice(goroutines);
    }

    /// The spans to copy next, given everything copied so far; empty when the capture is complete. `thread_sps` are
    /// the stack pointers of the threads that stand still.
    pub fn next(&mut self, got: &dyn Memory, thread_sps: &[Addr]) -> Vec<Span> {
        loop {
            let (spans, following) = match self.wave {
                Wave::Globals => (self.globals(), Wave::Pointers),
                Wave::Pointers => (self.pointers(got), Wave::Goroutines),
                Wave::Goroutines => (self.records(got), Wave::Threads),
                Wave::Threads => self.threads(got),
                Wave::SystemGs => (self.system_gs(got), Wave::Stacks),
                Wave::Stacks => (self.stacks(got, thread_sps), Wave::Deep),
                Wave::Deep => self.deeper(got),
                Wave::Done => return Vec::new(),
            };
            // The last wave may come several times.
            let over = self.wave == self.last && following != self.last;
            self.wave = if over { Wave::Done } else { following };

            let spans = self.within_budget(spans);
            if !spans.is_empty() {
                return spans;
            }
        }
    }

    /// The gs of the goroutines that everything is wanted of, once they were found.
    #[must_use]
    pub fn selected(&self) -> &[Addr] {
        &self.selected_gs
    }

    /// The goroutines that it is about: those that it was told of, then the new ones, in allgs order.
    #[must_use]
    pub fn goroutines(&self) -> &[Addr] {
        &self.goroutines
    }

    /// The goroutines whose records came, and the part of each one's stack that was asked for.
    #[must_use]
    pub fn looked_at(&self) -> &[(Addr, Option<Span>)] {
        &self.stacks
    }

    /// Whether what was copied has all that the record of a goroutine leads to, but for its stack; nothing is lacking of
    /// what the plan would ask for.
    #[must_use]
    pub fn is_whole(&self, got: &dyn Memory, g: Addr) -> bool {
        let noting = Noting::new(got);
        let (fields, rules, limits) = (self.fields, self.rules, self.limits);
        for goroutine in Goroutines::at(&noting, fields, rules, limits, vec![g]).flatten() {
            if self.wants_all_of(goroutine.goid) {
                self.follow(Deep::Pending(g), &noting);
            }
        }
        noting.missing().is_empty()
    }

    /// What was left out.
    #[must_use]
    pub fn omissions(&self) -> &[Omission] {
        &self.omissions
    }

    /// Whether everything is wanted of the goroutine of this number.
    fn wants_all_of(&self, goid: u64) -> bool {
        let selected = self.selected.as_ref();
        selected.is_none_or(|selected| selected.contains(&goid))
    }

    fn within_budget(&mut self, spans: Vec<Span>) -> Vec<Span> {
        let mut kept = Vec::with_capacity(spans.len());
        for span in spans {
            let Some(rest) = self.budget.checked_sub(span.len) else {
                self.omissions.push(Omission::Bytes);
                self.wave = Wave::Done;
                break;
            };
            self.budget = rest;
            kept.push(span);
        }
        kept
    }
}
