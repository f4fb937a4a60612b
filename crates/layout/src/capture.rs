//! What to copy out of a target, asked for in waves: a plan that does no reading itself.
//!
//! Each wave follows from the bytes that the ones before brought: allgs, then the goroutines, then their stacks
//! and what hangs off them. Every length comes from the target and is held against the limits before it is
//! believed.

use crate::addr::{Addr, Span};
use crate::allgs::all_goroutines;
use crate::fields::Fields;
use crate::goroutine::ancestors;
use crate::labels;
use crate::limits::Limits;
use crate::mem::{GoSlice, Memory, read_word};
use crate::noting::Noting;
use crate::pending;
use crate::roots::Roots;
use crate::rules::Rules;
use crate::sched;
use crate::stacks::{self, Places};
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
    /// Ms that were there before; asked for in one wave, rather than one by one along allm.
    expected_ms: Vec<Addr>,
    asked_m: Option<Addr>,
    /// Which goroutines everything is wanted of.
    selected: Vec<u64>,
    selected_gs: Vec<Addr>,
    types: Vec<Span>,
    c_stacks: bool,
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
            expected_ms: Vec::new(),
            asked_m: None,
            selected: Vec::new(),
            selected_gs: Vec::new(),
            types: Vec::new(),
            c_stacks: false,
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
            selected: goroutines,
            types,
            ..self
        }
    }

    /// The plan, with the stacks that C runs on, beyond what the runtime knows of them.
    #[must_use]
    pub fn with_c_stacks(self, wanted: bool) -> Plan<'a> {
        Plan {
            c_stacks: wanted,
            ..self
        }
    }

    /// The spans to copy next, given everything copied so far; empty when the capture is complete. `thread_sps` are
    /// the stack pointers of the threads that stand still.
    pub fn next(&mut self, got: &dyn Memory, thread_sps: &[Addr]) -> Vec<Span> {
        loop {
            let (spans, following) = match self.wave {
                Wave::Globals => (self.globals(), Wave::Pointers),
                Wave::Pointers => (self.pointers(got), Wave::Goroutines),
                Wave::Goroutines => (self.goroutines(got), Wave::Threads),
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

    /// What was left out.
    #[must_use]
    pub fn omissions(&self) -> &[Omission] {
        &self.omissions
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

    fn globals(&self) -> Vec<Span> {
        let flags = [self.roots.finalizer_status, self.roots.traceback_labels];
        let flags = flags
            .into_iter()
            .flatten()
            .map(|root| Span::new(root.at, 4));
        let threads = self.roots.allm.map(|root| Span::new(root.at, 8));
        let processors = self.roots.allp.map(|root| Span::new(root.at, 24));
        std::iter::once(Span::new(self.roots.allgs.at, 24))
            .chain(threads)
            .chain(processors)
            .chain(flags)
            .collect()
    }

    fn allgs(&self, got: &dyn Memory) -> Option<GoSlice> {
        read_word(got, self.roots.allgs.at).ok()
    }

    fn pointers(&mut self, got: &dyn Memory) -> Vec<Span> {
        let Some(slice) = self.allgs(got) else {
            return Vec::new();
        };
        if slice.len > self.limits.goroutines {
            self.omissions
                .push(Omission::Goroutines { claimed: slice.len });
        }
        let gs = Span::new(
            slice.data,
            slice.len.min(self.limits.goroutines).saturating_mul(8),
        );
        let ps = sched::all_ps(got, &self.roots, &self.limits);
        std::iter::once(gs).chain(ps).collect()
    }

    /// The Ms that were expected, then one by one those that are new: they are at the front of allm.
    fn threads(&mut self, got: &dyn Memory) -> (Vec<Span>, Wave) {
        let record = |m: Addr| Span::new(m, u64::from(self.fields.m.size));
        let expected = std::mem::take(&mut self.expected_ms);
        if !expected.is_empty() {
            return (expected.into_iter().map(record).collect(), Wave::Threads);
        }
        let (_, missing) = sched::chain(got, self.fields, &self.roots, &self.limits);
        // One that was asked for and did not come will not come the next time.
        match missing.filter(|m| self.asked_m.replace(*m) != Some(*m)) {
            Some(m) => (vec![record(m)], Wave::Threads),
            None => (Vec::new(), Wave::SystemGs),
        }
    }

    /// The g0 and gsignal of each M, and the Ps.
    fn system_gs(&self, got: &dyn Memory) -> Vec<Span> {
        let (ms, _) = sched::chain(got, self.fields, &self.roots, &self.limits);
        let m = &self.fields.m;
        let gs = ms
            .iter()
            .flat_map(|at| [m.g0, m.gsignal].map(|field| field.read(got, *at)))
            .flatten()
            .filter(|g| !g.is_null())
            .map(|g| Span::new(g, u64::from(self.fields.g.size)));
        let ps = sched::p_addrs(got, &self.roots, &self.limits);
        let ps = ps.into_iter().map(|p| sched::p_span(self.fields, p));
        gs.chain(ps).collect()
    }

    fn goroutines(&mut self, got: &dyn Memory) -> Vec<Span> {
        self.goroutines = all_goroutines(got, self.roots.allgs.at, self.limits.goroutines);
        self.goroutines
            .iter()
            .map(|g| Span::new(*g, u64::from(self.fields.g.size)))
            .collect()
    }

    fn stacks(&mut self, got: &dyn Memory, thread_sps: &[Addr]) -> Vec<Span> {
        let mut spans = Vec::with_capacity(self.goroutines.len());
        let mut places = Places::new(thread_sps);
        let mut record = vec![0u8; usize::try_from(self.fields.g.size).unwrap_or(0)];
        for &g in &self.goroutines {
            if got.read(g, &mut record).is_err() {
                continue;
            }
            match stacks::used(
                &self.fields.g,
                &record,
                &mut places,
                self.limits.stack_bytes,
            ) {
                Ok(stack) => spans.extend(stack),
                Err(cut) => {
                    self.omissions.push(Omission::Stack { g });
                    spans.extend(cut);
                }
            }
            let addr =
                |field: crate::record::Field<Addr>| field.of(&record).filter(|at| !at.is_null());
            // Where allm was not found, or does not lead to it.
            if let Some(m) = addr(self.fields.g.m)
                && self.fields.m.all_link.read(got, m).is_err()
            {
                spans.push(Span::new(m, u64::from(self.fields.m.size)));
            }
            let bubble = self.fields.bubble.map(|bubble| bubble.size);
            let bubble = bubble.or(self.fields.synctest_group.map(|group| group.size));
            if let (Some(at), Some(size)) = (self.fields.g.bubble.and_then(addr), bubble) {
                spans.push(Span::new(at, u64::from(size)));
            }
            let lists = [
                addr(self.fields.g.labels).map(|at| (at, Deep::Labels(at))),
                addr(self.fields.g.ancestors).map(|at| (at, Deep::Ancestors(at))),
            ];
            // Goroutines share the labels and the ancestors that they were started with.
            for (at, deep) in lists.into_iter().flatten() {
                if self.seen.insert(at) {
                    self.deep.push(deep);
                }
            }
            let goid = self.fields.g.goid.of(&record);
            if goid.is_some_and(|goid| self.selected.contains(&goid)) {
                self.selected_gs.push(g);
                self.deep.push(Deep::Pending(g));
            }
        }
        let ms = sched::ms(got, self.fields, &self.roots, &self.limits);
        let limit = self.limits.thread_stack_bytes;
        if self.c_stacks {
            spans.extend(places.thread_stacks(&[], limit));
            spans.extend(stacks::of_c(&ms, limit));
        } else {
            let system = ms.iter().flat_map(|m| [m.g0, m.gsignal]).flatten();
            let system: Vec<Span> = system.map(|g| g.stack).collect();
            spans.extend(places.thread_stacks(&system, limit));
        }
        spans
    }

    /// What is missing to follow everything one step further.
    fn deeper(&mut self, got: &dyn Memory) -> (Vec<Span>, Wave) {
        let mut spans = Vec::new();
        for deep in std::mem::take(&mut self.deep) {
            let noting = Noting::new(got);
            self.follow(deep, &noting);
            // What was asked for and did not come is not to be had.
            let missing = noting.missing();
            let new = missing.into_iter().filter(|span| self.asked.insert(*span));
            let before = spans.len();
            spans.extend(new);
            if spans.len() > before {
                self.deep.push(deep);
            }
        }
        let following = if spans.is_empty() {
            Wave::Done
        } else {
            Wave::Deep
        };
        (spans, following)
    }

    /// Decodes something for the sake of what `memory` notes.
    fn follow(&self, deep: Deep, memory: &dyn Memory) {
        let (fields, limits) = (self.fields, &self.limits);
        match deep {
            Deep::Labels(at) => drop(labels::read(memory, fields, self.rules, limits, at)),
            Deep::Ancestors(at) => drop(ancestors(memory, fields, limits, at)),
            Deep::Pending(g) => drop(pending::read(memory, fields, &self.types, limits, g)),
        }
    }
}
