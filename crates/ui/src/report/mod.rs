//! Everything that is known of a target at one moment: owned, plain data.
//!
//! All renderers see this and nothing else. What goroutines have in common is kept once: stacks name their way through
//! the code by an index into `paths`, paths their places by indexes into `sites`. So a million goroutines fit.

mod change;
pub(crate) mod crash;
mod detail;
mod finding;
mod inert;
mod problem;
mod retain;
mod stack;
mod taken;
mod thread;
mod wait;

pub use change::{Busy, Changes, Creators, Fates, Statement, Threads};
pub use crash::{Cause, Crash};
pub use detail::{Defer, Detail, Fault, FrameVariables, Panic};
pub use finding::{Fact, Finding, Group, Resource, Trouble, Weight, Work};
pub use problem::Problem;
pub use stack::{
    Ancestor, Call, Creator, Frame, Gap, LeftOut, NativeFrame, NativeSegment, Path, Place, Role,
    Site, Stack, Step,
};
pub use taken::{Late, NotStopped, Over, Quality, Saved, Taken, TextDump};
pub use thread::{Machine, Syscall, SystemStack, Thread};
pub use wait::{
    Case, Channel, Evidence, File, Grade, Kind, Mutex, Object, Peer, Purpose, RwMutex,
    SignedDuration, Socket, Suspect, Wait, Waiter,
};

use gopeek_attach::state::State;
use gopeek_layout::health::Health;
use gopeek_layout::labels::Label;
use gopeek_layout::rules::Rules;
use rustc_hash::{FxHashMap, FxHashSet};
use std::sync::Arc;
use std::time::Duration;

/// A target at one moment.
#[derive(Clone, Debug)]
pub struct Report {
    /// What was looked at.
    pub target: Target,
    /// How its runtime prints, and walks, stacks.
    pub rules: &'static Rules,
    /// How it was looked at.
    pub taken: Taken,
    /// What it died of; nothing of one that lives, or was saved while it did.
    pub crash: Option<Crash>,
    /// All goroutines that have not ended, the runtime's own included, in allgs order; of a crash, the one that it
    /// happened in goes first.
    pub goroutines: Vec<Goroutine>,
    /// The threads, by tid; last the runtime's Ms that have none.
    pub threads: Vec<Thread>,
    /// How many Ps there are; nothing where that is not known.
    pub gomaxprocs: Option<usize>,
    /// The state of the process as a whole, where that was asked for; nothing of a core that does not say it.
    pub process: Option<State>,
    /// How the runtime fares, where that was asked for.
    pub health: Option<Health>,
    /// The target's monotonic clock at the look, in ns.
    pub now: i64,
    /// Whether the target itself prints labels (GODEBUG=tracebacklabels=1).
    pub prints_labels: bool,
    /// Each place in the code that a frame is at, once.
    pub sites: Vec<Site>,
    /// Each way through the code that a stack took, once.
    pub paths: Vec<Path>,
    /// What goroutines wait at, where that was asked for.
    pub objects: Vec<Object>,
    /// Goroutines at the same place for the same reason, likewise; the program's own, the largest group first.
    pub groups: Vec<Group>,
    /// What is wrong, likewise; the worst first.
    pub findings: Vec<Finding>,
    /// Whether the heap was searched for what leads to objects.
    pub deep: bool,
    /// What has changed since the first of several looks; nothing of a single one.
    pub changes: Option<Changes>,
    /// What is missing or doubtful.
    pub problems: Vec<Problem>,
}

/// What was looked at.
#[derive(Clone, Debug)]
pub struct Target {
    /// Its pid.
    pub pid: i32,
    /// Its program's name.
    pub name: String,
    /// `go1.27.3`.
    pub go_version: String,
    /// How long it has been running for.
    pub age: Option<Duration>,
    /// `amd64`.
    pub arch: &'static str,
    /// Whether its executable has no symbols.
    pub stripped: bool,
    /// Where the struct offsets are from.
    pub layout_from: String,
    /// Whether they are for sure this release's.
    pub layout_exact: bool,
    /// How `runtime.allgs` was found.
    pub allgs_by: &'static str,
    /// The files that its Go code is from, that of the runtime first.
    pub files: Vec<CodeFile>,
}

/// A file that Go code was loaded from, where its code is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CodeFile {
    /// Its path, as the target sees it.
    pub path: String,
    /// Where its executable segment begins in memory.
    pub start: u64,
    /// One past its end.
    pub limit: u64,
    /// From which byte of the file that is.
    pub offset: u64,
    /// The build id that linkers give (`ld --build-id`, Go since 1.24).
    pub build_id: Option<String>,
    /// Go's own.
    pub go_build_id: Option<String>,
}

/// A goroutine.
#[derive(Clone, Debug)]
pub struct Goroutine {
    /// Its number.
    pub id: u64,
    /// Address of its `runtime.g`.
    pub addr: u64,
    /// Its status, or its wait reason where it has one, in the runtime's words.
    pub state: Arc<str>,
    /// Its status as the runtime numbers it.
    pub status: u32,
    /// A leak profile found it unreachable.
    pub leaked: bool,
    /// A GC holds it to scan its stack.
    pub scanned: bool,
    /// It is durably blocked in its synctest bubble, and the state does not say so itself.
    pub durable: bool,
    /// How long it has been blocked, as the runtime would print that; nothing where no GC has seen it blocked. That may be too
    /// long: see [`Report::blocked_for`].
    pub waited: Option<Duration>,
    /// Its M, by the address of the `runtime.m`; 0 when it has none.
    pub m: u64,
    /// The M that it is locked to, likewise.
    pub locked_m: u64,
    /// Its synctest bubble, or its group's root goroutine.
    pub bubble: Option<u64>,
    /// pprof labels.
    pub labels: Arc<[Label]>,
    /// It belongs to the runtime.
    pub system: bool,
    /// It ran whenever it was looked at, so that there is no stack of it.
    pub moved: bool,
    /// Where it is.
    pub stack: Stack,
    /// The `go` statement that made it.
    pub created_by: Option<Creator>,
    /// The creators of its creator, under GODEBUG=tracebackancestors.
    pub ancestors: Vec<Ancestor>,
    /// What it waits for, where that was asked for; nothing of one that does not wait, or where that can't be told.
    pub wait: Option<Wait>,
    /// Its group: an index into [`Report::groups`], where that was asked for; see `Report::join_groups`.
    pub group: Option<u32>,
    /// All else that is known of it, where that was asked for.
    pub detail: Option<Box<Detail>>,
}

impl Report {
    /// An M without a known address, of a goroutine that a text says is locked to its thread.
    pub const SOME_M: u64 = u64::MAX;

    /// How many Ms have no thread, and how many there are, of a process that was forked: its threads are not those that its
    /// runtime knows, and fewer.
    #[must_use]
    pub fn forked(&self) -> Option<(usize, usize)> {
        let has = |thread: &&Thread| thread.tid.is_some();
        let of_runtime = |thread: &&Thread| thread.m.as_ref().is_some_and(|m| !m.is_extra);
        let threads = self.threads.iter().filter(has).count();
        let ms = self.threads.iter().filter(of_runtime).count();
        let joined = self
            .threads
            .iter()
            .filter(has)
            .any(|thread| thread.m.is_some());
        let without = ms.checked_sub(threads).filter(|without| *without > 0)?;
        (threads > 0 && !joined).then_some((without, ms))
    }

    /// The dump in a text that it was read from; nothing of a process or a core.
    #[must_use]
    pub fn text(&self) -> Option<&TextDump> {
        self.taken.from.as_ref()?.text.as_deref()
    }

    /// The goroutine of this index.
    #[must_use]
    pub fn goroutine(&self, index: u32) -> Option<&Goroutine> {
        self.goroutines.get(usize::try_from(index).ok()?)
    }

    /// The object of this index.
    #[must_use]
    pub fn object(&self, index: u32) -> Option<&Object> {
        self.objects.get(usize::try_from(index).ok()?)
    }

    /// How long the goroutine of this index has been blocked, at least; nothing where that is not known.
    #[must_use]
    pub fn waited(&self, index: u32) -> Option<Duration> {
        self.blocked_for(self.goroutine(index)?)
    }

    /// How long a goroutine has been blocked, at least; nothing where that is not known. Without a word about the GC it is as
    /// the runtime says, which may be too long by the time between two collections.
    #[must_use]
    pub fn blocked_for(&self, goroutine: &Goroutine) -> Option<Duration> {
        let noted = goroutine.waited?;
        let collector = self.health.as_ref().and_then(|it| it.collector.as_ref());
        match collector {
            Some(collector) => collector.blocked_at_least(self.now, noted),
            None => Some(noted),
        }
    }

    /// Tells each goroutine which group it is in.
    pub(crate) fn join_groups(&mut self) {
        for (group, at) in self.groups.iter().zip(0u32..) {
            for index in &group.goroutines {
                let index = usize::try_from(*index).ok();
                if let Some(goroutine) = index.and_then(|index| self.goroutines.get_mut(index)) {
                    goroutine.group = Some(at);
                }
            }
        }
    }

    /// The group of the goroutine of this index.
    pub(crate) fn group_of(&self, index: u32) -> Option<&Group> {
        let group = self.goroutine(index)?.group?;
        self.groups.get(usize::try_from(group).ok()?)
    }

    /// The indexes of the goroutines with which nothing is wrong, as far as their groups say.
    pub fn idle(&self) -> impl Iterator<Item = u32> {
        let idle = self.groups.iter().filter(|group| group.idle.is_some());
        idle.flat_map(|group| group.goroutines.iter().copied())
    }

    /// The frames of a stack, innermost first.
    pub fn frames<'r>(&'r self, stack: &'r Stack) -> impl Iterator<Item = Frame<'r>> {
        let steps = self.steps(stack).iter();
        steps.filter_map(move |step| self.frame_at(stack, step))
    }

    /// The frame of this index, without a look at those in front of it.
    #[must_use]
    pub fn frame<'r>(&'r self, stack: &'r Stack, index: u32) -> Option<Frame<'r>> {
        let steps = self.steps(stack);
        self.frame_at(stack, steps.get(usize::try_from(index).ok()?)?)
    }

    /// How many frames of a stack begin at or below an address: one less is the index of the one that it lies in.
    #[must_use]
    pub fn frames_up_to(&self, stack: &Stack, at: u64) -> u32 {
        let begins = |step: &Step| stack.sp.wrapping_add(step.above) <= at;
        let count = self.steps(stack).partition_point(begins);
        u32::try_from(count).unwrap_or(u32::MAX)
    }

    fn steps(&self, stack: &Stack) -> &[Step] {
        let path = usize::try_from(stack.path).ok();
        let path = path.and_then(|path| self.paths.get(path));
        path.map(|path| &path.steps[..]).unwrap_or_default()
    }

    fn frame_at<'r>(&'r self, stack: &'r Stack, step: &Step) -> Option<Frame<'r>> {
        let at = |index: u32| usize::try_from(index).unwrap_or(usize::MAX);
        let site = self.sites.get(at(step.site))?;
        let words = step
            .words
            .and_then(|from| stack.words.get(at(from)..)?.get(..site.words()));
        Some(Frame {
            sp: stack.sp.wrapping_add(step.above),
            index: step.site,
            site,
            words,
        })
    }

    /// The thread whose M has this address.
    #[must_use]
    pub fn thread_of(&self, m: u64) -> Option<&Thread> {
        let has_m = |thread: &&Thread| thread.m.as_ref().is_some_and(|known| known.addr == m);
        self.threads.iter().find(has_m).filter(|_| m != 0)
    }

    /// The threads by the addresses of their Ms, for who asks for many.
    pub(crate) fn threads_by_m(&self) -> FxHashMap<u64, &Thread> {
        let threads = self.threads.iter().rev();
        let by_m = threads.filter_map(|thread| Some((thread.m.as_ref()?.addr, thread)));
        by_m.filter(|(m, _)| *m != 0).collect()
    }

    /// Says what the target died of, and puts the goroutine that it happened in first.
    pub fn set_crash(&mut self, mut crash: Crash) {
        let crashed = |goroutine: &Goroutine| goroutine.addr == crash.goroutine;
        if let Some(at) = self.goroutines.iter().position(crashed) {
            self.goroutines[..=at].rotate_right(1);
        }
        let goroutine = self.goroutines.first().filter(|it| crashed(it));
        let stack = crash.system.clone();
        let stack = stack.or_else(|| goroutine.map(|goroutine| goroutine.stack.clone()));
        crash.printed = stack.map(|stack| self.behind_end(stack));
        self.crash = Some(crash);
    }

    /// A stack without what the runtime does on it to end the process.
    fn behind_end(&mut self, stack: Stack) -> Stack {
        let ends = |frame: &Frame<'_>| {
            let function = frame.site.calls.last().map(|call| &*call.function);
            function.is_some_and(|function| crash::ENDS.contains(&function))
        };
        let frames: Vec<Frame<'_>> = self.frames(&stack).collect();
        let Some(at) = frames.iter().rposition(ends) else {
            return stack;
        };
        let steps = usize::try_from(stack.path).ok();
        let steps = steps.and_then(|path| self.paths.get(path)?.steps.get(at + 1..));
        let path = Path {
            steps: steps.unwrap_or_default().to_vec(),
        };
        let Ok(index) = u32::try_from(self.paths.len()) else {
            return stack;
        };
        self.paths.push(path);
        let gap = stack.gap.map(|mut gap| {
            gap.before = gap.before.saturating_sub(at + 1);
            gap
        });
        Stack {
            path: index,
            gap,
            ..stack
        }
    }

    /// Those of the goroutines that an M runs, by the addresses of their gs, for who asks for many.
    pub(crate) fn running(&self) -> FxHashMap<u64, (u32, &Goroutine)> {
        let machines = self.threads.iter().filter_map(|thread| thread.m.as_ref());
        let running: FxHashSet<u64> = machines.map(|m| m.running).filter(|g| *g != 0).collect();
        let all = (0u32..).zip(&self.goroutines);
        all.filter(|(_, goroutine)| running.contains(&goroutine.addr))
            .map(|(index, goroutine)| (goroutine.addr, (index, goroutine)))
            .collect()
    }

    /// The goroutine whose g has this address.
    #[must_use]
    pub fn goroutine_at(&self, g: u64) -> Option<&Goroutine> {
        self.goroutines.iter().find(|goroutine| goroutine.addr == g)
    }

    /// The goroutines that the target itself would print.
    pub fn user_goroutines(&self) -> impl Iterator<Item = &Goroutine> {
        let all = self.goroutines.iter();
        all.filter(|goroutine| self.is_users(goroutine))
    }

    /// Whether a goroutine is the program's: not the runtime's own, or the one that the target died in.
    pub(crate) fn is_users(&self, goroutine: &Goroutine) -> bool {
        let crashed = self.crash.as_ref().map(|crash| crash.goroutine);
        !goroutine.system || crashed == Some(goroutine.addr)
    }
}
