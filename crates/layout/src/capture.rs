//! What to copy out of a target, asked for in waves: a plan that does no reading itself.
//!
//! Each wave follows from the bytes that the ones before brought: allgs, then the goroutines, then their stacks
//! and what hangs off them. Every length comes from the target and is held against the limits before it is
//! believed.

use crate::addr::{Addr, Span};
use crate::enums::{SCAN, status};
use crate::fields::Fields;
pub use crate::limits::Limits;
use crate::lists::{self, Element, List};
use crate::mem::{GoSlice, Memory, Word, read_bytes, read_word};
use crate::roots::Roots;
use crate::rules::{Labels, Rules};

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

/// The wave that comes next.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
enum Wave {
    Globals,
    Pointers,
    Goroutines,
    Stacks,
    Lists,
    Elements,
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
    lists: Vec<List>,
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
            last: Wave::Elements,
            budget: limits.total_bytes,
            goroutines: Vec::new(),
            lists: Vec::new(),
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

    /// The spans to copy next, given everything copied so far; empty when the capture is complete.
    pub fn next(&mut self, got: &dyn Memory) -> Vec<Span> {
        loop {
            let (spans, following) = match self.wave {
                Wave::Globals => (self.globals(), Wave::Pointers),
                Wave::Pointers => (self.pointers(got), Wave::Goroutines),
                Wave::Goroutines => (self.goroutines(got), Wave::Stacks),
                Wave::Stacks => (self.stacks(got), Wave::Lists),
                Wave::Lists => (
                    lists::elements(&self.lists, got, self.fields, &self.limits),
                    Wave::Elements,
                ),
                Wave::Elements => (
                    lists::contents(&self.lists, got, self.fields, &self.limits, self.budget),
                    Wave::Done,
                ),
                Wave::Done => return Vec::new(),
            };
            self.wave = if self.wave == self.last {
                Wave::Done
            } else {
                following
            };

            let spans = self.within_budget(spans);
            if !spans.is_empty() {
                return spans;
            }
        }
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
        std::iter::once(Span::new(self.roots.allgs.at, 24))
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
        vec![Span::new(
            slice.data,
            slice.len.min(self.limits.goroutines).saturating_mul(8),
        )]
    }

    fn goroutines(&mut self, got: &dyn Memory) -> Vec<Span> {
        self.goroutines = all_goroutines(got, self.roots.allgs.at, self.limits.goroutines);
        self.goroutines
            .iter()
            .map(|g| Span::new(*g, u64::from(self.fields.g.size)))
            .collect()
    }

    fn stacks(&mut self, got: &dyn Memory) -> Vec<Span> {
        let mut spans = Vec::with_capacity(self.goroutines.len());
        let wants_labels = self.rules.labels != Labels::None && self.roots.prints_labels(got);
        let mut record = vec![0u8; usize::try_from(self.fields.g.size).unwrap_or(0)];
        for &g in &self.goroutines {
            if got.read(g, &mut record).is_err() {
                continue;
            }
            match self.stack(&record) {
                Ok(stack) => spans.extend(stack),
                Err(cut) => {
                    self.omissions.push(Omission::Stack { g });
                    spans.extend(cut);
                }
            }
            let addr =
                |field: crate::record::Field<Addr>| field.of(&record).filter(|at| !at.is_null());
            if let Some(m) = addr(self.fields.g.m) {
                spans.push(Span::new(m, u64::from(self.fields.m.size)));
            }
            let bubble = self.fields.bubble.map(|bubble| bubble.size);
            let bubble = bubble.or(self.fields.synctest_group.map(|group| group.size));
            if let (Some(at), Some(size)) = (self.fields.g.bubble.and_then(addr), bubble) {
                spans.push(Span::new(at, u64::from(size)));
            }
            if let Some(header) = addr(self.fields.g.labels).filter(|_| wants_labels) {
                self.lists.push(List {
                    header,
                    element: Element::Label,
                });
                spans.push(Span::new(header, 24));
            }
            if let Some(header) = addr(self.fields.g.ancestors) {
                self.lists.push(List {
                    header,
                    element: Element::Ancestor,
                });
                spans.push(Span::new(header, 24));
            }
        }
        spans
    }

    /// The used part of a goroutine's stack; `Err` with what may be had where it is out of bounds or cut.
    fn stack(&self, record: &[u8]) -> Result<Option<Span>, Option<Span>> {
        let g = &self.fields.g;
        let state = g.status.of(record).unwrap_or(status::DEAD) & !SCAN;
        if status::has_no_stack(state) {
            return Ok(None);
        }
        let stack = g.stack_lo.of(record).zip(g.stack_hi.of(record));
        let (lo, hi) = stack.ok_or(None)?;
        // One that runs may be anywhere on its stack; the others go on where they said.
        let sps = [
            g.sched_sp.of(record),
            g.syscall_sp.of(record).filter(|sp| !sp.is_null()),
        ];
        let used = match state {
            status::RUNNING => Some(lo),
            _ => sps
                .into_iter()
                .flatten()
                .filter(|sp| lo <= *sp && *sp < hi)
                .min(),
        };
        let span = used.and_then(|used| Span::between(used, hi)).ok_or(None)?;
        if span.len > self.limits.stack_bytes {
            return Err(Some(Span::new(span.start, self.limits.stack_bytes)));
        }
        Ok(Some(span))
    }
}

/// The elements of allgs, as far as they were captured.
pub(crate) fn all_goroutines(got: &dyn Memory, allgs: Addr, limit: u64) -> Vec<Addr> {
    let Ok(slice) = read_word::<GoSlice>(got, allgs) else {
        return Vec::new();
    };
    let Ok(len) = usize::try_from(slice.len.min(limit).saturating_mul(8)) else {
        return Vec::new();
    };
    let bytes = read_bytes(got, slice.data, len).unwrap_or_default();
    bytes
        .chunks_exact(8)
        .filter_map(Addr::decode)
        .filter(|g| !g.is_null())
        .collect()
}
