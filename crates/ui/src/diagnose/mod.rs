//! The diagnosis: what each goroutine waits for, who may hold it, and what is wrong with the target as a whole.
//!
//! It comes when a report is made, and reads what else it needs through memory: of a live process, when that runs again. So
//! what has moved meanwhile is left out of it. Every inference says how sure it is.

mod cycles;
mod findings;
mod functions;
mod globals;
mod groups;
mod holders;
mod library;
mod live;
mod members;
mod names;
mod objects;
mod parts;
mod primitive;
mod reach;
mod receivers;
mod records;
mod runtime;
mod selects;
mod surroundings;
mod text;
mod text_locks;
mod waits;
mod work;

pub(crate) use groups::own_call;
pub(crate) use live::{Ahead, Live};
pub(crate) use surroundings::{Peers, Surroundings};
pub(crate) use text::diagnose as of_text;

use crate::find::Found;
use crate::locals::Debug;
use crate::options::Options;
use crate::report::{Finding, Object, Problem, Report, SignedDuration, Trouble, Wait, Weight};
use crate::threads;
use gopeek_layout::enums::status;
use gopeek_layout::fields::Fields;
use gopeek_layout::health::Health;
use gopeek_layout::sync::semaphore;
use gopeek_layout::{Addr, Limits, Memory, Span, value};
use objects::Objects;
use records::Record;
use rustc_hash::{FxHashMap, FxHashSet};
use std::cmp::Reverse;
use std::sync::Arc;
use std::thread;
use std::time::Duration;
use waits::Waits;

/// Additional time over which the GC's share of the CPU is measured.
const GC_WINDOW: Duration = Duration::from_millis(150);

/// Bytes of many spans at a time.
pub(crate) trait Bulk: Sync {
    /// Calls `each` with the index and the bytes of every span that can be had.
    fn with(&self, spans: Vec<Span>, each: &mut dyn FnMut(usize, &[u8]));
}

/// Watches threads for a while, calls the function once it does, and returns those that did something.
type Woke<'g> = dyn Fn(&Sleepers, &mut dyn FnMut()) -> Option<FxHashSet<i32>> + 'g;

/// What a diagnosis goes by, besides the report.
pub(crate) struct Ground<'g> {
    /// Go in the target.
    pub(crate) found: &'g Found<'g>,
    /// The target's bytes.
    pub(crate) memory: &'g dyn Memory,
    /// Likewise, as they are whenever they are read.
    pub(crate) fresh: &'g dyn Memory,
    /// Stacks, and the records of goroutines.
    pub(crate) bytes: &'g dyn Bulk,
    /// Is told what will be read of `memory` next, which may be had faster together.
    pub(crate) ahead: &'g dyn Fn(Vec<Span>),
    pub(crate) limits: Limits,
    /// The target's monotonic clock, in ns.
    pub(crate) now: i64,
    /// Which of the goroutines, by the addresses of their gs, have moved since they were looked at.
    pub(crate) moved: &'g dyn Fn() -> FxHashSet<u64>,
    /// Which of these threads, which slept, have done something while we waited for that; nothing of a process that is no
    /// more. Calls the function as soon as it watches them.
    pub(crate) woke: &'g Woke<'g>,
    /// What a search through the heap goes by; nothing where there is to be none.
    pub(crate) deep: Option<Deep>,
}

/// Threads that sleep, by tid.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Sleepers {
    /// Where they do not for long, unless something is wrong: for a disk, for a lock of the runtime.
    pub(crate) briefly: Vec<i32>,
    /// Where they may for as long as they like: in C code.
    pub(crate) at_will: Vec<i32>,
}

/// What a search through the heap goes by, besides memory.
pub(crate) struct Deep {
    /// The threads' registers.
    pub(crate) registers: Vec<u64>,
    /// Whether the target runs meanwhile.
    pub(crate) runs: bool,
    /// Whether the user has asked for it. If not, it is made only where something looks leaked, and no further than is quick.
    asked: bool,
}

impl Deep {
    /// What a search goes by.
    pub(crate) fn new(options: &Options, threads: &[threads::Found], runs: bool) -> Deep {
        let registers = threads.iter().filter_map(|thread| thread.registers);
        Deep {
            registers: registers
                .flat_map(|registers| registers.named().map(|(_, word)| word))
                .collect(),
            runs,
            asked: options.deep,
        }
    }
}

impl<'g> Ground<'g> {
    fn fields(&self) -> &'g Fields {
        &self.found.layout.fields
    }

    /// How far off a moment of the target's clock is.
    fn left(&self, when: i64) -> SignedDuration {
        when.saturating_sub(self.now)
    }

    /// When a goroutine that sleeps is to wake.
    fn wakes_at(&self, record: &Record) -> Option<i64> {
        if let Some(when) = record.sleep_when {
            return Some(when).filter(|when| *when != 0);
        }
        let when = self.fields().timer.when;
        when.read(self.memory, record.timer).ok()
    }

    /// The name of a type.
    fn type_name(&self, kind: Addr) -> Option<Arc<str>> {
        let types = self.found.types();
        value::type_name(self.memory, self.fields(), &types, kind).map(Arc::from)
    }

    /// Where each goroutine waits for a semaphore, by the runtime's own table of that.
    fn semaphores(&self) -> FxHashMap<Addr, Addr> {
        let Some(table) = self.found.semaphores(self.memory) else {
            return FxHashMap::default();
        };
        let waiters = semaphore::waiters(self.memory, self.fields(), &self.limits, table);
        waiters
            .into_iter()
            .map(|waiter| (waiter.g, waiter.addr))
            .collect()
    }

    /// How the runtime fares now.
    fn health(&self) -> Health {
        self.found.health(self.fresh, &self.limits)
    }

    /// The globals that lie at these addresses, each with how far into it.
    fn globals(&self, addrs: &[Addr]) -> Vec<Option<(String, u64)>> {
        self.found.globals(addrs)
    }

    /// The target's DWARF, if it has some.
    fn debug(&self) -> Option<Debug<'_>> {
        Debug::load_types(self.found).ok()
    }
}

/// Completes a report: waits, objects, groups, findings.
pub(crate) fn diagnose(report: &mut Report, ground: &Ground<'_>, surroundings: &Surroundings<'_>) {
    // When collections were is needed for how long anything has waited.
    report.health = Some(ground.health());
    let records = records::read(ground, report);
    (ground.ahead)(records::objects(ground.fields(), &records));
    let (waits, mut objects) = {
        let objects = Objects::new(ground, surroundings);
        let mut waits = Waits::new(ground, report, &records, objects);
        let all = report.goroutines.iter().zip(0u32..);
        let found: Vec<Option<Wait>> = all
            .map(|(goroutine, index)| waits.of(index, goroutine))
            .collect();
        (found, waits.objects.into_all())
    };
    report.problems.extend(unread(report, &waits));
    for (goroutine, wait) in report.goroutines.iter_mut().zip(waits) {
        goroutine.wait = wait;
    }
    holders::suspect(ground, report, &records, &mut objects);
    if ground.deep.as_ref().is_some_and(|deep| deep.asked) {
        search(ground, report, &mut objects);
    }
    names::name(ground, report, &mut objects);
    surroundings.complete(&mut objects);
    for object in &mut objects {
        object
            .waiters
            .sort_by_key(|waiter| Reverse(report.waited(waiter.goroutine)));
    }
    report.objects = objects;
    if !report.deep && findings::is_worth_a_search(report) {
        search_briefly(ground, report);
    }
    report.groups = groups::groups(Some(ground), report, surroundings);
    report.join_groups();
    report.findings = findings::findings(report, &Again::default());
    // What is suspicious is looked at once more: if it has moved, it was the business of a moment.
    let deep = report.deep;
    let worth =
        |finding: &Finding| finding.weight > Weight::Note || deep && finding.what == Trouble::Leak;
    if report.findings.iter().any(worth) {
        let sleepers = findings::sleepers(report);
        let mut unneeded = false;
        let woke = (ground.woke)(&sleepers, &mut || {
            unneeded = !findings::needs_sysmon(&ground.health());
        });
        let lives = woke.is_some();
        let mut again = forget(report, &(ground.moved)(), woke);
        again.sysmon_unneeded = unneeded;
        (again.gc_moves, again.gc_share) = look_at_gc(ground, report, lives);
        report.findings = findings::findings(report, &again);
    }
}

/// Looks at the runtime once more. Returns whether the GC has gone on meanwhile, and, where it comes all the time, what share of
/// the CPU it took, in percent.
fn look_at_gc(ground: &Ground<'_>, report: &mut Report, lives: bool) -> (bool, Option<u32>) {
    let is_busy = lives && findings::gc_cpu::is_busy(report);
    if is_busy {
        thread::sleep(GC_WINDOW);
    }
    let now = ground.health();
    let gcs = |health: &Health| health.collector.as_ref().map(|it| (it.begun, it.ended));
    let Some(before) = report.health.replace(now.clone()) else {
        return (false, None);
    };
    let share = is_busy.then(|| findings::gc_cpu::share(&before, &now));
    (gcs(&before) != gcs(&now), share.flatten())
}

/// Searches the heap for what leads to objects. Where that can't be done, what is known without it stays.
fn search(ground: &Ground<'_>, report: &mut Report, objects: &mut [Object]) {
    match reach::search(ground, report, objects, &reach::Bound::NONE) {
        Ok(found) => reached(report, objects, &found),
        Err(why) => report.problems.push(Problem::NoHeap { why }),
    }
}

/// Searches the heap where nobody has asked for it, if that is quick: then what looks leaked is known to be, or not to be.
fn search_briefly(ground: &Ground<'_>, report: &mut Report) {
    let heap = report.health.as_ref().and_then(|it| it.heap.as_ref());
    let live = heap.map(|heap| heap.in_use);
    if ground.deep.is_none() || live.is_none_or(|live| live > reach::QUICK_BYTES) {
        return;
    }
    let mut objects = std::mem::take(&mut report.objects);
    if let Ok(found) = reach::search(ground, report, &objects, &reach::Bound::quick()) {
        reached(report, &mut objects, &found);
    }
    report.objects = objects;
}

fn reached(report: &mut Report, objects: &mut [Object], found: &reach::Reach) {
    report.deep = true;
    for (object, index) in objects.iter_mut().zip(0u32..) {
        object.unreachable = found.unreached.contains(&index);
        object.reached_from = found.from.get(&index).copied();
    }
}

/// What the memory lacks: a goroutine that is parked waits for something.
fn unread(report: &Report, waits: &[Option<Wait>]) -> Option<Problem> {
    let all = report.goroutines.iter().zip(waits);
    let unread = all.filter(|(goroutine, wait)| {
        goroutine.status == status::WAITING && !goroutine.moved && wait.is_none()
    });
    let count = unread.count();
    (count > 0).then_some(Problem::NoWaits { count })
}

/// What has moved since it was looked at.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
struct Again {
    /// Goroutines, by index.
    goroutines: FxHashSet<u32>,
    /// Objects at which somebody has had a turn: who still waits there has not yet had its own.
    objects: FxHashSet<u32>,
    /// Threads that slept, by tid; nothing where nobody looked.
    threads: Option<FxHashSet<i32>>,
    /// Whether sysmon had nothing to do when we began to watch the threads.
    sysmon_unneeded: bool,
    /// Whether a collection has begun or ended.
    gc_moves: bool,
    /// Share of the CPU that the GC took meanwhile, in percent; nothing where that was not measured.
    gc_share: Option<u32>,
}

/// Leaves out of the diagnosis what has moved since it was looked at, and says what that was.
fn forget(report: &mut Report, moved: &FxHashSet<u64>, threads: Option<FxHashSet<i32>>) -> Again {
    let mut alive = FxHashSet::default();
    if moved.is_empty() {
        return Again {
            threads,
            ..Again::default()
        };
    }
    let indexes: FxHashSet<u32> = report
        .goroutines
        .iter()
        .zip(0u32..)
        .filter(|(goroutine, _)| moved.contains(&goroutine.addr))
        .map(|(_, index)| index)
        .collect();
    for (goroutine, index) in report.goroutines.iter_mut().zip(0u32..) {
        if indexes.contains(&index) {
            goroutine.wait = None;
        }
    }
    for (object, index) in report.objects.iter_mut().zip(0u32..) {
        let has_moved = |goroutine: u32| indexes.contains(&goroutine);
        let mut moved = object
            .waiters
            .iter()
            .filter(|it| has_moved(it.goroutine))
            .peekable();
        let reached =
            moved.peek().is_some() || object.suspects.iter().any(|it| has_moved(it.goroutine));
        // One in a select may have gone on for another case, a timer as likely as not: then nobody has had a turn here.
        let had_turn = moved.any(|waiter| !waiter.select);
        object.waiters.retain(|it| !has_moved(it.goroutine));
        if reached {
            // Whoever has gone on has reached it.
            object.unreachable = false;
            object.unheld = false;
            object.exhausted = false;
        }
        // A holder that goes on while nobody has a turn holds it still: it would have woken one. Tickers and loops that only
        // have a pointer to it say nothing of it either.
        if had_turn {
            object.suspects.retain(|it| !has_moved(it.goroutine));
            alive.insert(index);
        }
    }
    Again {
        goroutines: indexes,
        objects: alive,
        threads,
        ..Again::default()
    }
}
