//! Objects in words: what to call one, and its state.

use super::{moment, tail};
use crate::report::{Channel, File, Kind, Mutex, Object, Peer, Purpose, Report, RwMutex};
use crate::words::{grouped, plural, printable};

/// `mutex`, `chan`, `file`: what kind of object it is.
pub(crate) fn kind(object: &Object) -> &'static str {
    match &object.kind {
        Kind::Channel(channel) if channel.timer.is_some() => "timer channel",
        Kind::Channel(_) => "channel",
        Kind::Mutex(_) => "mutex",
        Kind::RwMutex(_) => "rwmutex",
        Kind::WaitGroup { .. } => "waitgroup",
        Kind::Cond => "cond",
        Kind::Once { .. } => "once",
        Kind::Semaphore { .. } => "semaphore",
        Kind::File(file) if file.socket.is_some() => "socket",
        Kind::File(file) if is_pipe(file) => "pipe",
        Kind::File(_) => "file",
        Kind::Coroutine => "coroutine",
        Kind::Bubble => "bubble",
    }
}

fn is_pipe(file: &File) -> bool {
    let target = file.target.as_deref();
    target.is_some_and(|target| target.starts_with("pipe:"))
}

/// `mutex 0xc000124a80`, with its name where it has one: what to call an object in a sentence.
pub(crate) fn object(object: &Object) -> String {
    let what = kind(object);
    match &object.kind {
        Kind::File(file) => {
            let open_on = file.target.as_deref().map(printable);
            let open_on = open_on.map_or(String::new(), |open_on| format!(" -> {open_on}"));
            format!("fd {}{open_on}", file.fd)
        }
        Kind::Bubble => "the others of its bubble".to_owned(),
        _ => match &object.name {
            Some(name) => format!("{what} {:#x} ({})", object.addr, tail(name)),
            None => format!("{what} {:#x}", object.addr),
        },
    }
}

/// Its state: `locked, starving, 11,204 waiters`.
pub(crate) fn state(report: &Report, object: &Object) -> String {
    if object.unread {
        return String::new();
    }
    match &object.kind {
        Kind::Channel(it) => channel(object, it),
        Kind::Mutex(it) => mutex(*it),
        Kind::RwMutex(it) => rw_mutex(it),
        Kind::WaitGroup { counter, .. } => format!("counter {counter}"),
        Kind::Once { done: false } => "its function runs".to_owned(),
        Kind::Once { done: true } => "done".to_owned(),
        Kind::Semaphore { value } => format!("value {value}"),
        Kind::File(it) => file(report, it),
        Kind::Cond | Kind::Coroutine | Kind::Bubble => String::new(),
    }
}

fn mutex(mutex: Mutex) -> String {
    let mut words = vec![if mutex.locked { "locked" } else { "not locked" }];
    words.extend(mutex.starving.then_some("starving"));
    words.join(", ")
}

fn rw_mutex(lock: &RwMutex) -> String {
    let readers = plural(usize::try_from(lock.readers).unwrap_or(0), "reader");
    match (lock.writer, lock.leaving) {
        (false, _) if lock.readers == 0 => "free".to_owned(),
        (false, _) => format!("{readers} inside"),
        (true, 0) => "locked by a writer".to_owned(),
        (true, leaving) => {
            let leaving = plural(usize::try_from(leaving).unwrap_or(0), "reader");
            format!("a writer waits for {leaving} inside")
        }
    }
}

fn channel(object: &Object, channel: &Channel) -> String {
    let count = |purpose: Purpose| {
        let waiters = object.waiters.iter();
        waiters.filter(|waiter| waiter.purpose == purpose).count()
    };
    let buffer = match (channel.len, channel.cap) {
        (_, 0) => "unbuffered".to_owned(),
        (len, cap) if len >= cap => format!("buffer {len}/{cap} full"),
        (len, cap) => format!("buffer {len}/{cap}"),
    };
    let other = match (count(Purpose::Send), count(Purpose::Receive)) {
        (0, _) => ", no sender".to_owned(),
        (_, 0) => ", no receiver".to_owned(),
        (senders, receivers) => format!(", {senders} send, {receivers} receive"),
    };
    let closed = if channel.closed { ", closed" } else { "" };
    match channel.timer {
        Some((left, period)) => {
            let every = period.map_or(String::new(), |period| {
                format!(", every {}", humantime::format_duration(period))
            });
            format!("fires {}{every}", moment(left))
        }
        None if channel.stopped_timer => "of a timer that was stopped".to_owned(),
        None => format!("{buffer}{other}{closed}"),
    }
}

fn file(report: &Report, file: &File) -> String {
    let mut words = Vec::new();
    if let Some(socket) = &file.socket {
        let remote = socket.remote.as_deref().or(socket.local.as_deref());
        words.push(format!(
            "{} {} {}",
            socket.protocol,
            remote.map_or("?".to_owned(), printable),
            socket.state
        ));
        if socket.unsent > 0 {
            words.push(format!(
                "{} bytes not acknowledged",
                grouped(socket.unsent as usize)
            ));
        }
        if socket.unread > 0 {
            words.push(format!(
                "{} bytes not read",
                grouped(socket.unread as usize)
            ));
        }
    }
    if file.polled {
        match (file.read_deadline, file.write_deadline) {
            (None, None) => words.push("no deadline".to_owned()),
            (read, write) => {
                words.extend(read.map(|left| format!("read deadline {}", moment(left))));
                words.extend(write.map(|left| format!("write deadline {}", moment(left))));
            }
        }
    }
    words.extend(file.peers.iter().map(|it| peer(report, it)));
    words.join(", ")
}

/// `other end: pid 1877 containerd-shim (stopped)`.
pub(crate) fn peer(report: &Report, peer: &Peer) -> String {
    if peer.pid == report.target.pid {
        return "other end: the process itself".to_owned();
    }
    let state = match peer.state {
        'T' | 't' => ", which is stopped",
        'Z' => ", which has ended",
        'D' => ", which sleeps in the kernel",
        _ => "",
    };
    format!(
        "other end: pid {} {}{state}",
        peer.pid,
        printable(&peer.name)
    )
}
