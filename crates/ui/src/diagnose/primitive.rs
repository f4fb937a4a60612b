//! What kind of thing a goroutine waits at, by the runtime's word for its state and the functions that it is in.
//!
//! The words say it since Go 1.20, the functions in every release: what waits for a semaphore is `semacquire` in 1.19.

use crate::report::{Call, Frame};

/// A way to wait.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(super) enum Primitive {
    /// A channel, or several in a `select`.
    Channel {
        /// More than one.
        select: bool,
    },
    /// Nothing that could ever happen.
    Forever,
    /// Until a moment.
    Sleep,
    /// A semaphore, which is a part of something.
    Semaphore(Holder),
    /// `sync.Cond`; the frame of the function that is given its list.
    Cond(usize),
    /// Until a file is ready; the frame of the function that is given the poller's record of it.
    Poll(usize),
    /// Another goroutine of a coroutine; the frame of the function that is given it.
    Coroutine(usize),
    /// Other goroutines of its bubble.
    Bubble,
    /// The runtime's own business.
    Runtime,
}

/// What a semaphore is a part of.
#[derive(Copy, Clone, PartialEq, Eq, Hash, Debug)]
pub(super) enum Holder {
    Mutex,
    /// The mutex of a `sync.RWMutex`, for writers.
    Writers,
    /// The semaphore at which the writer waits that goes next.
    LastReaders,
    Readers,
    WaitGroup,
    Once,
    /// The lock of a file descriptor, for reads and writes.
    File,
    /// Nothing that is known.
    Unknown,
}

/// Functions that are given the address of what is waited for as their first argument.
const NOTIFY_LIST_WAIT: &str = "sync.runtime_notifyListWait";
const POLL_WAIT: &str = "internal/poll.runtime_pollWait";
const CORO_SWITCH: &str = "runtime.coroswitch";

/// What a goroutine in this state waits at, if it does; its frames, innermost first.
pub(super) fn of<'r>(state: &str, frames: &[Frame<'r>]) -> Option<Primitive> {
    let frame_of = |function: &str| {
        let is_it = |frame: &Frame<'r>| calls(frame).any(|call| &*call.function == function);
        frames.iter().position(is_it)
    };
    // A bubble's own word for the same: `chan receive (durable)`, `select (synctest)`.
    let plain = state.strip_suffix(" (durable)").unwrap_or(state);
    let plain = plain.strip_suffix(" (synctest)").unwrap_or(plain);
    Some(match plain {
        "chan receive (nil chan)" | "chan send (nil chan)" | "select (no cases)" => {
            Primitive::Forever
        }
        "chan receive" | "chan send" => Primitive::Channel { select: false },
        "select" => Primitive::Channel { select: true },
        "sleep" => Primitive::Sleep,
        "sync.Cond.Wait" => Primitive::Cond(frame_of(NOTIFY_LIST_WAIT)?),
        "IO wait" => Primitive::Poll(frame_of(POLL_WAIT)?),
        "coroutine" => Primitive::Coroutine(frame_of(CORO_SWITCH)?),
        "synctest.Run" | "synctest.Wait" => Primitive::Bubble,
        "semacquire" => Primitive::Semaphore(holder(frames)),
        other if other.starts_with("sync.") => Primitive::Semaphore(holder(frames)),
        _ => Primitive::Runtime,
    })
}

/// The innermost function of those that wait for semaphores tells what the semaphore is a part of; of a mutex, what that is a
/// part of, the function that has called it.
fn holder(frames: &[Frame<'_>]) -> Holder {
    let mut names = frames.iter().flat_map(calls).map(|call| &*call.function);
    let found = names.find_map(|name| {
        Some(match name {
            "sync.(*Mutex).lockSlow" | "internal/sync.(*Mutex).lockSlow" => Holder::Mutex,
            "sync.(*RWMutex).Lock" => Holder::LastReaders,
            "sync.(*RWMutex).RLock" => Holder::Readers,
            "sync.(*WaitGroup).Wait" => Holder::WaitGroup,
            "internal/poll.(*fdMutex).rwlock" => Holder::File,
            _ => return None,
        })
    });
    if found != Some(Holder::Mutex) {
        return found.unwrap_or(Holder::Unknown);
    }
    let is_lock =
        |name: &&str| ["sync.(*Mutex).Lock", "internal/sync.(*Mutex).Lock"].contains(name);
    match names.find(|name| !is_lock(name)) {
        Some("sync.(*RWMutex).Lock") => Holder::Writers,
        Some("sync.(*Once).doSlow") => Holder::Once,
        _ => Holder::Mutex,
    }
}

/// The calls of a frame, innermost first.
pub(super) fn calls<'r>(frame: &Frame<'r>) -> impl Iterator<Item = &'r Call> + use<'r> {
    frame.site.calls.iter()
}
