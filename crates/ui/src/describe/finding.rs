//! Findings in words: one sentence each.

use super::blocked::at;
use super::{at_least, does_for, name, object, peer, short, state, tail};
use crate::describe::kind;
use crate::report::{
    Call, Evidence, Goroutine, Grade, Kind, Object, Purpose, Report, Thread, Wait, Waiter,
};
use crate::words::{plural, printable};
use gopeek_layout::enums::status;
use std::time::Duration;

/// So many threads are named.
const NAMED: usize = 4;

/// A circle of goroutines, each with what it waits at.
pub(crate) fn circle(report: &Report, edges: impl Iterator<Item = (u32, u32)>) -> String {
    let edges: Vec<(u32, u32)> = edges.collect();
    let ways: Vec<String> = edges
        .iter()
        .map(|(from, at)| {
            let object = report.object(*at).map(object).unwrap_or_default();
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
pub(crate) struct PileUp<'r> {
    /// How many wait.
    pub(crate) held_up: u64,
    /// What they wait at, by index; that at which most wait goes first.
    pub(crate) objects: &'r [u32],
    /// The goroutine at the end, by index.
    pub(crate) root: u32,
    /// How sure it is that it holds them up.
    pub(crate) grade: Grade,
    /// Where most of them wait, in the program's own code.
    pub(crate) place: Option<&'r Call>,
    /// How long the first of them has waited, at least.
    pub(crate) since: Option<Duration>,
}

/// Many that wait for what one goroutine holds up: who, where, since when, at what, because of whom.
pub(crate) fn pile_up(report: &Report, it: &PileUp<'_>) -> String {
    let count = usize::try_from(it.held_up).unwrap_or(usize::MAX);
    let first = it.objects.first().and_then(|index| report.object(*index));
    let kind = first.map_or("object", kind);
    let what = match it.objects.len() {
        1 => format!("one {kind}"),
        more => format!("{more} objects, one behind the other"),
    };
    let holder = match (it.grade, first.map(|object| &object.kind)) {
        // Whoever may hold it stands below, with the evidence.
        (Grade::Possible, _) => String::new(),
        (Grade::Likely, Some(Kind::WaitGroup { .. })) => {
            blame(report, "; likely the last: ", it.root)
        }
        (Grade::Likely, _) => blame(report, "; likely holder: ", it.root),
        (Grade::Certain, _) => blame(report, "; holder: ", it.root),
    };
    let place = it
        .place
        .map_or(String::new(), |place| format!(" in {}", at(place)));
    let since = at_least(it.since).map_or(String::new(), |since| format!(", {since}"));
    format!("{} for {what}{place}{since}{holder}", wait(report, count))
}

/// `; likely holder: g178, which is blocked in write(fd 4, ...)`.
fn blame(report: &Report, who: &str, root: u32) -> String {
    let does = does_for(report, root);
    format!(
        "{who}{}, which {does}{}",
        name(report, root),
        far_end(report, root)
    )
}

/// Who is at the other end of what a goroutine waits at.
fn far_end(report: &Report, index: u32) -> String {
    let object = match report
        .goroutine(index)
        .and_then(|goroutine| goroutine.wait.as_ref())
    {
        Some(Wait::Syscall { object, .. }) => *object,
        Some(Wait::On { cases, .. }) => cases.first().map(|case| case.object),
        _ => None,
    };
    match object
        .and_then(|object| report.object(object))
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
pub(super) fn share(report: &Report, count: usize) -> String {
    if count < 10 {
        return String::new();
    }
    // More than these make it 0 %. All are not counted again for each of thousands of locks.
    let most = count.saturating_mul(100).saturating_add(1);
    let all = report.user_goroutines().take(most).count();
    let percent = count.saturating_mul(100).checked_div(all);
    percent.map_or_else(String::new, |percent| format!(" ({percent} %)"))
}

/// `39 goroutines (18 %) wait`.
fn wait(report: &Report, count: usize) -> String {
    let verb = if count == 1 { "waits" } else { "wait" };
    format!(
        "{}{} {verb}",
        plural(count, "goroutine"),
        share(report, count)
    )
}

/// Many that wait for locks of which no holders show.
pub(crate) fn without_holder(report: &Report, held_up: u64, objects: &[u32]) -> String {
    let count = usize::try_from(held_up).unwrap_or(usize::MAX);
    let all = objects.iter().filter_map(|index| report.object(*index));
    let all: Vec<&Object> = all.collect();
    let suspects: usize = all.iter().map(|it| possible(it)).sum();
    let holder = match (all.first(), suspects) {
        (Some(it), _) if it.unheld => unheld(it).to_owned(),
        (_, 0) => "who holds it does not show".to_owned(),
        (_, more) => format!("{} may hold it", plural(more, "goroutine")),
    };
    let what = match &all[..] {
        [only] => object(only),
        [first, ..] => format!("{} locks like {}", all.len(), object(first)),
        [] => "a lock".to_owned(),
    };
    format!("{} for {what}; {holder}", wait(report, count))
}

/// How many may hold it; the writer that goes next does not.
fn possible(it: &Object) -> usize {
    let suspects = it.suspects.iter();
    suspects
        .filter(|suspect| !suspect.evidence.contains(&Evidence::NextWriter))
        .count()
}

/// A pool all of whose elements are held by goroutines that wait for one more.
pub(crate) fn exhausted(report: &Report, it: &Object) -> String {
    let cap = match &it.kind {
        Kind::Channel(channel) => usize::try_from(channel.cap).unwrap_or(usize::MAX),
        _ => 0,
    };
    let holders = it.suspects.iter().filter(|it| it.grade > Grade::Possible);
    let names: Vec<String> = holders
        .take(NAMED)
        .map(|it| name(report, it.goroutine))
        .collect();
    let more = if cap > names.len() { ", ..." } else { "" };
    format!(
        "deadlock: {} has {}, all held by goroutines that wait for one more ({}{more})",
        object(it),
        plural(cap, "place"),
        names.join(", ")
    )
}

/// Goroutines that wait for timers that were stopped.
pub(crate) fn stopped_timers(report: &Report, held_up: u64, objects: &[u32]) -> String {
    let count = usize::try_from(held_up).unwrap_or(usize::MAX);
    format!(
        "{} for {} that will not fire: it was stopped, or has fired before{}",
        wait(report, count),
        plural(objects.len(), "timer"),
        made_by(report, objects)
    )
}

/// Which `go` statement has made the goroutine that waits at the first of these.
fn made_by(report: &Report, objects: &[u32]) -> String {
    let first = objects.first().and_then(|index| report.object(*index));
    let waiter = first.and_then(|object| report.goroutine(object.waiters.first()?.goroutine));
    let creator = waiter.and_then(|goroutine| goroutine.created_by.as_ref());
    creator.map_or(String::new(), |creator| {
        let call = &creator.place.call;
        format!(
            " (started by {}, {}:{})",
            tail(&call.function),
            printable(super::base(&call.file)),
            call.line
        )
    })
}

/// Why a lock that no goroutine can hold is locked all the same.
fn unheld(it: &Object) -> &'static str {
    match &it.kind {
        Kind::RwMutex(lock) if lock.leaving > 0 || !lock.writer => {
            "no goroutine holds it: a missing RUnlock?"
        }
        _ => "no goroutine holds it: a missing Unlock?",
    }
}

/// Goroutines that nobody can wake.
pub(crate) fn leak(report: &Report, held_up: u64, objects: &[u32]) -> String {
    let count = usize::try_from(held_up).unwrap_or(usize::MAX);
    let mut known = objects.iter().filter_map(|index| report.object(*index));
    let channels = known.all(|object| matches!(object.kind, Kind::Channel(_)));
    let what = if channels { "channel" } else { "object" };
    let objects_text = plural(objects.len(), what);
    let waiting = wait(report, count);
    let made = made_by(report, objects);
    if report.deep {
        format!(
            "{waiting} at {objects_text}{made}: leaked. Nothing reachable, the heap included, refers to what they wait on"
        )
    } else {
        format!(
            "{waiting} at {objects_text}{made} and may be leaked: no other stack and no global refers to what they wait on (the heap was not searched; add --deep)"
        )
    }
}

/// Goroutines at nil channels.
pub(crate) fn nil_channels(report: &Report, count: usize) -> String {
    format!(
        "{} at a nil channel, where nothing ever comes",
        wait(report, count)
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

/// Goroutines that stay in C.
pub(crate) fn in_c(
    report: &Report,
    culprits: &[u32],
    function: Option<&str>,
    asleep: bool,
) -> String {
    let function = function.map_or(String::new(), |name| format!(", in {}", printable(name)));
    let longest = culprits
        .iter()
        .filter_map(|index| report.waited(*index))
        .max();
    let longest = at_least(longest).map_or(String::new(), |it| format!(" ({it})"));
    let count = culprits.len();
    let is = if count == 1 { "is" } else { "are" };
    let rest = if asleep {
        ": their threads sleep, and none has moved"
    } else {
        ""
    };
    format!(
        "{}{} {is} in C{function}{longest}{rest}",
        plural(count, "goroutine"),
        share(report, count)
    )
}

/// A wait for a peer without a limit.
pub(crate) fn no_deadline(report: &Report, it: &Object, waiter: Waiter) -> String {
    let since = at_least(report.waited(waiter.goroutine))
        .map_or(String::new(), |since| format!(" {since}"));
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

/// A wait for a process that is stopped.
pub(crate) fn stopped_peer(report: &Report, it: &Object, waiter: Waiter) -> String {
    let since = at_least(report.waited(waiter.goroutine))
        .map_or(String::new(), |since| format!(" {since}"));
    let does = if waiter.purpose == Purpose::Write {
        "write to"
    } else {
        "read from"
    };
    format!(
        "{} waits{since} to {does} {} ({})",
        name(report, waiter.goroutine),
        object(it),
        state(report, it)
    )
}

/// Many that wait for what peers may want, each at its connection.
pub(crate) fn readers(report: &Report, count: usize, longest: Waiter) -> String {
    let longest = at_least(report.waited(longest.goroutine)).map_or(String::new(), |since| {
        format!(
            ", {} for longest ({since})",
            name(report, longest.goroutine)
        )
    });
    format!(
        "{} at connections without a deadline{longest}",
        wait(report, count)
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

/// A lock of the runtime's own that is not let go: its address and its name, where they are known, and who is to take it.
pub(crate) fn runtime_lock(
    at: Option<u64>,
    name: Option<&str>,
    by: &str,
    threads: &[&Thread],
) -> String {
    let tids: Vec<String> = threads
        .iter()
        .filter_map(|thread| thread.tid)
        .take(NAMED)
        .map(|tid| tid.to_string())
        .collect();
    let more = if threads.len() > NAMED { ", ..." } else { "" };
    let verb = if threads.len() == 1 { "waits" } else { "wait" };
    let lock = name.map_or("a lock".to_owned(), |name| format!("the lock {name}"));
    let at = at.map_or(String::new(), |at| format!(" at {at:#x}"));
    format!(
        "{} ({}{more}) {verb} for {lock} of the runtime itself{at}, in {}: it is not let go, and who holds it is recorded nowhere",
        plural(threads.len(), "thread"),
        tids.join(", "),
        tail(by)
    )
}

/// sysmon, which does not do its work.
pub(crate) fn sysmon(thread: &Thread, watched: usize) -> String {
    let state = thread.activity.as_ref().map(|activity| activity.state);
    let call = thread.syscall.as_ref();
    let does = match (state, call) {
        (Some('T' | 't'), _) => "is stopped".to_owned(),
        (_, Some(call)) => format!("is blocked in {}", printable(&call.text)),
        (_, None) => "sleeps".to_owned(),
    };
    let tid = thread.tid.unwrap_or(0);
    format!(
        "sysmon, the runtime's watchdog (thread {tid}), {does}{}",
        unwatched(watched)
    )
}

/// sysmon, which is not there.
pub(crate) fn no_sysmon(watched: usize) -> String {
    format!(
        "sysmon, the runtime's watchdog, has no thread{}",
        unwatched(watched)
    )
}

fn unwatched(watched: usize) -> String {
    let work = if watched == 1 { "works" } else { "work" };
    format!(
        ", though {} {work}: nobody preempts, has a GC made, or takes Ps back from system calls",
        plural(watched, "P")
    )
}

/// A stop of the world that does not come about.
pub(crate) fn stop_the_world(report: &Report, culprits: &[u32]) -> String {
    match culprits {
        [] => "the world is being stopped, and a thread does not let it".to_owned(),
        [only] => {
            let place = report.goroutine(*only).map_or(String::new(), |goroutine| {
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
