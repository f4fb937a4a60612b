//! What is wrong with a target, the worst first: what on-call engineers are to look at.

use super::cycles::{self, Edge, cycles, holders, waits_at};
use super::runtime;
use crate::describe;
use crate::report::{
    Finding, Grade, Kind, Object, Purpose, Report, Suspect, Trouble, Wait, Weight,
};
use gopeek_layout::enums::status;
use rustc_hash::{FxHashMap, FxHashSet};
use std::cmp::Reverse;
use std::time::Duration;

/// Fewer that wait for a moment are everyday life.
const MANY: usize = 10;
/// So many that wait where nobody seems to come are no everyday life either.
const CROWD: u64 = 100;
/// So long a wait is no everyday life for anybody.
const LONG: Duration = Duration::from_secs(60);
/// Goroutines that could run, for each P, before that is worth a word.
const QUEUE: usize = 16;

/// All findings. `alive` are objects at which somebody has moved just now.
pub(super) fn findings(report: &Report, alive: &FxHashSet<u32>) -> Vec<Finding> {
    let circles = cycles(report);
    let mut found = Vec::new();
    found.extend(crash(report));
    found.extend(circles.iter().map(|circle| deadlock(report, circle)));
    found.extend(pile_ups(report, &circles));
    found.extend(full_channels(report));
    found.extend(leaks(report));
    found.extend(kernel(report));
    found.extend(no_deadline(report));
    found.extend(starved(report));
    found.extend(nil_channels(report));
    found.extend(runtime::findings(report));
    for finding in &mut found {
        let moves = finding.objects.iter().any(|object| alive.contains(object));
        if moves && finding.what == Trouble::PileUp {
            finding.weight = Weight::Note;
        }
    }
    found.sort_by_key(|finding| {
        (
            Reverse(finding.weight),
            finding.what,
            Reverse(finding.held_up),
        )
    });
    found
}

fn crash(report: &Report) -> Option<Finding> {
    let crash = report.crash.as_ref()?;
    let at = report.goroutines.iter().zip(0u32..);
    let culprit = at.filter(|(goroutine, _)| goroutine.addr == crash.goroutine);
    Some(Finding {
        what: Trouble::Crash,
        weight: Weight::Stuck,
        grade: Grade::Certain,
        text: crate::crash_words::lines(report, crash)
            .into_iter()
            .next()?,
        culprits: culprit.map(|(_, index)| index).take(1).collect(),
        objects: Vec::new(),
        held_up: 0,
    })
}

/// Goroutines that wait for each other.
fn deadlock(report: &Report, circle: &[Edge]) -> Finding {
    let members: FxHashSet<u32> = circle.iter().map(|edge| edge.from).collect();
    let mut objects: Vec<u32> = Vec::new();
    for edge in circle {
        if !objects.contains(&edge.object) {
            objects.push(edge.object);
        }
    }
    let held_up = held_up(report, &objects, &members);
    let grade = circle.iter().map(|edge| edge.grade).min();
    Finding {
        what: Trouble::Deadlock,
        weight: Weight::Stuck,
        grade: grade.unwrap_or(Grade::Possible),
        text: describe::circle(report, circle.iter().map(|edge| (edge.from, edge.object))),
        culprits: circle.iter().map(|edge| edge.from).collect(),
        objects,
        held_up: held_up + members.len() as u64,
    }
}

/// How many wait at these objects, these goroutines aside.
fn held_up(report: &Report, objects: &[u32], aside: &FxHashSet<u32>) -> u64 {
    let mut waiting: FxHashSet<u32> = FxHashSet::default();
    for object in objects
        .iter()
        .filter_map(|index| cycles::object(report, *index))
    {
        waiting.extend(object.waiters.iter().map(|waiter| waiter.goroutine));
    }
    waiting.difference(aside).count() as u64
}

/// The way from an object over its likeliest holder, what that waits at, and so on, up to who waits for nobody.
struct Chain {
    /// From the outermost.
    objects: Vec<u32>,
    root: Suspect,
    grade: Grade,
}

fn chain(report: &Report, start: u32) -> Option<Chain> {
    let mut objects = vec![start];
    let first = cycles::object(report, start)?;
    let mut suspect = first_of(first)?.clone();
    let mut grade = suspect.grade;
    while let Some((at, purpose)) = waits_at(report, suspect.goroutine) {
        if objects.contains(&at) && purpose != Purpose::LastReaders {
            return None;
        }
        let Some(next) = holders(report, (at, purpose)).next() else {
            break;
        };
        if next.goroutine == suspect.goroutine || objects.len() > MANY {
            break;
        }
        objects.push(at);
        suspect = next.clone();
        grade = grade.min(suspect.grade);
    }
    Some(Chain {
        objects,
        root: suspect,
        grade,
    })
}

/// The suspect to follow: the likeliest; of several that are no more than possible, none.
fn first_of(object: &Object) -> Option<&Suspect> {
    let mut suspects = object.suspects.iter();
    let first = suspects.next()?;
    let is_clear = first.grade > Grade::Possible || suspects.next().is_none();
    is_clear.then_some(first)
}

/// Locks that many wait for.
fn pile_ups(report: &Report, circles: &[Vec<Edge>]) -> Vec<Finding> {
    let in_circles: FxHashSet<u32> = circles.iter().flatten().map(|edge| edge.object).collect();
    // Chains that end in one culprit are one finding.
    let mut by_root: FxHashMap<u32, Vec<Chain>> = FxHashMap::default();
    let mut found = Vec::new();
    for (object, index) in report.objects.iter().zip(0u32..) {
        let is_lock = match object.kind {
            Kind::Mutex(_) | Kind::RwMutex(_) | Kind::Once { .. } | Kind::WaitGroup { .. } => true,
            // One by whose elements goroutines take turns.
            Kind::Channel(_) => first_of(object).is_some_and(|it| it.grade > Grade::Possible),
            _ => false,
        };
        if !is_lock || object.waiters.is_empty() || in_circles.contains(&index) {
            continue;
        }
        match chain(report, index) {
            Some(chain) if chain.objects.iter().any(|at| in_circles.contains(at)) => {}
            Some(chain) => by_root.entry(chain.root.goroutine).or_default().push(chain),
            None => found.extend(without_holder(report, object, index)),
        }
    }
    found.extend(by_root.into_values().map(|chains| pile_up(report, &chains)));
    found
}

fn pile_up(report: &Report, chains: &[Chain]) -> Finding {
    let longest = chains.iter().max_by_key(|chain| chain.objects.len());
    let mut objects: Vec<u32> = Vec::new();
    for chain in chains {
        for object in &chain.objects {
            if !objects.contains(object) {
                objects.push(*object);
            }
        }
    }
    let root = longest.map_or(0, |chain| chain.root.goroutine);
    // That for which most wait goes first.
    objects.sort_by_key(|index| {
        Reverse(cycles::object(report, *index).map_or(0, |object| object.waiters.len()))
    });
    let held_up = held_up(report, &objects, &FxHashSet::from_iter([root]));
    let grade = chains.iter().map(|chain| chain.grade).max();
    let grade = grade.unwrap_or(Grade::Possible);
    let waits_only = objects.iter().all(|index| {
        let object = cycles::object(report, *index);
        object.is_some_and(|object| matches!(object.kind, Kind::WaitGroup { .. }))
    });
    // To wait for others to be done is what such groups are for; and one that runs will be done.
    let most = if waits_only {
        Weight::Note
    } else if runs(report, root) {
        Weight::Suspicious
    } else {
        Weight::Stuck
    };
    let weight = weight(report, &objects, held_up).min(most);
    Finding {
        what: Trouble::PileUp,
        weight,
        grade,
        text: describe::pile_up(report, held_up, &objects, root, grade),
        culprits: vec![root],
        objects,
        held_up,
    }
}

/// Whether a goroutine runs, or could.
fn runs(report: &Report, index: u32) -> bool {
    let goroutine = usize::try_from(index).ok();
    let goroutine = goroutine.and_then(|index| report.goroutines.get(index));
    goroutine.is_some_and(|it| [status::RUNNING, status::RUNNABLE].contains(&it.status))
}

/// One whose holder is not to be found.
fn without_holder(report: &Report, object: &Object, index: u32) -> Option<Finding> {
    let held_up = object.waiters.len() as u64;
    let weight = weight(report, &[index], held_up);
    // To wait for others to be done is what such groups are for.
    let is_group = matches!(object.kind, Kind::WaitGroup { .. });
    (weight > Weight::Note && !is_group).then(|| Finding {
        what: Trouble::PileUp,
        weight: weight.min(Weight::Suspicious),
        grade: Grade::Possible,
        text: describe::without_holder(report, object),
        culprits: object
            .suspects
            .iter()
            .map(|suspect| suspect.goroutine)
            .collect(),
        objects: vec![index],
        held_up,
    })
}

/// How bad it is that so many wait at these objects.
fn weight(report: &Report, objects: &[u32], held_up: u64) -> Weight {
    let objects = objects
        .iter()
        .filter_map(|index| cycles::object(report, *index));
    let long = objects
        .flat_map(|object| &object.waiters)
        .any(|waiter| waited(report, waiter.goroutine).is_some_and(|waited| waited >= LONG));
    if long || held_up >= MANY as u64 {
        Weight::Stuck
    } else if held_up >= 2 {
        Weight::Suspicious
    } else {
        Weight::Note
    }
}

fn waited(report: &Report, index: u32) -> Option<Duration> {
    let goroutine = report.goroutines.get(usize::try_from(index).ok()?);
    goroutine.and_then(|goroutine| goroutine.waited)
}

/// Channels into which many want to send, and from which nobody receives.
fn full_channels(report: &Report) -> Vec<Finding> {
    let objects = report.objects.iter().zip(0u32..);
    let found = objects.filter_map(|(object, index)| {
        let Kind::Channel(_) = object.kind else {
            return None;
        };
        if first_of(object).is_some_and(|it| it.grade > Grade::Possible) {
            return None;
        }
        let sends = |it: &&crate::report::Waiter| it.purpose == Purpose::Send && !it.select;
        let senders = object.waiters.iter().filter(sends).count();
        let weight = weight(report, &[index], senders as u64).min(Weight::Suspicious);
        (senders > 0 && weight > Weight::Note).then(|| Finding {
            what: Trouble::PileUp,
            weight,
            grade: Grade::Possible,
            text: describe::full_channel(report, object, senders),
            culprits: object
                .suspects
                .iter()
                .map(|suspect| suspect.goroutine)
                .collect(),
            objects: vec![index],
            held_up: senders as u64,
        })
    });
    found.collect()
}

fn leaks(report: &Report) -> Option<Finding> {
    let unreachable = |(object, _): &(&Object, u32)| {
        // One that is full is told of already.
        let full = matches!(&object.kind, Kind::Channel(it) if it.cap > 0 && it.len >= it.cap);
        object.unreachable && !full && object.waiters.iter().all(|waiter| !waiter.select)
    };
    let objects = report.objects.iter().zip(0u32..).filter(unreachable);
    let objects: Vec<u32> = objects.map(|(_, index)| index).collect();
    let held_up = held_up(report, &objects, &FxHashSet::default());
    let all = objects
        .iter()
        .filter_map(|index| cycles::object(report, *index));
    let long = all
        .flat_map(|object| &object.waiters)
        .any(|waiter| waited(report, waiter.goroutine).is_some_and(|waited| waited >= LONG));
    (!objects.is_empty()).then(|| Finding {
        what: Trouble::Leak,
        // What is held in the heap is reachable all the same: only many that have waited for long are worth a look.
        weight: if held_up >= CROWD && long {
            Weight::Suspicious
        } else {
            Weight::Note
        },
        grade: Grade::Possible,
        text: describe::leak(report, held_up, objects.len()),
        culprits: objects
            .iter()
            .filter_map(|index| cycles::object(report, *index)?.waiters.first())
            .map(|waiter| waiter.goroutine)
            .collect(),
        objects,
        held_up,
    })
}

/// Goroutines at nil channels, which nobody can reach. A `select` without cases is how some programs say that they are done.
fn nil_channels(report: &Report) -> Option<Finding> {
    let all = report.goroutines.iter().zip(0u32..);
    let at_nil = all.filter(|(goroutine, _)| {
        goroutine.wait == Some(Wait::Forever) && goroutine.state.contains("nil chan")
    });
    let culprits: Vec<u32> = at_nil.map(|(_, index)| index).collect();
    (!culprits.is_empty()).then(|| Finding {
        what: Trouble::Leak,
        weight: Weight::Note,
        grade: Grade::Certain,
        text: describe::nil_channels(report, culprits.len()),
        held_up: culprits.len() as u64,
        culprits,
        objects: Vec::new(),
    })
}

/// Threads that nothing can wake.
fn kernel(report: &Report) -> Vec<Finding> {
    let asleep = report.threads.iter().filter(|thread| {
        let activity = thread.activity.as_ref();
        activity.is_some_and(|activity| activity.state == 'D')
    });
    let found = asleep.map(|thread| {
        let running = thread.m.as_ref().map_or(0, |m| m.running);
        let mut all = report.goroutines.iter().zip(0u32..);
        let goroutine = all.find(|(goroutine, _)| running != 0 && goroutine.addr == running);
        Finding {
            what: Trouble::Kernel,
            weight: Weight::Suspicious,
            grade: Grade::Certain,
            text: describe::in_kernel(thread, goroutine.map(|(goroutine, _)| goroutine)),
            culprits: goroutine.map(|(_, index)| index).into_iter().collect(),
            objects: Vec::new(),
            held_up: 0,
        }
    });
    found.collect()
}

/// Reads and writes that wait for a peer for long, and may do so for ever.
fn no_deadline(report: &Report) -> Vec<Finding> {
    let objects = report.objects.iter().zip(0u32..);
    let found = objects.filter_map(|(object, index)| {
        let Kind::File(file) = &object.kind else {
            return None;
        };
        let waits_for_ever = |waiter: &&crate::report::Waiter| {
            let deadline = match waiter.purpose {
                Purpose::Write => file.write_deadline,
                _ => file.read_deadline,
            };
            let idle = || {
                let groups = report.groups.iter().filter(|group| group.idle.is_some());
                groups
                    .flat_map(|group| &group.goroutines)
                    .any(|it| *it == waiter.goroutine)
            };
            deadline.is_none() && !idle()
        };
        let connected = file
            .socket
            .as_ref()
            .is_some_and(|socket| socket.remote.is_some());
        let waiter = object.waiters.iter().find(waits_for_ever)?;
        let long = waited(report, waiter.goroutine).is_some_and(|waited| waited >= LONG);
        (file.polled && connected).then(|| Finding {
            what: Trouble::NoDeadline,
            weight: if long {
                Weight::Suspicious
            } else {
                Weight::Note
            },
            grade: Grade::Possible,
            text: describe::no_deadline(report, object, *waiter),
            culprits: vec![waiter.goroutine],
            objects: vec![index],
            held_up: object.waiters.len() as u64,
        })
    });
    found.collect()
}

/// Many goroutines that could run.
fn starved(report: &Report) -> Option<Finding> {
    let runnable = |(goroutine, _): &(&crate::report::Goroutine, u32)| {
        goroutine.status == status::RUNNABLE && !goroutine.system
    };
    let all = report.goroutines.iter().zip(0u32..);
    let waiting: Vec<u32> = all.filter(runnable).map(|(_, index)| index).collect();
    let count = waiting.len();
    let procs = report.gomaxprocs?;
    let running = report.goroutines.iter().zip(0u32..);
    let running = running.filter(|(goroutine, _)| goroutine.status == status::RUNNING);
    let running: Vec<u32> = running.map(|(_, index)| index).collect();
    (count >= QUEUE * procs).then(|| Finding {
        what: Trouble::Starved,
        weight: Weight::Suspicious,
        grade: Grade::Possible,
        text: describe::starved(report, count, procs),
        // Between two turns nobody runs: then they keep the CPU from each other.
        culprits: if running.is_empty() { waiting } else { running },
        objects: Vec::new(),
        held_up: count as u64,
    })
}
