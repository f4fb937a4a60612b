//! Waits, objects and findings in words: one place for the report, the findings' sentences and the live screen.

use crate::report::{
    Channel, Evidence, File, Goroutine, Grade, Kind, Mutex, Object, Peer, Purpose, Report, RwMutex,
    SignedDuration, Thread, Wait, Waiter,
};
use crate::words::{grouped, plural, printable};
use gopeek_layout::enums::status;
use std::time::Duration;

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

/// A function or a global without the path in front of its package.
pub(crate) fn tail(name: &str) -> String {
    // Type arguments have slashes of their own.
    let plain = name.split('[').next().unwrap_or(name);
    let from = plain.rfind('/').map_or(0, |slash| slash + 1);
    printable(&name[from..])
}

/// Its state: `locked, starving, 11,204 waiters`.
pub(crate) fn state(report: &Report, object: &Object) -> String {
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

/// How far off a moment is: `in 3s`, `12ms ago`.
pub(crate) fn moment(left: SignedDuration) -> String {
    let time = Duration::from_nanos(left.unsigned_abs());
    if left < 0 {
        format!("{} ago", short(time))
    } else {
        format!("in {}", short(time))
    }
}

/// A time in two units at most: `47m12s`, `2h03m`, `9d04h`, `310ms`.
pub(crate) fn short(time: Duration) -> String {
    let seconds = time.as_secs();
    match seconds {
        0 => format!("{}ms", time.as_millis()),
        1..60 => format!("{seconds}s"),
        60..3600 => format!("{}m{:02}s", seconds / 60, seconds % 60),
        3600..86_400 => format!("{}h{:02}m", seconds / 3600, seconds % 3600 / 60),
        _ => format!("{}d{:02}h", seconds / 86_400, seconds % 86_400 / 3600),
    }
}

/// A wait as a lower bound: `≥ 47m12s`; nothing where none is known.
pub(crate) fn at_least(waited: Option<Duration>) -> Option<String> {
    waited.map(|waited| format!("≥ {}", short(waited)))
}

/// The goroutine of an index.
pub(crate) fn goroutine(report: &Report, index: u32) -> Option<&Goroutine> {
    report.goroutines.get(usize::try_from(index).ok()?)
}

/// `g4711`.
pub(crate) fn name(report: &Report, index: u32) -> String {
    goroutine(report, index).map_or("?".to_owned(), |goroutine| format!("g{}", goroutine.id))
}

fn object_at(report: &Report, index: u32) -> Option<&Object> {
    report.objects.get(usize::try_from(index).ok()?)
}

/// What a goroutine does, as the end of a sentence: `is blocked in write(fd 2 -> pipe:[88123], 412)`.
pub(crate) fn does(report: &Report, goroutine: &Goroutine) -> String {
    match &goroutine.wait {
        Some(Wait::On { cases, select }) => {
            let objects = cases
                .iter()
                .filter_map(|case| Some((object_at(report, case.object)?, case.purpose)));
            let mut texts = objects.map(|(at, purpose)| format!("{} {}", to(purpose), object(at)));
            let first = texts.next().unwrap_or_default();
            match texts.count() {
                0 => format!("waits {first}"),
                more if *select => format!("waits in a select of {}, {first} among them", more + 1),
                _ => format!("waits {first}"),
            }
        }
        Some(Wait::Forever) => "waits for nothing that could happen".to_owned(),
        Some(Wait::Sleep { left }) => match left {
            Some(left) => format!("sleeps, to wake {}", moment(*left)),
            None => "sleeps".to_owned(),
        },
        Some(Wait::Syscall {
            text: Some(text), ..
        }) => format!("is blocked in {}", printable(text)),
        Some(Wait::Syscall { text: None, .. }) => "is in a system call".to_owned(),
        Some(Wait::C) => "is in C".to_owned(),
        Some(Wait::Runtime) => format!("waits in the runtime ({})", goroutine.state),
        None => match goroutine.status {
            status::RUNNING => "runs on a CPU".to_owned(),
            status::RUNNABLE => "could run".to_owned(),
            _ => format!("is in the state {}", goroutine.state),
        },
    }
}

fn to(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Send => "to send into",
        Purpose::Receive => "to receive from",
        Purpose::Lock => "to lock",
        Purpose::RLock => "to lock for reading",
        Purpose::LastReaders => "for the readers inside to leave",
        Purpose::Wait => "for",
        Purpose::Read => "to read from",
        Purpose::Write => "to write to",
    }
}

/// A grade, in front of what it is about.
pub(crate) fn grade(grade: Grade) -> &'static str {
    match grade {
        Grade::Certain => "certain",
        Grade::Likely => "likely",
        Grade::Possible => "possible",
    }
}

/// Why somebody is a suspect: `deferred sync.(*Mutex).Unlock in frame 6`.
pub(crate) fn evidence(report: &Report, index: u32, evidence: &Evidence) -> String {
    let place = |frame: u32| {
        let goroutine = goroutine(report, index);
        let frames = goroutine.map(|goroutine| report.frames(&goroutine.stack));
        let at = usize::try_from(frame).unwrap_or(usize::MAX);
        let frame = frames.and_then(|mut frames| frames.nth(at));
        let call = frame.and_then(|frame| frame.site.calls.last());
        call.map_or(String::new(), |call| {
            format!(" by {}", tail(&call.function))
        })
    };
    match evidence {
        Evidence::Deferred { method, frame } => {
            format!("{method} of it is deferred{}", place(*frame))
        }
        Evidence::Past { method, frame } => {
            format!(
                "{method} of it was called{}, and not undone yet",
                place(*frame)
            )
        }
        Evidence::Inside { function, .. } => format!("it is in {function}, which holds it"),
        Evidence::Pointer { frame } => format!("a word of its stack points to it{}", place(*frame)),
        Evidence::OnlyOne => "no other goroutine that does not wait for it does so".to_owned(),
        Evidence::NextWriter => {
            "it is the writer that goes next, and keeps out who comes later".to_owned()
        }
        Evidence::OtherEnd => "it is at the other end of the channel".to_owned(),
    }
}

/// A circle of goroutines, each with what it waits at.
pub(crate) fn circle(report: &Report, edges: impl Iterator<Item = (u32, u32)>) -> String {
    let edges: Vec<(u32, u32)> = edges.collect();
    let ways: Vec<String> = edges
        .iter()
        .map(|(from, at)| {
            let object = object_at(report, *at).map(object).unwrap_or_default();
            format!("{} waits for {object}", name(report, *from))
        })
        .collect();
    match &ways[..] {
        [only] => format!("deadlock: {only}, which it holds itself"),
        _ => format!(
            "deadlock of {}: {}, each of which the next one holds",
            plural(ways.len(), "goroutine"),
            ways.join("; ")
        ),
    }
}

/// Many that wait for what one goroutine holds up.
pub(crate) fn pile_up(
    report: &Report,
    held_up: u64,
    objects: &[u32],
    root: u32,
    grade: Grade,
) -> String {
    let count = usize::try_from(held_up).unwrap_or(usize::MAX);
    let first = objects.first().and_then(|index| object_at(report, *index));
    let kind = first.map_or("object", kind);
    let what = match objects.len() {
        1 => format!("one {kind}"),
        more => format!("{more} objects, one behind the other"),
    };
    let verb = if count == 1 { "waits" } else { "wait" };
    let holder = match (grade, first.map(|object| &object.kind)) {
        (Grade::Certain, _) => "its holder",
        (Grade::Likely, Some(Kind::WaitGroup { .. })) => "the last to be done is likely",
        (Grade::Likely, _) => "its likely holder is",
        (Grade::Possible, _) => "its possible holder is",
    };
    let holder = if grade == Grade::Certain {
        format!("{holder} is")
    } else {
        holder.to_owned()
    };
    let does = goroutine(report, root).map_or(String::new(), |goroutine| does(report, goroutine));
    format!(
        "{}{} {verb} for {what}; {holder} {}, which {does}{}",
        plural(count, "goroutine"),
        share(report, count),
        name(report, root),
        far_end(report, root)
    )
}

/// Who is at the other end of what a goroutine waits at.
fn far_end(report: &Report, index: u32) -> String {
    let object = match goroutine(report, index).and_then(|goroutine| goroutine.wait.as_ref()) {
        Some(Wait::Syscall { object, .. }) => *object,
        Some(Wait::On { cases, .. }) => cases.first().map(|case| case.object),
        _ => None,
    };
    match object
        .and_then(|object| object_at(report, object))
        .map(|object| &object.kind)
    {
        Some(Kind::File(file)) => {
            let peers: Vec<String> = file.peers.iter().map(|it| peer(report, it)).collect();
            if peers.is_empty() {
                String::new()
            } else {
                format!("; {}", peers.join(", "))
            }
        }
        _ => String::new(),
    }
}

/// ` (93 %)`, of all of the program's goroutines, where that says anything.
fn share(report: &Report, count: usize) -> String {
    let all = report.user_goroutines().count();
    if count < 10 || all == 0 {
        return String::new();
    }
    format!(" ({} %)", count.saturating_mul(100) / all)
}

/// Many that wait for a lock of which no holder shows.
pub(crate) fn without_holder(report: &Report, it: &Object) -> String {
    let count = it.waiters.len();
    let holder = match it.suspects.len() {
        0 => "who holds it does not show".to_owned(),
        more => format!("{} may hold it", plural(more, "goroutine")),
    };
    let verb = if count == 1 { "waits" } else { "wait" };
    format!(
        "{}{} {verb} for {}; {holder}",
        plural(count, "goroutine"),
        share(report, count),
        object(it)
    )
}

/// Many that want to send.
pub(crate) fn full_channel(report: &Report, it: &Object, senders: usize) -> String {
    let verb = if senders == 1 { "waits" } else { "wait" };
    let suspects = match &it.suspects[..] {
        [] => "no other goroutine's stack points to it".to_owned(),
        [only] => format!("{} may be the one to receive", name(report, only.goroutine)),
        more => format!(
            "{} may be the ones to receive",
            plural(more.len(), "goroutine")
        ),
    };
    format!(
        "{}{} {verb} to send into {} ({}); {suspects}",
        plural(senders, "goroutine"),
        share(report, senders),
        object(it),
        state(report, it)
    )
}

/// Goroutines that nobody can wake.
pub(crate) fn leak(report: &Report, held_up: u64, objects: usize) -> String {
    let count = usize::try_from(held_up).unwrap_or(usize::MAX);
    let verb = if count == 1 { "waits" } else { "wait" };
    format!(
        "{}{} {verb} at {} that no other stack and no global leads to: leaked, unless the heap does",
        plural(count, "goroutine"),
        share(report, count),
        plural(objects, "channel")
    )
}

/// Goroutines at nil channels.
pub(crate) fn nil_channels(report: &Report, count: usize) -> String {
    let verb = if count == 1 { "waits" } else { "wait" };
    format!(
        "{}{} {verb} at a nil channel, where nothing ever comes",
        plural(count, "goroutine"),
        share(report, count)
    )
}

/// A thread that sleeps in the kernel.
pub(crate) fn in_kernel(thread: &Thread, goroutine: Option<&Goroutine>) -> String {
    let tid = thread.tid.unwrap_or(0);
    let activity = thread.activity.as_ref();
    let channel = activity.and_then(|activity| activity.wait_channel.as_deref());
    let channel = channel.map_or(String::new(), |channel| format!(" ({channel})"));
    let call = thread.syscall.as_ref();
    let call = call.map_or(String::new(), |call| {
        format!(", in {}", printable(&call.text))
    });
    let whose = goroutine.map_or(String::new(), |goroutine| format!(" of g{}", goroutine.id));
    format!("thread {tid}{whose} sleeps in the kernel, where no signal wakes it{channel}{call}")
}

/// A wait for a peer without a limit.
pub(crate) fn no_deadline(report: &Report, it: &Object, waiter: Waiter) -> String {
    let time = goroutine(report, waiter.goroutine).and_then(|goroutine| goroutine.waited);
    let since = at_least(time).map_or(String::new(), |since| format!(" {since}"));
    let does = if waiter.purpose == Purpose::Write {
        "write to"
    } else {
        "read from"
    };
    format!(
        "{} waits{since} to {does} {} without a deadline ({})",
        name(report, waiter.goroutine),
        object(it),
        state(report, it)
    )
}

/// Many that could run.
pub(crate) fn starved(report: &Report, count: usize, procs: usize) -> String {
    let running = report.goroutines.iter();
    let running = running
        .filter(|goroutine| goroutine.status == status::RUNNING)
        .count();
    format!(
        "{} could run, and {} run on {}: they wait for a CPU",
        plural(count, "goroutine"),
        running,
        plural(procs, "P")
    )
}

/// A stop of the world that does not come about.
pub(crate) fn stop_the_world(report: &Report, culprits: &[u32]) -> String {
    match culprits {
        [] => "the world is being stopped, and a thread does not let it".to_owned(),
        [only] => {
            let place = goroutine(report, *only).map_or(String::new(), |goroutine| {
                let mut frames = report.frames(&goroutine.stack);
                let call = frames.find_map(|frame| frame.site.calls.first());
                call.map_or(String::new(), |call| {
                    format!(" in {} (line {})", tail(&call.function), call.line)
                })
            });
            format!(
                "the world is being stopped, and {} does not let it: it runs on{place}",
                name(report, *only)
            )
        }
        more => format!(
            "the world is being stopped, and {} run on",
            plural(more.len(), "goroutine")
        ),
    }
}

/// A collection that does not end.
pub(crate) fn endless_gc(lasts: Duration) -> String {
    format!(
        "a GC has been running for {}: it is stuck, or gets no CPU",
        short(lasts)
    )
}

/// A collection that does not come.
pub(crate) fn late_gc(ago: Duration) -> String {
    format!(
        "the last GC was {} ago, though the runtime has one made every two minutes: it is stuck, or gets no CPU",
        short(ago)
    )
}
