//! The diagnosis of a text dump: what its goroutines wait at, as far as the arguments of their calls say.
//!
//! Only arguments that were still there are gone by; of others Go prints what happens to lie in their place, with a `?`.
//! There is no memory to read, so that objects have addresses and no state, and no code, so that few holders show.

use super::Again;
use super::findings;
use super::groups::groups;
use super::primitive::{self, Holder, Primitive, calls};
use super::surroundings::Surroundings;
use super::text_locks;
use crate::describe;
use crate::report::{
    Case, Channel, File, Frame, Goroutine, Kind, Mutex, Object, Problem, Purpose, Report, RwMutex,
    Wait, Waiter,
};
use gopeek_attach::descriptors::Descriptors;
use gopeek_layout::enums::status;
use gopeek_layout::sync::words;
use gopeek_unwind::pclntab::args::ArgToken;
use rustc_hash::FxHashMap;
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::mem::discriminant;

/// Completes the report of a text dump: waits, objects, groups, findings.
pub(crate) fn diagnose(report: &mut Report) {
    let mut objects = Objects::default();
    let all = report.goroutines.iter().zip(0u32..);
    let waits: Vec<Option<Wait>> = all
        .map(|(goroutine, index)| {
            let wait = wait(report, goroutine, &mut objects)?;
            if let Wait::On { cases, .. } = &wait {
                cases.iter().for_each(|case| objects.wait(*case, index));
            }
            Some(wait)
        })
        .collect();
    let mut objects = objects.all;
    let unknown = report.goroutines.iter().zip(&waits);
    let unknown = unknown.filter(|(goroutine, wait)| {
        let waits = [status::WAITING, status::LEAKED].contains(&goroutine.status);
        waits && wait.is_none()
    });
    let unknown = unknown.count();
    for (goroutine, wait) in report.goroutines.iter_mut().zip(waits) {
        goroutine.wait = wait;
    }
    if unknown > 0 {
        report.problems.push(Problem::Text {
            what: describe::no_addresses(unknown),
        });
    }
    text_locks::suspect(report, &mut objects);
    for object in &mut objects {
        object
            .waiters
            .sort_by_key(|waiter| Reverse(report.waited(waiter.goroutine)));
    }
    report.objects = objects;
    let surroundings = Surroundings {
        descriptors: Descriptors::default(),
        peers: &|_| BTreeMap::new(),
    };
    report.groups = groups(None, report, &surroundings);
    report.join_groups();
    report.findings = findings::findings(report, &Again::default());
    text_locks::add_findings(report);
}

/// The objects so far, each once.
#[derive(Default)]
struct Objects {
    all: Vec<Object>,
    known: FxHashMap<(u64, std::mem::Discriminant<Kind>), u32>,
}

impl Objects {
    fn intern(&mut self, addr: u64, kind: Kind) -> Option<u32> {
        let key = (addr, discriminant(&kind));
        if let Some(known) = self.known.get(&key) {
            return Some(*known);
        }
        let index = u32::try_from(self.all.len()).ok()?;
        let is_bubble = kind == Kind::Bubble;
        self.all.push(Object {
            // That of a bubble is its number.
            addr: if is_bubble { 0 } else { addr },
            name: None,
            kind,
            waiters: Vec::new(),
            suspects: Vec::new(),
            unreachable: false,
            reached_from: None,
            global: true,
            unheld: false,
            exhausted: false,
            unread: true,
        });
        self.known.insert(key, index);
        Some(index)
    }

    fn wait(&mut self, case: Case, goroutine: u32) {
        let object = usize::try_from(case.object).ok();
        if let Some(object) = object.and_then(|at| self.all.get_mut(at)) {
            object.waiters.push(Waiter {
                goroutine,
                purpose: case.purpose,
                select: false,
                sole: true,
            });
        }
    }
}

/// What a goroutine waits for; nothing where the text has no address of it.
fn wait(report: &Report, goroutine: &Goroutine, objects: &mut Objects) -> Option<Wait> {
    match goroutine.status {
        status::SYSCALL => {
            return Some(Wait::Syscall {
                text: None,
                object: None,
            });
        }
        status::WAITING | status::LEAKED => {}
        _ => return None,
    }
    let frames: Vec<Frame<'_>> = report.frames(&goroutine.stack).collect();
    let (addr, kind, purpose) = match primitive::of(&goroutine.state, &frames)? {
        Primitive::Forever => return Some(Wait::Forever),
        Primitive::Runtime => return Some(Wait::Runtime),
        Primitive::Sleep => return Some(Wait::Sleep { left: None }),
        Primitive::Channel { select: true } => return None,
        Primitive::Channel { select: false } => {
            let sends = goroutine.state.starts_with("chan send");
            let (function, purpose) = if sends {
                ("runtime.chansend", Purpose::Send)
            } else {
                ("runtime.chanrecv", Purpose::Receive)
            };
            let addr = given(&frames, &[function], 0)?;
            (addr, Kind::Channel(Channel::default()), purpose)
        }
        Primitive::Semaphore(holder) => lock(&frames, holder)?,
        Primitive::Cond(_) => {
            let addr = given(&frames, &["sync.runtime_notifyListWait"], words::COND_LIST);
            let addr = addr.or_else(|| given(&frames, &["sync.(*Cond).Wait"], 0))?;
            (addr, Kind::Cond, Purpose::Wait)
        }
        Primitive::Poll(frame) => {
            let writes = frames.get(frame)?.words?.get(1) == Some(&u64::from(b'w'));
            let purpose = if writes {
                Purpose::Write
            } else {
                Purpose::Read
            };
            (live(frames.get(frame)?)?, file(), purpose)
        }
        Primitive::Coroutine(frame) => (live(frames.get(frame)?)?, Kind::Coroutine, Purpose::Wait),
        Primitive::Bubble => (goroutine.bubble?, Kind::Bubble, Purpose::Wait),
    };
    let object = objects.intern(addr, kind)?;
    Some(Wait::On {
        cases: Box::new([Case { object, purpose }]),
        select: false,
    })
}

/// What a semaphore is a part of: its address by the arguments of the functions that wait for it.
fn lock(frames: &[Frame<'_>], holder: Holder) -> Option<(u64, Kind, Purpose)> {
    const SLOW: &[&str] = &[
        "sync.(*Mutex).lockSlow",
        "internal/sync.(*Mutex).lockSlow",
        "sync.(*Mutex).Lock",
        "internal/sync.(*Mutex).Lock",
    ];
    let acquires = |before| {
        let is_it = |name: &str| name.contains(".runtime_Semacquire");
        let frame = frames
            .iter()
            .find(|frame| calls(frame).any(|call| is_it(&call.function)))?;
        live(frame)?.checked_sub(before)
    };
    let rw = || Kind::RwMutex(RwMutex::default());
    Some(match holder {
        Holder::Mutex => {
            let addr = given(frames, SLOW, 0).or_else(|| acquires(words::MUTEX_SEMA))?;
            (addr, Kind::Mutex(Mutex::default()), Purpose::Lock)
        }
        Holder::Writers => {
            let addr = given(frames, SLOW, 0).or_else(|| acquires(words::MUTEX_SEMA));
            let addr = addr.or_else(|| given(frames, &["sync.(*RWMutex).Lock"], 0))?;
            (addr, rw(), Purpose::Lock)
        }
        Holder::Once => {
            let addr = given(frames, &[ONCE], 0);
            let addr = addr.or_else(|| given(frames, SLOW, words::ONCE_MUTEX))?;
            (addr, Kind::Once { done: false }, Purpose::Lock)
        }
        Holder::LastReaders => {
            let addr = given(frames, &["sync.(*RWMutex).Lock"], 0);
            let addr = addr.or_else(|| acquires(words::RW_WRITER_SEMA))?;
            (addr, rw(), Purpose::LastReaders)
        }
        Holder::Readers => {
            let addr = given(frames, &["sync.(*RWMutex).RLock"], 0);
            let addr = addr.or_else(|| acquires(words::RW_READER_SEMA))?;
            (addr, rw(), Purpose::RLock)
        }
        Holder::WaitGroup => {
            let addr = given(frames, &["sync.(*WaitGroup).Wait"], 0);
            let addr = addr.or_else(|| acquires(words::WAIT_GROUP_SEMA))?;
            let (counter, waiters) = (0, 0);
            (addr, Kind::WaitGroup { counter, waiters }, Purpose::Wait)
        }
        Holder::File => {
            let addr = given(frames, &["internal/poll.(*fdMutex).rwlock"], 0)?;
            let reads = frames
                .iter()
                .flat_map(calls)
                .any(|call| call.function.ends_with(".readLock"));
            let purpose = if reads { Purpose::Read } else { Purpose::Write };
            (addr, file(), purpose)
        }
        Holder::Unknown => (acquires(0)?, Kind::Semaphore { value: 0 }, Purpose::Wait),
    })
}

/// The function that holds a `sync.Once` while it runs.
pub(super) const ONCE: &str = "sync.(*Once).doSlow";

/// A file of which no descriptor is known.
fn file() -> Kind {
    Kind::File(File {
        fd: -1,
        ..File::default()
    })
}

/// The first argument of the innermost frame of one of these functions, less `before` bytes.
fn given(frames: &[Frame<'_>], functions: &[&str], before: u64) -> Option<u64> {
    frames.iter().find_map(|frame| {
        let call = frame.site.calls.last()?;
        let is_it = functions.contains(&&*call.function);
        live(frame).filter(|_| is_it)?.checked_sub(before)
    })
}

/// The first argument of a frame, if it was still there, and is an address.
pub(super) fn live(frame: &Frame<'_>) -> Option<u64> {
    let first = frame.site.args.first();
    let is_live = matches!(first, Some(ArgToken::Word { live: true, .. }));
    let word = frame.words?.first().copied()?;
    // No Go object lies in the first page.
    Some(word).filter(|word| is_live && *word >= 4096)
}
