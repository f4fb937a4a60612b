//! Which goroutines wait by design, and which are at work and should go on.
//!
//! The rule is the same for every program and library. A goroutine is idle if waiting is what it is there for: a loop that
//! receives its next job, a reader of what may come at any time, a timer. It is at work if somebody waits for it or if it
//! waits inside a job.

use super::Ground;
use super::functions::package;
use super::library::{Known, Nature, Reader, Row};
use super::selects::sole_case;
use crate::report::{
    Case, File, Frame, Goroutine, Kind, Object, Purpose, Report, Socket, Wait, Work,
};
use gopeek_layout::Addr;
use gopeek_layout::loops::is_in_loop;
use gopeek_unwind::uses::uses;
use rustc_hash::{FxHashMap, FxHashSet};

/// Functions that only run the function that they were given, in a goroutine of its own.
const RUNNERS: &[&str] = &[
    "golang.org/x/sync/errgroup.(*Group).Go.func1",
    "sync.(*WaitGroup).Go.func1",
    "runtime/pprof.Do",
    "runtime.main",
];
/// Packages whose functions wait on behalf of their caller.
const WAITERS: &[&str] = &[
    "runtime",
    "sync",
    "internal/sync",
    "internal/poll",
    "internal/synctest",
    "os",
    "net",
    "syscall",
    "bufio",
    "io",
];
/// Functions of the runtime that receive from a channel.
const RECEIVES: &[&str] = &["runtime.chanrecv1", "runtime.chanrecv2", "runtime.selectgo"];

/// States in which a goroutine waits for another one.
const BLOCKED: &[&str] = &[
    "chan receive",
    "chan send",
    "select",
    "semacquire",
    "sync.Mutex.Lock",
    "sync.RWMutex.Lock",
    "sync.RWMutex.RLock",
    "sync.WaitGroup.Wait",
    "sync.Cond.Wait",
];

/// What the goroutines of a group are doing.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(super) enum Doing {
    /// They wait, and that is their work; what they are, in the plural.
    Idle(&'static str),
    /// They should go on.
    Work(Work),
    /// There is no telling.
    Unknown,
}

/// Decides what goroutines are doing.
pub(super) struct Judge<'g> {
    /// Nothing of a text dump, of which no code can be read.
    ground: Option<&'g Ground<'g>>,
    report: &'g Report,
    reader: &'g Reader<'g>,
    /// Ports at which the process takes calls.
    listens: FxHashSet<&'g str>,
    /// Whether a function receives from a channel itself, by its entry.
    receives: FxHashMap<Addr, bool>,
    /// Whether a call is in a loop, by where it returns to.
    loops: FxHashMap<Addr, bool>,
}

impl<'g> Judge<'g> {
    pub(super) fn new(
        ground: Option<&'g Ground<'g>>,
        report: &'g Report,
        reader: &'g Reader<'g>,
    ) -> Judge<'g> {
        Judge {
            ground,
            report,
            reader,
            listens: report.objects.iter().filter_map(listens_at).collect(),
            receives: FxHashMap::default(),
            loops: FxHashMap::default(),
        }
    }

    /// What a goroutine is doing. `known` and `row` are what the table says of its frames.
    pub(super) fn of(
        &mut self,
        goroutine: &Goroutine,
        frames: &[Frame<'_>],
        known: Known,
        row: Option<&Row>,
    ) -> Doing {
        if goroutine.system {
            return Doing::Idle("workers of the runtime");
        }
        let serves = known.serves;
        match row.map(|row| row.nature) {
            Some(Nature::Idle(what)) if !serves => return Doing::Idle(what),
            Some(Nature::Call) if serves => return Doing::Work(Work::Serves),
            Some(Nature::Call) => return Doing::Work(Work::Calls),
            Some(Nature::Turn) => return Doing::Work(Work::Queues),
            Some(Nature::Stream) if !serves => return Doing::Idle("readers of streams"),
            _ => {}
        }
        let Some(wait) = &goroutine.wait else {
            // A text has no address of most channels, and yet says that a goroutine waits at one.
            let blocks = self.ground.is_none() && BLOCKED.contains(&&*goroutine.state);
            return if serves && blocks {
                Doing::Work(Work::Serves)
            } else {
                Doing::Unknown
            };
        };
        if wakes_by_itself(self.report, wait) {
            return Doing::Idle("timers and tickers");
        }
        let case = sole_case(self.report, Some(wait));
        let object = case.and_then(|case| self.report.object(case.object));
        match (case, object.map(|object| &object.kind)) {
            (_, Some(Kind::Channel(channel))) if is_of_signals(channel.elem_type.as_deref()) => {
                Doing::Idle("signal handlers")
            }
            (_, Some(Kind::File(file))) if self.is_called(file) => {
                Doing::Idle("readers of connections that clients opened")
            }
            // Locks have holders, and findings of their own.
            (_, Some(Kind::Mutex(_) | Kind::RwMutex(_) | Kind::Once { .. })) => Doing::Unknown,
            _ if serves && receives(wait) && self.reader.has_begun(frames) => {
                Doing::Idle("handlers that stream their response")
            }
            _ if serves && blocks(wait) => Doing::Work(Work::Serves),
            (Some(case), Some(Kind::Channel(channel))) if case.purpose == Purpose::Send => {
                // One that has its next item ready waits until somebody wants it.
                let alone = object.is_some_and(|object| object.waiters.len() == 1);
                if alone && channel.cap == 0 {
                    Doing::Unknown
                } else {
                    Doing::Work(Work::Sends)
                }
            }
            (_, Some(Kind::File(_))) => Doing::Unknown,
            _ if goroutine.id == 1 => Doing::Idle("the main goroutine"),
            _ => self.within(wait, frames),
        }
    }

    /// Whether a file is a connection that a client has opened: the process takes calls at its port.
    fn is_called(&self, file: &File) -> bool {
        let socket = file.socket.as_ref();
        let local = socket.and_then(|socket| port(socket.local.as_deref()?));
        local.is_some_and(|port| self.listens.contains(port))
    }

    /// Of a goroutine that waits to receive: for its next job, or within one.
    fn within(&mut self, wait: &Wait, frames: &[Frame<'_>]) -> Doing {
        if !receives(wait) {
            return Doing::Unknown;
        }
        let waits_in = frames.iter().position(|frame| !is_one_of(frame, WAITERS));
        let own = frames
            .iter()
            .rposition(|frame| !is_one_of(frame, &["runtime"]) && !is_runner(frame));
        match (waits_in, own) {
            (Some(waits_in), Some(own))
                if waits_in >= own || frames.get(waits_in).is_some_and(|it| self.loops(it)) =>
            {
                Doing::Idle("workers that wait for work")
            }
            (Some(_), Some(own)) if frames.get(own).is_some_and(|root| self.takes_jobs(root)) => {
                Doing::Work(Work::Works)
            }
            _ => Doing::Unknown,
        }
    }

    /// Whether a function waits here again and again.
    fn loops(&mut self, frame: &Frame<'_>) -> bool {
        let Some(code) = self.ground.map(|ground| &ground.found.code) else {
            return false;
        };
        let pc = Addr::new(frame.site.pc);
        *self.loops.entry(pc).or_insert_with(|| {
            let function = code.function(pc);
            let bytes = function
                .as_ref()
                .and_then(|it| Some((it.entry(), code.bytes_of(it)?)));
            bytes.is_some_and(|(entry, (arch, bytes))| is_in_loop(arch, bytes, entry, pc))
        })
    }

    /// Whether a function receives from a channel in its own code.
    fn takes_jobs(&mut self, root: &Frame<'_>) -> bool {
        let Some(code) = self.ground.map(|ground| &ground.found.code) else {
            return false;
        };
        let Some(function) = code.function(Addr::new(root.site.pc)) else {
            return false;
        };
        *self
            .receives
            .entry(function.entry())
            .or_insert_with(|| !uses(code, &function, &|name| RECEIVES.contains(&name)).is_empty())
    }
}

/// Whether the wait ends when another goroutine or process does something.
fn blocks(wait: &Wait) -> bool {
    match wait {
        Wait::On { .. } | Wait::Forever | Wait::C => true,
        // What the kernel has not been seen to do may end at once.
        Wait::Syscall { object, .. } => object.is_some(),
        Wait::Sleep { .. } | Wait::Runtime => false,
    }
}

/// Whether a goroutine waits for something to come: in a receive, in a `select`, for a Cond.
fn receives(wait: &Wait) -> bool {
    let receives = |case: &Case| matches!(case.purpose, Purpose::Receive | Purpose::Wait);
    matches!(wait, Wait::On { cases, .. } if cases.iter().all(receives))
}

/// Whether a timer ends the wait.
pub(super) fn wakes_by_itself(report: &Report, wait: &Wait) -> bool {
    let is_timer = |case: &Case| {
        report.object(case.object).is_some_and(
            |object| matches!(&object.kind, Kind::Channel(channel) if channel.timer.is_some()),
        )
    };
    match wait {
        Wait::On { cases, .. } => cases.iter().any(is_timer),
        Wait::Sleep { .. } => true,
        _ => false,
    }
}

/// `signal.Notify` sends into channels of this type, and hardly anything else does.
fn is_of_signals(elem_type: Option<&str>) -> bool {
    elem_type == Some("os.Signal")
}

fn is_one_of(frame: &Frame<'_>, packages: &[&str]) -> bool {
    let function = frame.site.calls.last().map(|call| package(&call.function));
    function.is_none_or(|function| packages.contains(&function))
}

fn is_runner(frame: &Frame<'_>) -> bool {
    let function = frame.site.calls.last().map(|call| &*call.function);
    function.is_some_and(|function| RUNNERS.contains(&function))
}

/// The port at which a socket takes calls.
pub(super) fn listens_at(object: &Object) -> Option<&str> {
    let Kind::File(File {
        socket: Some(Socket {
            local,
            remote: None,
            ..
        }),
        ..
    }) = &object.kind
    else {
        return None;
    };
    port(local.as_deref()?)
}

/// The port in an address.
pub(super) fn port(address: &str) -> Option<&str> {
    address.rsplit_once(':').map(|(_, port)| port)
}
