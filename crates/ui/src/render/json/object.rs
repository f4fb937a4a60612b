//! What goroutines wait at, in JSON.

use super::index::{Index, address};
use super::words::{self, Hex, ns};
use crate::report::{self, Evidence, Kind};
use serde::Serialize;

/// An item of `objects`.
#[derive(Serialize)]
pub(super) struct Object<'r> {
    index: usize,
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<Hex>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'r str>,
    #[serde(flatten)]
    state: State<'r>,
    waiters: Vec<Waiter>,
    suspects: Vec<Suspect<'r>>,
    unreachable: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    reached_from: Option<u64>,
    unheld: bool,
    #[serde(skip_serializing_if = "is_known")]
    state_unknown: bool,
}

/// Whether nothing has to be said of `state_unknown`.
#[allow(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands on references"
)]
fn is_known(state_unknown: &bool) -> bool {
    !state_unknown
}

/// The state of an object, by its kind.
#[derive(Serialize)]
#[serde(untagged)]
enum State<'r> {
    Channel(Channel<'r>),
    Mutex(Mutex),
    RwMutex {
        writers: Mutex,
        writer: bool,
        readers: u32,
        leaving: u32,
    },
    WaitGroup {
        counter: i32,
        waiting: u32,
    },
    Once {
        done: bool,
    },
    Semaphore {
        value: u32,
    },
    File(File<'r>),
    Other {},
}

#[derive(Serialize)]
struct Channel<'r> {
    len: u64,
    cap: u64,
    elem_size: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    elem_type: Option<&'r str>,
    closed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    timer: Option<Timer>,
    timer_stopped: bool,
}

#[derive(Serialize)]
struct Timer {
    left_ns: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    period_ns: Option<u64>,
}

#[derive(Serialize)]
struct Mutex {
    locked: bool,
    woken: bool,
    starving: bool,
    waiting: u32,
}

#[derive(Serialize)]
struct File<'r> {
    #[serde(skip_serializing_if = "Option::is_none")]
    fd: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    target: Option<&'r str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    socket: Option<Socket<'r>>,
    peers: Vec<Peer<'r>>,
    polled: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    read_deadline_ns: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    write_deadline_ns: Option<i64>,
}

#[derive(Serialize)]
struct Socket<'r> {
    protocol: &'r str,
    #[serde(skip_serializing_if = "Option::is_none")]
    local: Option<&'r str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    remote: Option<&'r str>,
    state: &'r str,
    unread: u32,
    unsent: u32,
}

#[derive(Serialize)]
struct Peer<'r> {
    pid: i32,
    name: &'r str,
    state: char,
}

#[derive(Serialize)]
struct Waiter {
    goroutine: u64,
    purpose: &'static str,
    select: bool,
    sole: bool,
}

#[derive(Serialize)]
struct Suspect<'r> {
    goroutine: u64,
    grade: &'static str,
    evidence: Vec<Reason<'r>>,
}

/// What speaks for a suspect. `frame` is an index into its `frames`.
#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Reason<'r> {
    Deferred {
        method: &'r str,
        #[serde(skip_serializing_if = "Option::is_none")]
        frame: Option<usize>,
    },
    Past {
        method: &'r str,
        #[serde(skip_serializing_if = "Option::is_none")]
        frame: Option<usize>,
    },
    SameField {
        method: &'r str,
        #[serde(skip_serializing_if = "Option::is_none")]
        frame: Option<usize>,
    },
    Reaches {
        #[serde(skip_serializing_if = "Option::is_none")]
        frame: Option<usize>,
        depth: u32,
    },
    Inside {
        function: &'r str,
        #[serde(skip_serializing_if = "Option::is_none")]
        frame: Option<usize>,
    },
    Pointer {
        #[serde(skip_serializing_if = "Option::is_none")]
        frame: Option<usize>,
    },
    OnlyOne,
    NextWriter,
}

/// What an object is.
pub(super) fn kind_name(kind: &Kind) -> &'static str {
    match kind {
        Kind::Channel(_) => "channel",
        Kind::Mutex(_) => "mutex",
        Kind::RwMutex(_) => "rwmutex",
        Kind::WaitGroup { .. } => "waitgroup",
        Kind::Cond => "cond",
        Kind::Once { .. } => "once",
        Kind::Semaphore { .. } => "semaphore",
        Kind::File(_) => "file",
        Kind::Coroutine => "coroutine",
        Kind::Bubble => "bubble",
    }
}

impl<'r> Object<'r> {
    pub(super) fn of(index: &Index<'r>, at: usize, object: &'r report::Object) -> Object<'r> {
        let waiters = object.waiters.iter().filter_map(|waiter| {
            Some(Waiter {
                goroutine: index.goroutine(waiter.goroutine)?.id,
                purpose: words::purpose(waiter.purpose),
                select: waiter.select,
                sole: waiter.sole,
            })
        });
        let suspects = object.suspects.iter().filter_map(|suspect| {
            let reason = |evidence| Reason::of(index, suspect.goroutine, evidence);
            Some(Suspect {
                goroutine: index.goroutine(suspect.goroutine)?.id,
                grade: words::grade(suspect.grade),
                evidence: suspect.evidence.iter().map(reason).collect(),
            })
        });
        Object {
            index: at,
            kind: kind_name(&object.kind),
            address: address(object.addr),
            name: object.name.as_deref(),
            state: if object.unread {
                State::Other {}
            } else {
                State::of(&object.kind)
            },
            waiters: waiters.collect(),
            suspects: suspects.collect(),
            unreachable: object.unreachable,
            reached_from: object
                .reached_from
                .and_then(|at| Some(index.goroutine(at)?.id)),
            unheld: object.unheld,
            state_unknown: object.unread,
        }
    }
}

impl<'r> State<'r> {
    fn of(kind: &'r Kind) -> State<'r> {
        match kind {
            Kind::Channel(channel) => State::Channel(Channel {
                len: channel.len,
                cap: channel.cap,
                elem_size: channel.elem_size,
                elem_type: channel.elem_type.as_deref(),
                closed: channel.closed,
                timer: channel.timer.map(|(left_ns, period)| Timer {
                    left_ns,
                    period_ns: period.map(ns),
                }),
                timer_stopped: channel.stopped_timer,
            }),
            Kind::Mutex(mutex) => State::Mutex(Mutex::of(*mutex)),
            Kind::RwMutex(lock) => State::RwMutex {
                writers: Mutex::of(lock.writers),
                writer: lock.writer,
                readers: lock.readers,
                leaving: lock.leaving,
            },
            Kind::WaitGroup { counter, waiters } => State::WaitGroup {
                counter: *counter,
                waiting: *waiters,
            },
            Kind::Once { done } => State::Once { done: *done },
            Kind::Semaphore { value } => State::Semaphore { value: *value },
            Kind::File(file) => State::File(File::of(file)),
            Kind::Cond | Kind::Coroutine | Kind::Bubble => State::Other {},
        }
    }
}

impl Mutex {
    fn of(mutex: report::Mutex) -> Mutex {
        Mutex {
            locked: mutex.locked,
            woken: mutex.woken,
            starving: mutex.starving,
            waiting: mutex.waiters,
        }
    }
}

impl<'r> File<'r> {
    fn of(file: &'r report::File) -> File<'r> {
        let peers = file.peers.iter().map(|peer| Peer {
            pid: peer.pid,
            name: &peer.name,
            state: peer.state,
        });
        File {
            fd: (file.fd >= 0).then_some(file.fd),
            target: file.target.as_deref(),
            socket: file.socket.as_ref().map(Socket::of),
            peers: peers.collect(),
            polled: file.polled,
            read_deadline_ns: file.read_deadline,
            write_deadline_ns: file.write_deadline,
        }
    }
}

impl<'r> Socket<'r> {
    fn of(socket: &'r report::Socket) -> Socket<'r> {
        Socket {
            protocol: &socket.protocol,
            local: socket.local.as_deref(),
            remote: socket.remote.as_deref(),
            state: &socket.state,
            unread: socket.unread,
            unsent: socket.unsent,
        }
    }
}

impl<'r> Reason<'r> {
    fn of(index: &Index<'r>, suspect: u32, evidence: &'r Evidence) -> Reason<'r> {
        let at = |frame: &u32| index.call_in(suspect, *frame);
        match evidence {
            Evidence::Deferred { method, frame } => Reason::Deferred {
                method,
                frame: at(frame),
            },
            Evidence::Past { method, frame } => Reason::Past {
                method,
                frame: at(frame),
            },
            Evidence::SameField { method, frame } => Reason::SameField {
                method,
                frame: at(frame),
            },
            Evidence::Reaches { frame, depth } => Reason::Reaches {
                frame: at(frame),
                depth: *depth,
            },
            Evidence::Inside { function, frame } => Reason::Inside {
                function,
                frame: at(frame),
            },
            Evidence::Pointer { frame } => Reason::Pointer { frame: at(frame) },
            Evidence::OnlyOne => Reason::OnlyOne,
            Evidence::NextWriter => Reason::NextWriter,
        }
    }
}
