//! What each goroutine waits for: from its state and its frames to the objects in memory.

use super::Ground;
use super::objects::Objects;
use super::primitive::{self, Holder, Primitive, calls};
use super::records::Record;
use super::selects;
use crate::report::{Case, Frame, Goroutine, Purpose, Report, Thread, Wait, Waiter};
use gopeek_attach::syscalls::{self, Use};
use gopeek_layout::Addr;
use gopeek_layout::enums::status;
use gopeek_layout::sync::{channel, sudog};
use rustc_hash::{FxHashMap, FxHashSet};
use std::cell::OnceCell;
use std::sync::Arc;

/// Finds out what goroutines wait for, one after the other.
pub(super) struct Waits<'g> {
    ground: &'g Ground<'g>,
    report: &'g Report,
    /// By the address of the M.
    threads: FxHashMap<u64, &'g Thread>,
    /// Those of the goroutines, in their order.
    records: &'g [Option<Record>],
    pub(super) objects: Objects<'g>,
    /// By its path and its state.
    primitives: FxHashMap<(u32, usize), Option<Primitive>>,
    /// The sudogs in the queues of each channel: those that receive, and those that send.
    queues: FxHashMap<Addr, [FxHashSet<Addr>; 2]>,
    /// Where each goroutine waits for a semaphore, where the goroutine itself does not say so.
    semaphores: OnceCell<FxHashMap<Addr, Addr>>,
}

impl<'g> Waits<'g> {
    pub(super) fn new(
        ground: &'g Ground<'g>,
        report: &'g Report,
        records: &'g [Option<Record>],
        objects: Objects<'g>,
    ) -> Self {
        Waits {
            ground,
            report,
            threads: report.threads_by_m(),
            records,
            objects,
            primitives: FxHashMap::default(),
            queues: FxHashMap::default(),
            semaphores: OnceCell::new(),
        }
    }

    /// What the goroutine of this index waits for. It becomes a waiter at its objects.
    pub(super) fn of(&mut self, index: u32, goroutine: &Goroutine) -> Option<Wait> {
        if goroutine.moved {
            return None;
        }
        let wait = match goroutine.status {
            status::SYSCALL => Some(self.syscall(index, goroutine)),
            status::WAITING | status::LEAKED => self.parked(index, goroutine),
            _ => None,
        }?;
        if let Wait::On { cases, select } = &wait {
            let sole = selects::sole(cases, *select, &|index| self.objects.kind(index));
            for (at, case) in cases.iter().enumerate() {
                let waiter = Waiter {
                    goroutine: index,
                    purpose: case.purpose,
                    select: *select,
                    sole: sole == Some(at),
                };
                self.objects.wait(case.object, waiter);
            }
        }
        Some(wait)
    }

    fn syscall(&mut self, index: u32, goroutine: &Goroutine) -> Wait {
        let thread = self.threads.get(&goroutine.m).copied();
        let in_c = |thread: &Thread| thread.m.as_ref().is_some_and(|m| m.in_c);
        if thread.is_some_and(in_c) {
            return Wait::C;
        }
        let call = thread.and_then(|thread| thread.syscall.as_ref());
        let arch = self.ground.found.arch;
        let file = call.and_then(|call| syscalls::descriptor(arch, call.number, call.args));
        let object = file.and_then(|(fd, does)| {
            let own = call.and_then(|call| call.own_file.as_deref());
            let object = self.objects.descriptor_of(i64::from(fd), own)?;
            let purpose = match does {
                Use::Read => Purpose::Read,
                Use::Write => Purpose::Write,
                Use::Lock => Purpose::Lock,
                Use::Sync => Purpose::Sync,
                Use::Other => Purpose::Wait,
            };
            let waiter = Waiter {
                goroutine: index,
                purpose,
                select: false,
                sole: true,
            };
            self.objects.wait(object, waiter);
            Some(object)
        });
        Wait::Syscall {
            text: call.map(|call| Arc::from(&*call.text)),
            object,
        }
    }

    fn parked(&mut self, index: u32, goroutine: &Goroutine) -> Option<Wait> {
        let g = Addr::new(goroutine.addr);
        let record = usize::try_from(index).ok();
        let record = record.and_then(|index| self.records.get(index)?.as_ref());
        // Few need them: most waits of the same kind look alike.
        let frames = || -> Vec<Frame<'_>> { self.report.frames(&goroutine.stack).collect() };
        let key = (goroutine.stack.path, Arc::as_ptr(&goroutine.state).addr());
        let primitive = *self
            .primitives
            .entry(key)
            .or_insert_with(|| primitive::of(&goroutine.state, &frames()));
        match primitive? {
            Primitive::Forever => Some(Wait::Forever),
            Primitive::Runtime => Some(Wait::Runtime),
            Primitive::Sleep => Some(Wait::Sleep {
                left: record
                    .and_then(|record| self.ground.wakes_at(record))
                    .map(|when| self.ground.left(when)),
            }),
            Primitive::Channel { select } => self.channels(goroutine, record?, select),
            Primitive::Semaphore(holder) => {
                let at = self.semaphore(g, record, frames)?;
                let object = self.objects.of_semaphore(at, holder)?;
                Some(one(object, purpose(holder, at)))
            }
            Primitive::Cond(frame) => {
                let list = element(g, record).or_else(|| argument(&frames(), frame))?;
                Some(one(self.objects.cond(list)?, Purpose::Wait))
            }
            Primitive::Poll(frame) => {
                let frames = frames();
                let object = self.objects.polled_file(argument(&frames, frame)?)?;
                let writes = frames.get(frame)?.words?.get(1).map(|word| word & 0xff);
                let purpose = match writes {
                    Some(mode) if mode == u64::from(b'w') => Purpose::Write,
                    _ => Purpose::Read,
                };
                Some(one(object, purpose))
            }
            Primitive::Coroutine(frame) => {
                let object = self.objects.coroutine(argument(&frames(), frame)?)?;
                Some(one(object, Purpose::Wait))
            }
            Primitive::Bubble => Some(one(self.objects.bubble(goroutine.bubble?)?, Purpose::Wait)),
        }
    }

    /// The channels that a goroutine waits at; in a state of which its sudogs say something else, nothing.
    fn channels(&mut self, goroutine: &Goroutine, record: &Record, select: bool) -> Option<Wait> {
        let g = Addr::new(goroutine.addr);
        let mut cases = Vec::new();
        for sudog in record
            .waits_by
            .iter()
            .filter(|sudog| sudog.g == g && !sudog.c.is_null())
        {
            let purpose = self.purpose(goroutine, sudog, select)?;
            cases.push(Case {
                object: self.objects.channel(sudog.c)?,
                purpose,
            });
        }
        (!cases.is_empty()).then(|| Wait::On {
            cases: cases.into(),
            select,
        })
    }

    fn purpose(
        &mut self,
        goroutine: &Goroutine,
        sudog: &sudog::Sudog,
        select: bool,
    ) -> Option<Purpose> {
        if !select {
            let sends = goroutine.state.starts_with("chan send");
            return Some(if sends {
                Purpose::Send
            } else {
                Purpose::Receive
            });
        }
        let ground = self.ground;
        let queues = self.queues.entry(sudog.c).or_insert_with(|| {
            let (fields, limits) = (ground.fields(), &ground.limits);
            channel::queues(ground.memory, fields, limits, sudog.c)
                .map(|queue| queue.into_iter().collect())
        });
        let [receive, send] = queues;
        if receive.contains(&sudog.addr) {
            Some(Purpose::Receive)
        } else {
            send.contains(&sudog.addr).then_some(Purpose::Send)
        }
    }

    /// Where the goroutine waits for a semaphore.
    fn semaphore<'r>(
        &self,
        g: Addr,
        record: Option<&Record>,
        frames: impl Fn() -> Vec<Frame<'r>>,
    ) -> Option<Addr> {
        let table = || self.semaphores.get_or_init(|| self.ground.semaphores());
        let known = element(g, record).or_else(|| table().get(&g).copied());
        known.or_else(|| {
            // Where the table was not found. The argument is alive for as long as the call, but not for sure.
            let acquires = |frame: &Frame<'_>| {
                calls(frame).any(|call| call.function.contains("runtime_Semacquire"))
            };
            let frames = frames();
            argument(&frames, frames.iter().position(acquires)?)
        })
    }
}

/// What its only sudog is about, where that is no channel: since Go 1.26.
fn element(g: Addr, record: Option<&Record>) -> Option<Addr> {
    let [only] = &record?.waits_by[..] else {
        return None;
    };
    let is_its = only.g == g && only.c.is_null() && !only.elem.is_null();
    is_its.then_some(only.elem)
}

fn one(object: u32, purpose: Purpose) -> Wait {
    Wait::On {
        cases: Box::new([Case { object, purpose }]),
        select: false,
    }
}

/// The first argument of a frame, which is an address.
fn argument(frames: &[Frame<'_>], frame: usize) -> Option<Addr> {
    let word = frames.get(frame)?.words?.first().copied()?;
    Some(Addr::new(word)).filter(|addr| !addr.is_null())
}

fn purpose(holder: Holder, at: Addr) -> Purpose {
    match holder {
        Holder::Mutex | Holder::Writers | Holder::Once => Purpose::Lock,
        Holder::LastReaders => Purpose::LastReaders,
        Holder::Readers => Purpose::RLock,
        Holder::WaitGroup | Holder::Unknown => Purpose::Wait,
        // As in `Objects::locked_file`.
        Holder::File if at.is_aligned(8) => Purpose::Read,
        Holder::File => Purpose::Write,
    }
}
