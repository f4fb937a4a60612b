//! The second look, which makes sure of the first: at what has changed, at what runs, and at the threads.
//!
//! It is taken while the target stands still ([`Capture::stopped`]), or, where that is not to be, while it runs
//! ([`crate::unstopped`]).

use crate::assemble::{self, Extras, Look, Part, Scene};
use crate::find::Found;
use crate::locals::Variables;
use crate::options::Options;
use crate::threads;
use gopeek_attach::again::Watched;
use gopeek_attach::asleep::{Asleep, Turns};
use gopeek_attach::capture::{Captured, Held, PauseLimits, capture, capture_running};
use gopeek_attach::stop::Standing;
use gopeek_attach::threads::Thread;
use gopeek_attach::{AttachError, Pid, Process, Snapshot};
use gopeek_layout::capture::{Omission, ThreadStacks};
use gopeek_layout::enums::{SCAN, status};
use gopeek_layout::goroutine::Goroutines;
use gopeek_layout::mem::Layered;
use gopeek_layout::moduledata::ReadOnly;
use gopeek_layout::noting::Noting;
use gopeek_layout::sched;
use gopeek_layout::{Addr, Memory, Plan, Span};
use gopeek_unwind::{OnThread, Walker};
use std::collections::HashSet;
use std::time::{Duration, Instant};

/// A target that is stopped while a GC moves a stack has that one goroutine between two stacks for a moment; the
/// next moment will do.
const TRIES: usize = 3;
/// No goroutine is planned and copied faster than this.
const FASTEST: Duration = Duration::from_micros(1);
/// More frames than this of one goroutine are not looked at for what they lead to.
pub(crate) const MAX_FRAMES: usize = 10_000;
/// So much is copied of a thread's variables, in bytes. Go's own is one word.
const THREAD_LOCAL: u64 = 64;
/// Variables that lead to each other come in so many waves at most.
const MAX_WAVES: usize = 64;

/// What to take, and from whom.
#[derive(Copy, Clone)]
pub(crate) struct Capture<'a, 'd> {
    pub(crate) process: &'a Process,
    pub(crate) scene: Scene<'a, 'd>,
    pub(crate) options: &'a Options,
    /// Its threads, as they were a moment ago.
    pub(crate) seen: &'a [Thread],
    /// The goroutines that were looked at before, in allgs order.
    pub(crate) gs: &'a [Addr],
    /// How often threads had run when the look began: those that have slept since are left alone. Without it, all are stopped.
    pub(crate) turns: Option<&'a Turns>,
    /// What else is to be done while the target stands still, once all else is, until so late.
    pub(crate) at_last: Option<&'a (dyn Fn(Option<Instant>) + Sync)>,
}

/// What was copied.
pub(crate) struct Copied {
    pub(crate) captured: Captured,
    omissions: Vec<Omission>,
    /// The goroutines that were copied, by their places in allgs.
    gs: Vec<(usize, Addr)>,
    /// Those that there was no time for.
    pub(crate) lost: Vec<(usize, Addr)>,
}

/// What came of it.
pub(crate) struct Taken {
    pub(crate) captured: Captured,
    pub(crate) omissions: Vec<Omission>,
    pub(crate) threads: Vec<threads::Found>,
    pub(crate) parts: Vec<Part>,
}

/// What comes next, in the making.
pub(crate) struct Waves<'a> {
    pub(crate) plan: Plan<'a>,
    /// What was asked for on behalf of frames: what did not come will not come the next time.
    asked: HashSet<Span>,
    left: usize,
}

impl<'a, 'd> Capture<'a, 'd> {
    fn found(&self) -> &'a Found<'d> {
        self.scene.found
    }

    /// Reads what the variables of the selected goroutines lead to, while the target runs, so that their DWARF need not
    /// be read while it stands still. They are among those at `places`.
    pub(crate) fn rehearse(
        &self,
        variables: &Variables<'_>,
        places: &[usize],
    ) -> Result<(), AttachError> {
        let mut waves = self.waves(self.gs.len());
        waves.plan.add(&self.at(places));
        capture_running(self.process, &[], |held| {
            self.next(&mut waves, held, Some(variables))
        })?;
        Ok(())
    }

    /// Takes it while the target stands still. The thread that holds the target has the variables to itself.
    pub(crate) fn stopped(
        &self,
        watched: &mut Watched<'_>,
        mut variables: Option<&mut Variables<'_>>,
    ) -> Result<Copied, AttachError> {
        let limits = PauseLimits::within(self.options.pause_limit);
        let mut again = 1..TRIES;
        loop {
            // What changes even now may do so just as often until the stop that it looks the same: it is not to be
            // trusted, whatever it looks like then.
            let restless = watched.look(self.process).changed;
            watched.forget(&restless);
            let mut waves = self.waves(self.gs.len());
            let asleep = self.asleep(&restless);
            let mut told = None;
            let captured = capture(self.process, limits, &asleep, Some(watched), |held| {
                if let Some(changed) = told.is_none().then(|| in_time(held)) {
                    waves.plan.add(&self.at(changed));
                    told = Some(changed.len());
                }
                let variables = variables.as_deref_mut();
                let spans = self.next(&mut waves, held, variables.map(|it| &*it));
                if let Some(last) = self.at_last.filter(|_| spans.is_empty()) {
                    last(held.until);
                }
                spans
            })?;
            let omissions = waves.plan.omissions();
            let moving = omissions
                .iter()
                .any(|omission| matches!(omission, Omission::Stack { .. }));
            if !moving || again.next().is_none() {
                let variables = variables.as_deref();
                return Ok(self.copied(captured, told.unwrap_or(0), &waves.plan, variables));
            }
        }
    }

    /// The threads that need not be stopped: they sleep in a system call, and not on behalf of a goroutine that runs, of which
    /// only its thread's registers tell all.
    fn asleep(&self, restless: &[usize]) -> Vec<Asleep> {
        let Some(turns) = self.turns else {
            return Vec::new();
        };
        let (process, fields) = (self.process, &self.found().layout.fields);
        let busy = self.at(restless).into_iter().filter_map(|g| {
            let status = fields.g.status.read(process, g).ok()? & !SCAN;
            let m = fields.g.m.read(process, g).ok()?;
            (status == status::RUNNING).then(|| fields.m.procid.read(process, m).ok())?
        });
        let busy: HashSet<u64> = busy.collect();
        let seen = self.seen.iter();
        let busy = seen.filter(|thread| busy.contains(&thread.inner_tid));
        // Of one in a sleep that nothing interrupts, nobody learns more.
        let stops = |tid: &Pid| {
            process
                .switches(*tid)
                .is_some_and(|(_, state)| state != 'D')
        };
        let busy: HashSet<Pid> = busy.map(|thread| thread.tid).filter(stops).collect();
        let mut asleep = process.asleep_since(turns);
        asleep.retain(|thread| !busy.contains(&thread.tid));
        asleep
    }

    /// The goroutines of threads that woke up while the others stood still. What was copied of them is of no one moment.
    fn woken(&self, captured: &Captured) -> HashSet<Addr> {
        if captured.woken.is_empty() {
            return HashSet::new();
        }
        let found = self.found();
        let ms = sched::ms(
            &captured.snapshot,
            &found.layout.fields,
            &found.roots,
            &self.scene.limits,
        );
        let woken: HashSet<Pid> = captured.woken.iter().copied().collect();
        let woken = self.seen.iter().filter(|it| woken.contains(&it.tid));
        let woken: HashSet<u64> = woken.map(|thread| thread.inner_tid).collect();
        let ran = ms.iter().filter(|m| woken.contains(&m.procid));
        ran.map(|m| m.curg).filter(|g| !g.is_null()).collect()
    }

    /// Tells what came from what there was no time for, and reads what of that is no goroutine's.
    fn copied(
        &self,
        mut captured: Captured,
        told: usize,
        plan: &Plan<'_>,
        variables: Option<&Variables<'_>>,
    ) -> Copied {
        let (told, untold) = captured.again.changed.split_at(told);
        let mut gs = self.places(told, plan.goroutines());
        let mut lost = self.places(untold, &self.at(untold));
        captured.cut_short |= !lost.is_empty();
        if captured.cut_short {
            let came = self.came(&captured, plan, variables);
            let (whole, cut) = gs.into_iter().partition(|(_, g)| came.contains(g));
            lost.extend::<Vec<_>>(cut);
            gs = whole;
            captured.snapshot.absorb(self.of_runtime(&captured));
        }
        let woken = self.woken(&captured);
        let (ran, gs) = gs.into_iter().partition(|(_, g)| woken.contains(g));
        lost.extend::<Vec<_>>(ran);
        lost.sort_unstable();
        Copied {
            omissions: plan.omissions().to_vec(),
            gs,
            lost,
            captured,
        }
    }

    /// The goroutines that were copied before time was up, with all that is wanted of each.
    fn came(
        &self,
        captured: &Captured,
        plan: &Plan<'_>,
        variables: Option<&Variables<'_>>,
    ) -> HashSet<Addr> {
        let got = &captured.snapshot;
        let held = Held {
            got,
            standing: &captured.standing,
            again: &captured.again,
            until: None,
        };
        let known = Layered {
            over: got,
            under: ReadOnly(&self.found().modules),
        };
        // Of all goroutines, nobody asks for more than the plan knows of.
        let few = if self.options.details {
            &[]
        } else {
            plan.selected()
        };
        let looked_at = plan.looked_at().iter();
        let whole = looked_at.filter(|(g, stack)| {
            stack.is_none_or(|stack| got.slice(stack).is_some())
                && plan.is_whole(&known, *g)
                && (!few.contains(g) || self.missing_of(variables, &known, held, &[*g]).is_empty())
        });
        whole.map(|(g, _)| *g).collect()
    }

    /// What the runtime has besides goroutines, of a target that runs again. That it has ended is found out by whoever asks
    /// it next.
    fn of_runtime(&self, captured: &Captured) -> Option<Snapshot> {
        let mut waves = self.waves(self.gs.len());
        waves.plan = waves.plan.without_goroutines();
        let look = capture_running(self.process, &captured.standing, |held| {
            self.next(&mut waves, held, None)
        });
        look.ok().map(|captured| captured.snapshot)
    }

    /// Makes goroutines of what was copied.
    pub(crate) fn make(&self, copied: Copied, extras: Extras<'a, 'd, '_>) -> Taken {
        let Copied {
            captured,
            omissions,
            gs,
            ..
        } = copied;
        let threads = threads::found(self.process, self.found().arch, self.seen, &captured);
        let look = Look {
            captured: &captured,
            threads: &threads,
            extras,
        };
        let parts = vec![assemble::part(self.scene, look, &gs)];
        Taken {
            captured,
            omissions,
            threads,
            parts,
        }
    }

    /// Where goroutines are that are known by their places in allgs.
    pub(crate) fn at(&self, places: &[usize]) -> Vec<Addr> {
        let at = |place: &usize| self.gs.get(*place).copied();
        places.iter().filter_map(at).collect()
    }

    /// The places in allgs of what a plan looked at: first those that it was told of, then those that are new.
    pub(crate) fn places(&self, told: &[usize], gs: &[Addr]) -> Vec<(usize, Addr)> {
        let places = told.iter().copied().chain(self.gs.len()..);
        places.zip(gs.iter().copied()).collect()
    }

    pub(crate) fn waves(&self, known: usize) -> Waves<'a> {
        let layout = &self.found().layout;
        let selected = self.options.selected.clone();
        let stacks = if self.options.native {
            ThreadStacks::C
        } else {
            ThreadStacks::Runtime
        };
        let plan = Plan::new(
            &layout.fields,
            layout.rules,
            self.found().roots,
            self.scene.limits,
        );
        let types = self.found().types();
        let plan = if self.options.details {
            plan.with_details_of_all(types)
        } else {
            plan.with_details_of(selected, types)
        };
        Waves {
            plan: plan
                .after(known as u64)
                .expecting(self.present_ms())
                .with_thread_stacks(stacks),
            asked: HashSet::new(),
            left: MAX_WAVES,
        }
    }

    pub(crate) fn next(
        &self,
        waves: &mut Waves<'_>,
        held: Held<'_>,
        variables: Option<&Variables<'_>>,
    ) -> Vec<Span> {
        // The program's constants are in its file: they are not read through the target, which would grow it.
        let known = Layered {
            over: held.got,
            under: ReadOnly(&self.found().modules),
        };
        let sps: Vec<Addr> = held
            .standing
            .iter()
            .map(|standing| standing.registers.sp())
            .collect();
        let mut spans = waves.plan.next(&known, &sps);
        if self.options.details {
            let words = held.standing.iter().filter_map(thread_local);
            spans.extend(words.filter(|span| waves.asked.insert(*span)));
        }
        let wanted = self.options.details || !self.options.selected.is_empty();
        if !wanted || !spans.is_empty() || waves.left == 0 {
            return spans;
        }
        waves.left -= 1;
        let missing = self.missing_of(variables, &known, held, waves.plan.selected());
        missing
            .into_iter()
            .filter(|span| waves.asked.insert(*span))
            .collect()
    }

    /// What else is lacking that the frames of the selected goroutines lead to: closures of deferred calls, which may lie
    /// anywhere, and variables.
    fn missing_of(
        &self,
        variables: Option<&Variables<'_>>,
        known: &dyn Memory,
        held: Held<'_>,
        gs: &[Addr],
    ) -> Vec<Span> {
        let (found, limits) = (self.found(), self.scene.limits);
        let (fields, rules) = (&found.layout.fields, found.layout.rules);
        let (code, ids) = (&found.code, found.layout.enums.func_ids);
        let mut walker = Walker::new(code, found.arch, ids, rules, MAX_FRAMES);
        let ms = sched::ms(known, fields, &found.roots, &limits);
        let noting = Noting::new(known);
        for goroutine in Goroutines::at(known, fields, rules, limits, gs.to_vec()).flatten() {
            let m = ms.iter().find(|m| m.addr == goroutine.m);
            let thread = m.and_then(|m| self.on_thread(m, held));
            let start = walker.start(known, &goroutine, thread.as_ref());
            let stack = walker.walk(known, start);
            found.deferred_in_frames(&noting, stack.frames.iter());
            let registers = thread.as_ref().map(|thread| &thread.registers);
            if let Some(variables) = variables {
                variables.of(&noting, found, start, registers, &stack);
            }
        }
        noting.missing()
    }

    fn on_thread(&self, m: &sched::M, held: Held<'_>) -> Option<OnThread> {
        threads::on_thread(m, |inner_tid| {
            let seen = self.seen.iter().find(|seen| seen.inner_tid == inner_tid)?;
            let mut standing = held.standing.iter();
            let standing = standing.find(|standing| standing.tid == seen.tid)?;
            Some(standing.registers)
        })
    }

    /// The Ms that there are now. Asked for beforehand, they need no wave each while the target stands still.
    fn present_ms(&self) -> Vec<Addr> {
        let (fields, roots) = (&self.found().layout.fields, &self.found().roots);
        let (ms, _) = sched::chain(self.process, fields, roots, &self.scene.limits);
        ms
    }
}

/// As many of the changed goroutines as can be copied in the time that is left: planning, too, takes its time.
fn in_time(held: Held<'_>) -> &[usize] {
    let changed = &held.again.changed[..];
    let left = held.until.map_or(Duration::MAX, |until| {
        until.saturating_duration_since(Instant::now())
    });
    let most = left.as_nanos() / FASTEST.as_nanos();
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    changed.get(..most).unwrap_or(changed)
}

/// Where a thread says which g it runs (`runtime.tlsg`), by which debuggers join threads and goroutines; gopeek itself goes by
/// `m.procid`. It is among the program's first thread-local variables, which are the last below the thread pointer.
fn thread_local(standing: &Standing) -> Option<Span> {
    let end = standing.registers.thread_pointer()?;
    let start = end.get().checked_sub(THREAD_LOCAL)?;
    Some(Span::new(Addr::new(start), THREAD_LOCAL))
}
