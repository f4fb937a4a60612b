//! What goroutines wait for: the objects, who waits at each, and who may hold it.

use std::sync::Arc;
use std::time::Duration;

/// What a goroutine is blocked on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Wait {
    /// Objects that others wait at, too; more than one for a `select`.
    On {
        /// One for each object, in the order in which the runtime has them.
        cases: Box<[Case]>,
        /// Whether it is a `select`.
        select: bool,
    },
    /// Nothing that could ever happen: a nil channel, a `select` without cases.
    Forever,
    /// A moment.
    Sleep {
        /// Until then; negative where that is over already and it was not woken yet.
        left: Option<SignedDuration>,
    },
    /// The kernel, in a system call.
    Syscall {
        /// The call in words, where the thread that is in it could be looked at.
        text: Option<Arc<str>>,
        /// The object behind the descriptor that it is about; the goroutine is among those that wait there.
        object: Option<u32>,
    },
    /// C code.
    C,
    /// The runtime's own business: a GC, its own workers, a debugger.
    Runtime,
}

/// A time that may lie in the past, in ns.
pub type SignedDuration = i64;

/// How a goroutine waits at an object.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct Case {
    /// An index into [`Report::objects`](super::Report::objects).
    pub object: u32,
    /// What for.
    pub purpose: Purpose,
}

/// What a goroutine waits at an object for.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Purpose {
    /// To send into a channel.
    Send,
    /// To receive from one.
    Receive,
    /// To lock a mutex or a file, or to lock for writing.
    Lock,
    /// To lock for reading.
    RLock,
    /// As the writer that has the lock next: for the readers inside to leave.
    LastReaders,
    /// For a WaitGroup, a Cond, a coroutine, a bubble, a semaphore; for a system call about a file to do anything else.
    Wait,
    /// To read from a file.
    Read,
    /// To write to one.
    Write,
    /// For all that was written to one to be on the disk.
    Sync,
}

/// Something that goroutines wait at.
#[derive(Clone, Debug)]
pub struct Object {
    /// Its address; of a file that has none, 0.
    pub addr: u64,
    /// What it is called: a global's name, or the field of a type.
    pub name: Option<Arc<str>>,
    /// What it is, and its state.
    pub kind: Kind,
    /// Who waits, those first that have for longest.
    pub waiters: Vec<Waiter>,
    /// Who may hold it, or is to do what is waited for; the likeliest first.
    pub suspects: Vec<Suspect>,
    /// Whether everything alive that could end the wait was looked for, and there is nothing.
    pub unreachable: bool,
    /// A goroutine that leads to it through the heap, by its index; not where a global does, too.
    pub reached_from: Option<u32>,
    /// Whether a global points to it, as far as that was looked at: where it was not, this says yes.
    pub global: bool,
    /// Whether it is locked, and no goroutine can hold it: no frame of any is past a call that takes it, none defers a call that
    /// lets it go, and none but those that wait for it points to it.
    pub unheld: bool,
    /// Whether all that there is of it is held by goroutines that wait here for more: a pool that has run dry by itself.
    pub exhausted: bool,
    /// Whether its state is unknown: a text has its address at most, and what is in `kind` is nothing that was read.
    pub unread: bool,
}

/// Who waits at an object.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct Waiter {
    /// An index into [`Report::goroutines`](super::Report::goroutines).
    pub goroutine: u32,
    /// What for.
    pub purpose: Purpose,
    /// It has other cases: it is in a `select`.
    pub select: bool,
    /// Only this object can make it go on: it has no other cases, or they are contexts, timers and close signals.
    pub sole: bool,
}

/// What an object is, and its state.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Kind {
    /// A channel.
    Channel(Channel),
    /// A `sync.Mutex`.
    Mutex(Mutex),
    /// A `sync.RWMutex`.
    RwMutex(RwMutex),
    /// A `sync.WaitGroup`.
    WaitGroup {
        /// What `Add` and `Done` make of it.
        counter: i32,
        /// Goroutines in `Wait`.
        waiters: u32,
    },
    /// A `sync.Cond`.
    Cond,
    /// A `sync.Once` whose function runs.
    Once {
        /// The function has returned.
        done: bool,
    },
    /// A semaphore that is no part of one of the above.
    Semaphore {
        /// How often it can be acquired at once.
        value: u32,
    },
    /// What is behind a file descriptor.
    File(File),
    /// A coroutine (`iter.Pull`).
    Coroutine,
    /// A synctest bubble.
    Bubble,
}

/// A channel's state.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Channel {
    /// Elements in the buffer.
    pub len: u64,
    /// Capacity of the buffer.
    pub cap: u64,
    /// Bytes of an element.
    pub elem_size: u16,
    /// Type of an element.
    pub elem_type: Option<Arc<str>>,
    /// Closed.
    pub closed: bool,
    /// A timer's: when it fires, from now on, in ns. It goes on every so often, where that is not nothing.
    pub timer: Option<(SignedDuration, Option<Duration>)>,
    /// It is a timer's that was stopped: nothing comes from it until somebody resets the timer.
    pub stopped_timer: bool,
}

/// A mutex's state.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Default)]
pub struct Mutex {
    /// Locked.
    pub locked: bool,
    /// One that waits was woken, and may get it.
    pub woken: bool,
    /// Handed on in order, since someone waited for more than a millisecond.
    pub starving: bool,
    /// How many wait, by its own count.
    pub waiters: u32,
}

/// The state of a lock for readers and writers.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Default)]
pub struct RwMutex {
    /// The mutex of the writers.
    pub writers: Mutex,
    /// A writer has it, or waits for the readers inside to leave.
    pub writer: bool,
    /// Readers inside, or, if there is a writer, also those that wait for it.
    pub readers: u32,
    /// Of those that are inside, how many the writer still waits for.
    pub leaving: u32,
}

/// What is behind a file descriptor.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct File {
    /// The descriptor; -1 where it is not known.
    pub fd: i64,
    /// What it is, in the kernel's words: `socket:[8123]`, `pipe:[99]`, a path.
    pub target: Option<Arc<str>>,
    /// Of a socket: its protocol, where it is, whom it is connected to, its state.
    pub socket: Option<Socket>,
    /// Processes at the other end of a pipe or of a local socket.
    pub peers: Vec<Peer>,
    /// The time limit of reads, from now on, in ns; nothing without one.
    pub read_deadline: Option<SignedDuration>,
    /// Of writes, likewise.
    pub write_deadline: Option<SignedDuration>,
    /// Whether the limits are known: the file is one that the runtime's poller watches.
    pub polled: bool,
    /// Whether it is the descriptor of a thread with a table of descriptors of its own.
    pub own_table: bool,
}

/// A socket.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Socket {
    /// `tcp`, `udp6`, `unix`.
    pub protocol: Arc<str>,
    /// Its own address.
    pub local: Option<Arc<str>>,
    /// Its peer's.
    pub remote: Option<Arc<str>>,
    /// Its state in words: `ESTABLISHED`.
    pub state: Arc<str>,
    /// Bytes that came and were not read.
    pub unread: u32,
    /// Bytes that were written and not acknowledged.
    pub unsent: u32,
}

/// A process at the other end.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Peer {
    /// Its pid.
    pub pid: i32,
    /// Its name.
    pub name: Arc<str>,
    /// Its state, as /proc has it: `S`, `T` for one that is stopped, `D`.
    pub state: char,
}

/// How sure something is.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub enum Grade {
    /// There are other explanations.
    #[default]
    Possible,
    /// Other explanations are far-fetched.
    Likely,
    /// The runtime's own records leave no other.
    Certain,
}

/// A goroutine that may hold an object, or be the one to do what is waited for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Suspect {
    /// An index into [`Report::goroutines`](super::Report::goroutines).
    pub goroutine: u32,
    /// How sure that is.
    pub grade: Grade,
    /// Why.
    pub evidence: Vec<Evidence>,
}

/// What speaks for a suspect.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Evidence {
    /// A deferred call that lets it go was not made yet: `sync.(*Mutex).Unlock`.
    Deferred {
        /// The method that it will call.
        method: Arc<str>,
        /// The frame that deferred it, counted from the innermost.
        frame: u32,
    },
    /// A frame is past a call that takes it, and before the one that lets it go.
    Past {
        /// The method that it has called: `sync.(*Mutex).Lock`.
        method: Arc<str>,
        /// The frame, counted from the innermost.
        frame: u32,
    },
    /// A frame is past a call that takes the same field of the same type, never lets it go, and keeps no pointer to it.
    SameField {
        /// The method that it has called: `sync.(*Mutex).Lock`.
        method: Arc<str>,
        /// The frame, counted from the innermost.
        frame: u32,
    },
    /// Its stack leads to it over other objects, `depth` pointers behind the frame.
    Reaches {
        /// The frame that has the first pointer, counted from the innermost.
        frame: u32,
        /// Number of pointers that were followed: 2 for a field of what a word of the frame points to.
        depth: u32,
    },
    /// It is in a function that holds it all the time: `sync.(*Once).doSlow`.
    Inside {
        /// The function.
        function: Arc<str>,
        /// The frame, counted from the innermost.
        frame: u32,
    },
    /// A word of its stack points to it.
    Pointer {
        /// The frame that has the word, counted from the innermost.
        frame: u32,
    },
    /// Nobody else that does not wait for it has such a word.
    OnlyOne,
    /// It is the writer that goes next.
    NextWriter,
}
