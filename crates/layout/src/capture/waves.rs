//! The waves of a plan: what each of them asks for, given what the ones before brought.

use super::{Deep, Omission, Plan, ThreadStacks, Wave};
use crate::addr::{Addr, Span};
use crate::allgs;
use crate::goroutine::ancestors;
use crate::labels;
use crate::mem::{GoSlice, Memory, read_word};
use crate::noting::Noting;
use crate::pending;
use crate::sched;
use crate::stacks::{self, Places};
use std::collections::HashSet;

impl Plan<'_> {
    pub(super) fn globals(&self) -> Vec<Span> {
        let flags = [self.roots.finalizer_status, self.roots.traceback_labels];
        let flags = flags
            .into_iter()
            .flatten()
            .map(|root| Span::new(root.at, 4));
        let threads = self.roots.allm.map(|root| Span::new(root.at, 8));
        let processors = self.roots.allp.map(|root| Span::new(root.at, 24));
        let goroutines = self.known.map(|_| Span::new(self.roots.allgs.at, 24));
        goroutines
            .into_iter()
            .chain(threads)
            .chain(processors)
            .chain(flags)
            .collect()
    }

    fn allgs(&self, got: &dyn Memory) -> Option<GoSlice> {
        read_word(got, self.roots.allgs.at).ok()
    }

    pub(super) fn pointers(&mut self, got: &dyn Memory) -> Vec<Span> {
        let (at, limit) = (self.roots.allgs.at, self.limits.goroutines);
        let gs = self.known.and_then(|known| {
            let claimed = self.allgs(got)?.len;
            if claimed > limit {
                self.omissions.push(Omission::Goroutines { claimed });
            }
            allgs::elements(got, at, known, limit)
        });
        let ps = sched::all_ps(got, &self.roots, &self.limits);
        gs.into_iter().chain(ps).collect()
    }

    /// The Ms that were expected, then one by one those that are new: they are at the front of allm.
    pub(super) fn threads(&mut self, got: &dyn Memory) -> (Vec<Span>, Wave) {
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
    pub(super) fn system_gs(&self, got: &dyn Memory) -> Vec<Span> {
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

    pub(super) fn records(&mut self, got: &dyn Memory) -> Vec<Span> {
        let (allgs, limit) = (self.roots.allgs.at, self.limits.goroutines);
        let new = self
            .known
            .map(|known| allgs::captured(got, allgs, known, limit));
        self.goroutines.extend(new.into_iter().flatten());
        self.goroutines
            .iter()
            .map(|g| Span::new(*g, u64::from(self.fields.g.size)))
            .collect()
    }

    pub(super) fn stacks(&mut self, got: &dyn Memory, thread_sps: &[Addr]) -> Vec<Span> {
        let mut spans = Vec::with_capacity(self.goroutines.len());
        let mut places = Places::new(thread_sps);
        let mut record = vec![0u8; usize::try_from(self.fields.g.size).unwrap_or(0)];
        for &g in &self.goroutines {
            if got.read(g, &mut record).is_err() {
                continue;
            }
            let limit = self.limits.stack_bytes;
            let stack = stacks::used(&self.fields.g, &record, &mut places, limit);
            let stack = stack.unwrap_or_else(|cut| {
                self.omissions.push(Omission::Stack { g });
                cut
            });
            self.stacks.push((g, stack));
            spans.extend(stack);
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
            if goid.is_some_and(|goid| self.wants_all_of(goid)) {
                self.selected_gs.push(g);
                self.deep.push(Deep::Pending(g));
            }
        }
        spans.extend(self.of_threads(got, &places));
        spans
    }

    fn of_threads(&self, got: &dyn Memory, places: &Places) -> Vec<Span> {
        let limit = self.limits.thread_stack_bytes;
        let ms = sched::ms(got, self.fields, &self.roots, &self.limits);
        let of_c = self.thread_stacks == ThreadStacks::C;
        // Where C has been, the runtime does not know where a stack ends.
        let known = ms.iter().filter(|m| !of_c || !stacks::has_been_in_c(m));
        let system = known.flat_map(|m| [m.g0, m.gsignal]).flatten();
        let system: Vec<Span> = system.map(|g| g.stack).collect();
        let mut spans = places.thread_stacks(&system, limit);
        if of_c {
            spans.extend(stacks::of_c(&ms, limit));
        }
        spans
    }

    /// What is missing to follow everything one step further.
    pub(super) fn deeper(&mut self, got: &dyn Memory) -> (Vec<Span>, Wave) {
        let (mut spans, mut coming) = (Vec::new(), HashSet::new());
        for deep in std::mem::take(&mut self.deep) {
            let noting = Noting::new(got);
            self.follow(deep, &noting);
            let mut goes_on = false;
            for span in noting.missing() {
                // What was asked for before and did not come is not to be had.
                if self.asked.insert(span) {
                    spans.push(span);
                    coming.insert(span);
                }
                // Another may have asked for the same just now: a function that both defer.
                goes_on |= coming.contains(&span);
            }
            if goes_on {
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
    pub(super) fn follow(&self, deep: Deep, memory: &dyn Memory) {
        let (fields, limits) = (self.fields, &self.limits);
        match deep {
            Deep::Labels(at) => drop(labels::read(memory, fields, self.rules, limits, at)),
            Deep::Ancestors(at) => drop(ancestors(memory, fields, limits, at)),
            Deep::Pending(g) => drop(pending::read(memory, fields, &self.types, limits, g)),
        }
    }
}
