//! What the frames of a goroutine speak for: locks that they have taken and not let go, deferred calls that let them go.

use super::behind::Behind;
use super::methods::{Hold, RECEIVE, SEND, Step, releases, steps};
use super::past::{held, is_for_good};
use super::targets::Targets;
use super::unlocated::{Unlocated, owner};
use super::{Clue, Ground};
use crate::diagnose::functions::package;
use crate::diagnose::records::Record;
use crate::report::{Evidence, Frame, Goroutine, Object, Purpose, Report, Wait};
use gopeek_layout::atomics::Operand;
use gopeek_layout::mem::{Word, read_bytes, read_word};
use gopeek_layout::pending;
use gopeek_layout::{Addr, Memory, Span};
use gopeek_unwind::defers::{InFrame, in_frame};
use gopeek_unwind::uses::lines;
use gopeek_unwind::{Code, Frame as Physical};
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// Behind a frame lie words in which its caller keeps the arguments that came in registers: nine of them on amd64, sixteen on
/// arm64.
const SPILLED: u64 = 16 * 8;
/// No frame that takes a lock is larger: those that are hold buffers, which are not to be searched word by word.
const MAX_FRAME: u64 = 64 << 10;
/// Maximum number of objects that a frame leads to and of which one, whichever, may be what it has taken.
const MAX_ALIKE: usize = 64;
/// So many captured variables of a deferred call are looked at.
const CAPTURED: u64 = 6;

/// What the code at a site speaks for, once for all that are there.
#[derive(Clone, Default)]
struct Known {
    held: Arc<[Held]>,
    defers: bool,
}

/// What a frame has taken and not let go.
#[derive(Clone)]
struct Held {
    step: Step,
    /// Nothing further down in its function lets it go.
    for_good: bool,
}

/// Looks at frames, and remembers what their code says.
pub(super) struct Frames<'g> {
    ground: &'g Ground<'g>,
    targets: &'g Targets,
    objects: &'g [Object],
    /// By the index of the site.
    sites: FxHashMap<u32, Known>,
    /// Of which frames on it there is anything known, by the index of the path. For most of none.
    paths: FxHashMap<u32, Arc<[usize]>>,
    /// By the entry of the function.
    functions: FxHashMap<Addr, Arc<[Step]>>,
    /// What a deferred function lets go, by its entry.
    releases: FxHashMap<Addr, Arc<[Step]>>,
    behind: Behind,
    types: Vec<Span>,
    /// What was taken for good of which no word is left, since this was asked last.
    unlocated: Vec<Unlocated>,
}

impl<'g> Frames<'g> {
    pub(super) fn new(ground: &'g Ground<'g>, targets: &'g Targets, objects: &'g [Object]) -> Self {
        Frames {
            ground,
            targets,
            objects,
            sites: FxHashMap::default(),
            paths: FxHashMap::default(),
            functions: FxHashMap::default(),
            releases: FxHashMap::default(),
            behind: Behind::default(),
            types: ground.found.types(),
            unlocated: Vec::new(),
        }
    }

    /// What the goroutines that were looked at since the last time have taken, and of which no word of theirs says where it is.
    pub(super) fn unlocated(&mut self) -> Vec<Unlocated> {
        std::mem::take(&mut self.unlocated)
    }

    /// Whether anything may speak for a goroutine: for most nothing does.
    pub(super) fn may_speak(
        &mut self,
        report: &Report,
        goroutine: &Goroutine,
        record: &Record,
    ) -> bool {
        let path = goroutine.stack.path;
        let known = self.paths.get(&path).map(|frames| !frames.is_empty());
        let by_code = known.unwrap_or_else(|| {
            let frames: Vec<Frame<'_>> = report.frames(&goroutine.stack).collect();
            !self.speaking(path, &frames).is_empty()
        });
        by_code || !record.defer.is_null()
    }

    /// The frames of a path of which there is anything known.
    fn speaking(&mut self, path: u32, frames: &[Frame<'_>]) -> Arc<[usize]> {
        if let Some(known) = self.paths.get(&path) {
            return known.clone();
        }
        let speaks = |known: Known| known.defers || !known.held.is_empty();
        let frames = frames.iter().enumerate();
        let speaking = frames.filter(|(_, frame)| speaks(self.known(frame)));
        let speaking: Arc<[usize]> = speaking.map(|(index, _)| index).collect();
        self.paths.insert(path, speaking.clone());
        speaking
    }

    /// What speaks for a goroutine; its stack is in `memory`.
    pub(super) fn of(
        &mut self,
        memory: &dyn Memory,
        (goroutine, record): (&Goroutine, &Record),
        frames: &[Frame<'_>],
    ) -> Vec<Clue> {
        let mut clues = Vec::new();
        let speaking = self.speaking(goroutine.stack.path, frames);
        let speaking = speaking
            .iter()
            .filter_map(|at| Some((u32::try_from(*at).ok()?, frames.get(*at)?)));
        for (index, frame) in speaking {
            let known = self.known(frame);
            if !known.held.is_empty() {
                // What it waits for in this very frame it can't have taken there.
                let waits_for = waits_in(goroutine, frames)
                    .filter(|(at, _)| *at == index)
                    .map(|(_, object)| object);
                self.past(memory, index, frame, &known.held, waits_for, &mut clues);
            }
            if known.defers {
                for call in self.in_frame(memory, frame) {
                    self.settle(index, call.function);
                    self.deferred(memory, index, call.function, call.closure, &mut clues);
                }
            }
        }
        if !record.defer.is_null() {
            let g = Addr::new(goroutine.addr);
            self.recorded(memory, g, frames, &mut clues);
        }
        clues
    }

    fn known(&mut self, frame: &Frame<'_>) -> Known {
        if let Some(known) = self.sites.get(&frame.index) {
            return known.clone();
        }
        let known = self.learn(frame).unwrap_or_default();
        self.sites.insert(frame.index, known.clone());
        known
    }

    fn learn(&mut self, frame: &Frame<'_>) -> Option<Known> {
        let code: &Code<'_> = &self.ground.found.code;
        let pc = Addr::new(frame.site.pc);
        let function = code.function(pc)?;
        // The runtime has no locks of these kinds, and much code.
        if function.name().starts_with("runtime.") {
            return None;
        }
        let steps = self.steps(function.entry());
        let takes = steps.iter().any(|step| step.takes);
        let held = takes.then(|| {
            // The call, not what follows it.
            let at = lines(&function, pc.checked_sub(1).unwrap_or(pc));
            let held = held(&steps, &at).into_iter().map(|step| Held {
                step: step.clone(),
                for_good: is_for_good(&steps, step),
            });
            held.collect()
        });
        Some(Known {
            held: held.unwrap_or_default(),
            defers: function.keeps_defers(),
        })
    }

    fn steps(&mut self, entry: Addr) -> Arc<[Step]> {
        let code = &self.ground.found.code;
        let known = self.functions.entry(entry);
        let make = || code.function(entry).map(|function| steps(code, &function));
        known.or_insert_with(|| make().unwrap_or_default()).clone()
    }

    /// A frame past the taking of a lock: the lock is where the code says, from one of the frame's words.
    fn past(
        &mut self,
        memory: &dyn Memory,
        index: u32,
        frame: &Frame<'_>,
        held: &[Held],
        waits_for: Option<u32>,
        clues: &mut Vec<Clue>,
    ) {
        let words = Self::words(memory, frame);
        for Held { step, for_good } in held {
            let objects = words.iter().filter_map(|word| {
                self.targets
                    .held(self.objects, step.hold, step.object, *word)
            });
            let mut objects: Vec<u32> = objects
                .filter(|object| Some(*object) != waits_for)
                .collect();
            if objects.is_empty() && step.object.is_none() {
                // The code has the address of a global itself.
                let global = self.referred_to(Addr::new(frame.site.pc), step);
                objects.extend(global.filter(|object| Some(*object) != waits_for));
            }
            objects.sort_unstable();
            objects.dedup();
            if objects.len() > MAX_ALIKE {
                continue;
            }
            let is_elsewhere = matches!(step.object, Some(Operand::Global(_)));
            if objects.is_empty() && *for_good && !is_elsewhere {
                self.unlocated.extend(Unlocated::new(index, frame, step));
            }
            // Of two of the same kind, either may be the one.
            let sure = (objects.len() == 1).then_some(step.hold);
            clues.extend(objects.into_iter().map(|object| Clue {
                object,
                hold: sure,
                evidence: Evidence::Past {
                    method: Arc::from(step.name),
                    frame: index,
                },
            }));
        }
    }

    /// How a goroutine that waits for a lock takes it: the call, and the type whose method does it.
    pub(super) fn takes(&mut self, frames: &[Frame<'_>]) -> Option<(Step, String)> {
        let frame = frames.iter().find(|frame| !is_of_locks(frame))?;
        let pc = Addr::new(frame.site.pc);
        let function = self.ground.found.code.function(pc)?;
        let at = lines(&function, pc.checked_sub(1)?);
        let steps = self.steps(function.entry());
        let step = steps.iter().find(|it| it.takes && at.contains(&it.line))?;
        Some((step.clone(), owner(frame, &step.line)?))
    }

    /// The words of a frame, and of its arguments.
    fn words(memory: &dyn Memory, frame: &Frame<'_>) -> Vec<u64> {
        let size = frame.site.frame_size;
        if size > MAX_FRAME {
            return Vec::new();
        }
        let at = Addr::new(frame.sp);
        let read = |len: u64| read_bytes(memory, at, usize::try_from(len).ok()?).ok();
        // The outermost frame's may be the last on its stack.
        let bytes = read(size + SPILLED).or_else(|| read(size));
        let bytes = bytes.unwrap_or_default();
        bytes.chunks_exact(8).filter_map(u64::decode).collect()
    }

    fn in_frame(&self, memory: &dyn Memory, frame: &Frame<'_>) -> Vec<InFrame> {
        let found = self.ground.found;
        let (sp, pc) = (Addr::new(frame.sp), Addr::new(frame.site.pc));
        let shape = found.arch.frame();
        let fp = sp.checked_add(frame.site.frame_size);
        let physical = fp.map(|fp| Physical {
            pc,
            sp,
            fp,
            argp: fp,
            trap: false,
        });
        let rules = found.layout.rules;
        let in_frame = |it| in_frame(memory, &found.code, shape, rules, &it);
        physical.map(in_frame).unwrap_or_default()
    }

    /// The deferred calls that the runtime has records of.
    fn recorded(
        &mut self,
        memory: &dyn Memory,
        g: Addr,
        frames: &[Frame<'_>],
        clues: &mut Vec<Clue>,
    ) {
        let ground = self.ground;
        let (fields, limits) = (ground.fields(), &ground.limits);
        let pending = pending::read(memory, fields, &self.types, limits, g);
        for call in pending.defers {
            // The innermost of those that begin there, as frames without a size begin where the next one does.
            let at = frames.partition_point(|frame| frame.sp < call.sp.get());
            let frame = frames.get(at).filter(|frame| frame.sp == call.sp.get());
            let frame = frame
                .map(|_| at)
                .and_then(|frame| u32::try_from(frame).ok());
            if let Some(frame) = frame {
                self.settle(frame, call.function);
            }
            self.deferred(
                memory,
                frame.unwrap_or(0),
                call.function,
                call.closure,
                clues,
            );
        }
    }

    /// A deferred call that lets go what it has captured.
    fn deferred(
        &mut self,
        memory: &dyn Memory,
        frame: u32,
        function: Addr,
        closure: Addr,
        clues: &mut Vec<Clue>,
    ) {
        let lets_go = self.releases(function);
        if lets_go.is_empty() {
            return;
        }
        let captured = (1..=CAPTURED).map_while(|word| {
            let at = closure.checked_add(word * 8)?;
            read_word::<u64>(memory, at).ok()
        });
        let captured: Vec<u64> = captured.collect();
        // What is captured by reference is behind one more pointer.
        let words: Vec<u64> = captured
            .iter()
            .flat_map(|word| {
                let behind = read_word::<u64>(memory, Addr::new(*word)).ok();
                [Some(*word), behind].into_iter().flatten()
            })
            .chain([0])
            .collect();
        for step in lets_go.iter() {
            let object = words.iter().find_map(|word| {
                self.targets
                    .held(self.objects, step.hold, step.object, *word)
            });
            let object = object.or_else(|| self.referred_to(function, step));
            let mut depth = None;
            let object = object.or_else(|| {
                if step.hold != Hold::Turn {
                    return None;
                }
                let words = captured.iter();
                let (object, far) = words
                    .filter_map(|word| self.behind.channel(memory, self.targets, *word))
                    .min_by_key(|(_, far)| *far)?;
                depth = Some(far);
                Some(object)
            });
            let Some(object) = object.filter(|object| self.gives_back(*object, step)) else {
                continue;
            };
            let mut add = |evidence| {
                clues.push(Clue {
                    object,
                    hold: Some(step.hold),
                    evidence,
                });
            };
            add(Evidence::Deferred {
                method: Arc::from(step.name),
                frame,
            });
            if let Some(depth) = depth {
                add(Evidence::Reaches { frame, depth });
            }
        }
    }

    /// Whether a step lets go what others wait for at an object: of a channel, there are two ways to take turns.
    fn gives_back(&self, object: u32, step: &Step) -> bool {
        if step.hold != Hold::Turn {
            return true;
        }
        let at = usize::try_from(object).ok();
        let first = at.and_then(|at| self.objects.get(at)?.waiters.first());
        first.is_some_and(|first| match first.purpose {
            Purpose::Send => step.name == RECEIVE,
            Purpose::Receive => step.name == SEND,
            _ => false,
        })
    }

    /// Forgets what a frame has taken that a call which it defers lets go: it is where that call says.
    fn settle(&mut self, frame: u32, function: Addr) {
        if self.unlocated.is_empty() {
            return;
        }
        let lets_go = self.releases(function);
        self.unlocated
            .retain(|it| !lets_go.iter().any(|step| it.is_let_go(frame, step)));
    }

    fn releases(&mut self, entry: Addr) -> Arc<[Step]> {
        if let Some(known) = self.releases.get(&entry) {
            return known.clone();
        }
        let code: &Code<'_> = &self.ground.found.code;
        let found = code.function(entry).map(|function| {
            releases(code, &function, &mut |callee| {
                let is_entry = code.function(callee).is_some_and(|it| it.entry() == callee);
                if is_entry {
                    self.steps(callee)
                } else {
                    Arc::default()
                }
            })
        });
        let found = found.unwrap_or_default();
        self.releases.insert(entry, found.clone());
        found
    }

    /// A global that a deferred function lets go, of which it has the address in its code.
    fn referred_to(&self, function: Addr, step: &Step) -> Option<u32> {
        let code = &self.ground.found.code;
        let function = code.function(function)?;
        let refs = code.refs(&function);
        let mut objects = refs
            .iter()
            .filter_map(|at| self.targets.held(self.objects, step.hold, None, at.get()));
        objects.next().filter(|_| step.object.is_none())
    }
}

/// The frame that has called what a goroutine waits in, and the object that it waits for.
fn waits_in(goroutine: &Goroutine, frames: &[Frame<'_>]) -> Option<(u32, u32)> {
    let Some(Wait::On { cases, .. }) = &goroutine.wait else {
        return None;
    };
    let at = frames.iter().position(|frame| !is_of_locks(frame))?;
    Some((u32::try_from(at).ok()?, cases.first()?.object))
}

/// Whether a frame is one of the methods by which locks are taken.
fn is_of_locks(frame: &Frame<'_>) -> bool {
    let function = frame.site.calls.last().map(|call| package(&call.function));
    function.is_none_or(|package| ["runtime", "sync", "internal/sync"].contains(&package))
}
