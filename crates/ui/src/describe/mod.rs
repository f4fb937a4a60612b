//! Waits, objects and findings in words: one place for the report, the findings' sentences and the live screen.

mod blocked;
mod finding;
mod object;
mod process;
mod row;
mod text;

pub(crate) use blocked::{Blocked, blocked, facts};
pub(crate) use finding::{
    PileUp, circle, endless_gc, exhausted, in_c, in_kernel, late_gc, leak, nil_channels,
    no_deadline, no_sysmon, pile_up, readers, runtime_lock, starved, stop_the_world, stopped_peer,
    stopped_timers, sysmon, without_holder,
};
pub(crate) use object::{kind, object, peer, state};
pub(crate) use process::{
    descriptors, forked, frozen, gc_cpu, group_memory, heap_memory, stop_signal, stopped_by_signal,
    stopped_by_tracer, threads, zombie_leader,
};
pub(crate) use row::{detail, holder, is_lock, place, waits_on};
pub(crate) use text::{died, lock_unknown, no_addresses};

use crate::report::{Evidence, Goroutine, Grade, Purpose, Report, SignedDuration, Wait};
use crate::words::{plural, printable};
use finding::share;
use gopeek_layout::enums::status;
use std::fmt;
use std::time::Duration;

/// A function or a global without the path in front of its package.
pub(crate) fn tail(name: &str) -> String {
    printable(without_path(name))
}

/// Likewise, as the linker stored it.
pub(crate) fn without_path(name: &str) -> &str {
    // Type arguments have slashes of their own.
    let plain = name.split('[').next().unwrap_or(name);
    let from = plain.rfind('/').map_or(0, |slash| slash + 1);
    &name[from..]
}

/// The last element of a path.
pub(crate) fn base(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
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
    Short(time).to_string()
}

/// Likewise, to be written where there is room already.
pub(crate) struct Short(pub(crate) Duration);

impl fmt::Display for Short {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.as_secs();
        match seconds {
            0 => write!(to, "{}ms", self.0.as_millis()),
            1..60 => write!(to, "{seconds}s"),
            60..3600 => write!(to, "{}m{:02}s", seconds / 60, seconds % 60),
            3600..86_400 => write!(to, "{}h{:02}m", seconds / 3600, seconds % 3600 / 60),
            _ => write!(to, "{}d{:02}h", seconds / 86_400, seconds % 86_400 / 3600),
        }
    }
}

/// A wait as a lower bound: `≥ 47m12s`; nothing where none is known.
pub(crate) fn at_least(waited: Option<Duration>) -> Option<String> {
    waited.map(|waited| format!("≥ {}", short(waited)))
}

/// Fewer that wait have no spread that says anything.
const CROWD: usize = 10;
/// Nor have those that all came just now.
const LONG: Duration = Duration::from_secs(60);

/// How the waits of many are spread, `half of them ≥ 21m07s`: whether they have come one after the other, or all at once. They
/// go those first that have waited for longest. Nothing of few, and of those of which none has waited for long.
pub(crate) fn spread(
    report: &Report,
    mut waiting: impl ExactSizeIterator<Item = u32>,
) -> Option<String> {
    let half = waiting.len().checked_div(2)?.checked_sub(1)?;
    if waiting.len() < CROWD {
        return None;
    }
    let oldest = report.waited(waiting.next()?)?;
    if oldest < LONG {
        return None;
    }
    Some(match report.waited(waiting.nth(half)?) {
        // Where no GC has come in between, one that came later has the same bound.
        Some(median) if median == oldest => "half of them as long".to_owned(),
        Some(median) => format!("half of them ≥ {}", short(median)),
        None => "half of them for less than shows".to_owned(),
    })
}

/// `g4711`.
pub(crate) fn name(report: &Report, index: u32) -> String {
    report
        .goroutine(index)
        .map_or("?".to_owned(), |goroutine| format!("g{}", goroutine.id))
}

/// What the goroutine of this index does, in the terms of the library that it called where that is known:
/// `waits for an HTTP response from 10.0.0.7:443`.
pub(crate) fn does_for(report: &Report, index: u32) -> String {
    let group = report.group_of(index);
    let goroutine = report.goroutine(index);
    // What a system call is about says more.
    let calls = goroutine.is_some_and(|it| matches!(it.wait, Some(Wait::Syscall { .. })));
    match group.and_then(|group| group.resource.as_ref()) {
        Some(resource) if !calls => {
            let from = resource.peer.as_deref().map(printable);
            let from = from.map_or(String::new(), |from| format!(" from {from}"));
            format!("waits for {}{from}", resource.text)
        }
        _ => goroutine.map_or(String::new(), |it| does(report, it)),
    }
}

/// What a goroutine does, as the end of a sentence: `is blocked in write(fd 2 -> pipe:[88123], 412)`.
pub(crate) fn does(report: &Report, goroutine: &Goroutine) -> String {
    match &goroutine.wait {
        Some(Wait::On { cases, select }) => {
            let objects = cases
                .iter()
                .filter_map(|case| Some((report.object(case.object)?, case.purpose)));
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
        Purpose::Sync => "to sync",
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
        let goroutine = report.goroutine(index);
        let frame = goroutine.and_then(|goroutine| report.frame(&goroutine.stack, frame));
        let call = frame.and_then(|frame| frame.site.calls.last());
        call.map_or("it".to_owned(), |call| tail(&call.function))
    };
    match evidence {
        Evidence::Deferred { method, frame } => {
            format!("{} has deferred {method}", place(*frame))
        }
        Evidence::Past { method, frame } => {
            format!("{} has called {method} and not undone it", place(*frame))
        }
        Evidence::SameField { method, frame } => format!(
            "{} has called {method} on this field, and never undoes it",
            place(*frame)
        ),
        Evidence::Reaches { frame, depth } => {
            let depth = usize::try_from(*depth).unwrap_or(0);
            format!(
                "{} leads to it over {}",
                place(*frame),
                plural(depth, "pointer")
            )
        }
        Evidence::Inside { function, .. } => format!("{function} holds it while it runs"),
        Evidence::Pointer { frame } => format!("{} has a pointer to it", place(*frame)),
        Evidence::OnlyOne => "no other goroutine outside the queue refers to it".to_owned(),
        Evidence::NextWriter => "it is the next writer, and keeps later readers out".to_owned(),
    }
}
