//! What values are called in JSON.

use crate::report::{Grade, Purpose, Trouble, Weight, Work};
use gopeek_unwind::{End, Source};
use serde::{Serialize, Serializer};
use std::collections::BTreeMap;
use std::time::Duration;

/// A word of the target's: numbers of 64 bits lose digits in many readers of JSON.
#[derive(Copy, Clone)]
pub(super) struct Hex(pub(super) u64);

impl Serialize for Hex {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{:#x}", self.0))
    }
}

/// Words by their names, in their order.
pub(super) struct Named(pub(super) Vec<(&'static str, u64)>);

impl Serialize for Named {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, word)| (name, Hex(*word))))
    }
}

/// Texts of the target's, which need not be UTF-8.
pub(super) type Texts = BTreeMap<String, String>;

/// In ns; what is longer than 584 years is that long.
pub(super) fn ns(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

pub(super) fn purpose(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Send => "send",
        Purpose::Receive => "receive",
        Purpose::Lock => "lock",
        Purpose::RLock => "rlock",
        Purpose::LastReaders => "last-readers",
        Purpose::Wait => "wait",
        Purpose::Read => "read",
        Purpose::Write => "write",
        Purpose::Sync => "sync",
    }
}

pub(super) fn grade(grade: Grade) -> &'static str {
    match grade {
        Grade::Possible => "possible",
        Grade::Likely => "likely",
        Grade::Certain => "certain",
    }
}

pub(super) fn work(work: Work) -> &'static str {
    match work {
        Work::Serves => "serves",
        Work::Calls => "calls",
        Work::Queues => "queues",
        Work::Sends => "sends",
        Work::Works => "works",
    }
}

pub(super) fn weight(weight: Weight) -> &'static str {
    match weight {
        Weight::Note => "note",
        Weight::Suspicious => "suspicious",
        Weight::Stuck => "stuck",
    }
}

pub(super) fn trouble(trouble: Trouble) -> &'static str {
    match trouble {
        Trouble::Deadlock => "deadlock",
        Trouble::PileUp => "pile_up",
        Trouble::Blocked => "blocked",
        Trouble::Leak => "leak",
        Trouble::NoDeadline => "no_deadline",
        Trouble::Peer => "peer",
        Trouble::StopTheWorld => "stop_the_world",
        Trouble::Gc => "gc",
        Trouble::GcCpu => "gc_cpu",
        Trouble::Limit => "limit",
        Trouble::Stopped => "stopped",
        Trouble::Forked => "forked",
        Trouble::Starved => "starved",
        Trouble::InC => "in_c",
        Trouble::RuntimeLock => "runtime_lock",
        Trouble::Sysmon => "sysmon",
        Trouble::Kernel => "kernel",
        Trouble::Crash => "crash",
        Trouble::Growth => "growth",
        Trouble::Spinning => "spinning",
    }
}

pub(super) fn end(end: &End) -> &'static str {
    match end {
        End::Root => "root",
        End::StackSwitch => "stack_switch",
        End::ForeignCode => "foreign_code",
        End::UnknownPc(_) => "unknown_pc",
        End::UnknownReturn(_) => "unknown_return",
        End::Unreadable(_) => "unreadable",
        End::NoProgress => "no_progress",
        End::TooDeep => "too_deep",
        End::NoStart => "no_start",
    }
}

pub(super) fn source(source: Source) -> &'static str {
    match source {
        Source::Scheduler => "scheduler",
        Source::Syscall => "syscall",
        Source::Vdso => "vdso",
        Source::Registers => "registers",
        Source::OwnStack => "own_stack",
    }
}
