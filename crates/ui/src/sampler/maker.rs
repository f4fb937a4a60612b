//! From the records and stacks of a sweep to rows.

use super::intern::Interner;
use super::row::{Does, Row};
use crate::find::Found;
use gopeek_attach::Process;
use gopeek_attach::sweep::Seen;
use gopeek_layout::enums::status;
use gopeek_layout::goroutine::{Decoder, Goroutine};
use gopeek_layout::mem::{Layered, Run};
use gopeek_layout::moduledata::ReadOnly;
use gopeek_layout::{Addr, Memory, Span};
use gopeek_unwind::system::is_system;
use gopeek_unwind::{Frame, OnThread, Walker};

/// More of a stack of one in a system call is not read, in bytes: enough for what a screen shows.
pub(super) const MAX_STACK: usize = 256 << 10;

/// Makes rows, and remembers what they were made of.
pub(super) struct Maker<'a, 'd> {
    pub(super) process: &'a Process,
    pub(super) found: &'a Found<'d>,
    pub(super) decoder: Decoder<'a>,
    pub(super) walker: Walker<'a, 'd>,
    pub(super) interner: Interner<'a, 'd>,
    pub(super) finalizer_runs: bool,
    pub(super) rows: Vec<Row>,
    /// Those that are on a thread, by their places in allgs.
    pub(super) on_threads: Vec<usize>,
    /// Those whose stacks made no sense: they are to be looked at again.
    pub(super) broken: Vec<usize>,
    pub(super) frames: Vec<Frame>,
    pub(super) stack: Vec<u8>,
}

/// Nothing, for what need not be read.
const NOTHING: Run<'static> = Run {
    start: Addr::NULL,
    bytes: &[],
};

impl Maker<'_, '_> {
    /// What a sweep shows of the goroutine at a place of allgs.
    pub(super) fn see(&mut self, place: usize, g: Addr, seen: &Seen<'_>) {
        match seen {
            Seen::Same(record) => {
                // A GC writes it, to all of them.
                let since = self.found.layout.fields.g.wait_since.of(record);
                if let Some(row) = self.rows.get_mut(place).filter(|row| row.does.has_since()) {
                    row.since = since.unwrap_or(0);
                }
            }
            Seen::Changed { record, target } => {
                let row = self.decode(g, record).map(|goroutine| {
                    let stack = target.unwrap_or(NOTHING);
                    let row = self.row(&goroutine);
                    self.with_stack(row, &goroutine, &stack, None)
                });
                let row = row.unwrap_or_default();
                if row.moved {
                    self.broken.push(place);
                }
                self.put(place, row);
            }
            Seen::Moving(record) => {
                let row = self.decode(g, record).map(|goroutine| {
                    let on_thread = [status::RUNNING, status::SYSCALL].contains(&goroutine.status);
                    if on_thread {
                        self.on_threads.push(place);
                    }
                    Row {
                        moved: !on_thread,
                        ..self.row(&goroutine)
                    }
                });
                self.put(place, row.unwrap_or_default());
            }
            Seen::Unreadable => self.put(place, Row::default()),
        }
    }

    /// One that was in a system call or in C a moment ago: its thread has left its stack alone since, if it still is.
    pub(super) fn see_syscall(&mut self, place: usize, g: Addr, record: &mut [u8]) {
        if self.process.read(g, record).is_err() {
            return;
        }
        let Some(before) = self.decode(g, record) else {
            return;
        };
        let saved = before.syscall.map(|saved| saved.sp);
        let stack = saved.zip(before.stack.end());
        let Some(span) = stack.and_then(|(sp, end)| Span::between(sp, end)) else {
            return;
        };
        let len = usize::try_from(span.len).map_or(MAX_STACK, |len| len.min(MAX_STACK));
        let mut stack = std::mem::take(&mut self.stack);
        stack.resize(len, 0);
        let read = self.process.read(span.start, &mut stack).is_ok()
            && self.process.read(g, record).is_ok();
        let after = self.decode(g, record).filter(|_| read);
        let same = |after: &Goroutine| {
            (after.goid, after.status, after.syscall)
                == (before.goid, before.status, before.syscall)
        };
        if let Some(after) = after.filter(same) {
            let run = Run {
                start: span.start,
                bytes: &stack,
            };
            let row = self.row(&after);
            let row = self.with_stack(row, &after, &run, None);
            // It may have returned and entered another in between: what makes no sense is not shown.
            self.put(
                place,
                Row {
                    moved: false,
                    ..row
                },
            );
        }
        self.stack = stack;
    }

    /// A goroutine's record; nothing of one that has ended.
    pub(super) fn decode(&mut self, g: Addr, record: &[u8]) -> Option<Goroutine> {
        let rest = Layered {
            over: ReadOnly(&self.found.modules),
            under: self.process,
        };
        let decoded = self.decoder.decode(&rest, g, record);
        decoded.filter(|it| !it.has_ended(self.found.layout.rules) && it.status != status::IDLE)
    }

    /// Its row, but for its stack.
    pub(super) fn row(&mut self, goroutine: &Goroutine) -> Row {
        let does = Does::of(goroutine.status);
        let ids = &self.found.layout.enums.func_ids;
        Row {
            id: goroutine.goid,
            parent: goroutine.parent_goid,
            since: if does.has_since() {
                goroutine.wait_since
            } else {
                0
            },
            m: goroutine.m.get(),
            way: 0,
            // The runtime made the first one, which is told of nobody.
            creator: if goroutine.goid == 1 {
                0
            } else {
                self.interner.creator(goroutine.gopc)
            },
            labels: self.interner.labels(&goroutine.labels),
            state: self.interner.state(goroutine),
            does,
            system: is_system(&self.found.code, ids, goroutine, self.finalizer_runs),
            locked: !goroutine.locked_m.is_null(),
            moved: false,
        }
    }

    /// The row with the way that the goroutine's stack takes; marked where that makes no sense.
    pub(super) fn with_stack(
        &mut self,
        row: Row,
        goroutine: &Goroutine,
        stack: &dyn Memory,
        thread: Option<&OnThread>,
    ) -> Row {
        let start = self.walker.start(stack, goroutine, thread);
        let mut frames = std::mem::take(&mut self.frames);
        let end = self.walker.walk_into(stack, start, &mut frames);
        let sound = !end.is_broken() || end == gopeek_unwind::End::TooDeep;
        let row = Row {
            way: if sound {
                self.interner.way(&frames, &end)
            } else {
                0
            },
            moved: !sound,
            ..row
        };
        self.frames = frames;
        row
    }

    pub(super) fn put(&mut self, place: usize, row: Row) {
        if let Some(at) = self.rows.get_mut(place) {
            *at = row;
        }
    }
}
