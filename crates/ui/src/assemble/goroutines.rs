//! One goroutine of a report: its state, its stack, and where it comes from.

use super::{Assembly, Bytes};
use crate::report::{Ancestor, Creator, Goroutine, Problem, Stack};
use gopeek_attach::Snapshot;
use gopeek_layout::choose::Layout;
use gopeek_layout::enums::status;
use gopeek_layout::goroutine::{self, Goroutine as Decoded};
use gopeek_layout::rules::Bubble;
use gopeek_unwind::End;
use gopeek_unwind::system::is_system;
use std::sync::Arc;
use std::time::Duration;

impl Assembly<'_, '_, '_> {
    /// Makes one; nothing of one that has ended.
    pub(crate) fn make(&mut self, decoded: &Decoded, bytes: Bytes<'_>) -> Option<Goroutine> {
        if decoded.has_ended(self.scene.found.layout.rules) {
            return None;
        }
        let thread = self.on_threads.get(&decoded.m);
        let start = self.walker.start(bytes.stacks, decoded, thread);
        let walked = self.walk(start, bytes);
        let mut stack = self.stack(start, &walked, bytes);
        stack.native = self.native(decoded, &walked, bytes);
        self.note(decoded, &walked.end);
        if self.reads_on {
            self.pending(decoded, start, (stack.path, &walked), bytes);
        }
        let detail = self.scene.selected.contains(&decoded.goid);
        let detail =
            detail.then(|| Box::new(self.detail(decoded, start, (stack.path, &walked), bytes)));
        Some(Goroutine {
            detail,
            ..self.with_stack(decoded, stack)
        })
    }

    /// One that ran whenever it was looked at: what its record said last, and no stack.
    pub(crate) fn make_moved(&mut self, decoded: &Decoded) -> Option<Goroutine> {
        if decoded.has_ended(self.scene.found.layout.rules) {
            return None;
        }
        let nothing = Bytes {
            stacks: &Snapshot::default(),
            rest: &Snapshot::default(),
        };
        let walked = self.walk(None, nothing);
        let stack = self.stack(None, &walked, nothing);
        Some(Goroutine {
            moved: true,
            ..self.with_stack(decoded, stack)
        })
    }

    fn with_stack(&mut self, decoded: &Decoded, stack: Stack) -> Goroutine {
        let found = self.scene.found;
        let rules = found.layout.rules;
        let ids = &found.layout.enums.func_ids;
        let system = is_system(&found.code, ids, decoded, self.scene.finalizer_runs);
        Goroutine {
            id: decoded.goid,
            addr: decoded.addr.get(),
            state: self.state(decoded),
            status: decoded.status,
            leaked: rules.leaked_and_deadextra && decoded.status == status::LEAKED,
            scanned: decoded.scanned,
            durable: self.is_durable(decoded),
            waited: waited(decoded, self.scene.now),
            m: decoded.m.get(),
            locked_m: decoded.locked_m.get(),
            bubble: decoded.bubble,
            labels: decoded.labels.clone(),
            system,
            moved: false,
            stack,
            created_by: self.creator(decoded),
            ancestors: decoded
                .ancestors
                .iter()
                .map(|ancestor| self.ancestor(ancestor))
                .collect(),
            wait: None,
            group: None,
            detail: None,
        }
    }

    fn note(&mut self, decoded: &Decoded, end: &End) {
        let id = decoded.goid;
        if *end == End::NoStart {
            self.problems.push(if decoded.status == status::RUNNING {
                Problem::Running { id }
            } else {
                Problem::Misplaced { id }
            });
        } else if end.is_broken() {
            let end = end.clone();
            self.problems.push(Problem::BrokenStack { id, end });
        }
    }

    /// A status in the runtime's words.
    pub(super) fn status(&self, status: u32) -> Arc<str> {
        status_text(&self.scene.found.layout, status)
    }

    /// What the header calls its state: the status, or the wait reason of one that waits.
    fn state(&mut self, decoded: &Decoded) -> Arc<str> {
        let key = (decoded.status, decoded.wait_reason);
        if let Some(known) = self.states.get(&key) {
            return known.clone();
        }
        let text = state_text(
            &self.scene.found.layout,
            decoded.status,
            decoded.wait_reason,
        );
        self.states.insert(key, Arc::clone(&text));
        text
    }

    /// Whether ` (durable)` follows the state.
    fn is_durable(&self, decoded: &Decoded) -> bool {
        let applies = match self.scene.found.layout.rules.bubble {
            Bubble::None | Bubble::Group => false,
            Bubble::Numbered => true,
            Bubble::NumberedWaiting => decoded.status == status::WAITING,
        };
        let enums = &self.scene.found.layout.enums;
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

    fn ancestor(&mut self, ancestor: &goroutine::Ancestor) -> Ancestor {
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

/// What a header calls the state of a goroutine: its status, or its wait reason where it waits for one.
pub(crate) fn state_text(layout: &Layout, status: u32, wait_reason: u8) -> Arc<str> {
    let leaked = layout.rules.leaked_and_deadextra && status == status::LEAKED;
    if wait_reason == 0 || !(status == status::WAITING || leaked) {
        return status_text(layout, status);
    }
    let text = layout.enums.wait_reasons.get(usize::from(wait_reason));
    Arc::from(text.map_or("unknown wait reason", |text| text))
}

fn status_text(layout: &Layout, status: u32) -> Arc<str> {
    let index = usize::try_from(status).unwrap_or(usize::MAX);
    let text = layout.enums.statuses.get(index);
    Arc::from(text.map_or("???", |text| text))
}

fn waited(decoded: &Decoded, now: i64) -> Option<Duration> {
    let blocked = [status::WAITING, status::SYSCALL].contains(&decoded.status);
    let since = Some(decoded.wait_since).filter(|since| *since != 0 && blocked)?;
    u64::try_from(now.checked_sub(since)?)
        .ok()
        .map(Duration::from_nanos)
}
