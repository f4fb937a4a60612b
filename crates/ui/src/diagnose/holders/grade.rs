//! How sure it is that a goroutine holds what speaks for it.
//!
//! Certain is only what the code of the standard library leaves no other explanation for. A deferred Unlock that was not made
//! yet is likely: a function may unlock in between, and lock again before it returns.

use super::methods::Hold;
use super::targets::Targets;
use super::{Clues, Ground};
use crate::diagnose::primitive::calls;
use crate::report::{
    Evidence, Frame, Goroutine, Grade, Kind, Object, Purpose, Report, Suspect, Wait,
};
use gopeek_layout::Addr;
use gopeek_layout::mem::{Interface, read_word};
use rustc_hash::{FxHashMap, FxHashSet};
use std::cell::RefCell;
use std::sync::Arc;

/// The function that holds a Once's mutex all the time that it runs.
const ONCE: &str = "sync.(*Once).doSlow";
/// The method that lets go its locker, and takes it again before it returns.
const COND_WAIT: &str = "sync.(*Cond).Wait";

pub(super) struct Grades<'g> {
    ground: &'g Ground<'g>,
    report: &'g Report,
    targets: &'g Targets,
    objects: &'g [Object],
    /// The frame by which goroutines wait at a Cond, if they do, by the index of the path.
    cond_waits: RefCell<FxHashMap<u32, Option<u32>>>,
}

impl<'g> Grades<'g> {
    pub(super) fn new(
        ground: &'g Ground<'g>,
        report: &'g Report,
        targets: &'g Targets,
        objects: &'g [Object],
    ) -> Self {
        Grades {
            ground,
            report,
            targets,
            objects,
            cond_waits: RefCell::default(),
        }
    }

    /// Those for whom something speaks, the likeliest first.
    pub(super) fn of(&self, object: &Object, clues: Vec<(u32, Clues)>) -> Vec<Suspect> {
        if !is_held(object) {
            return Vec::new();
        }
        let waiting: FxHashSet<u32> = object
            .waiters
            .iter()
            .map(|waiter| waiter.goroutine)
            .collect();
        let mut suspects: Vec<Suspect> = clues
            .into_iter()
            .filter_map(|(goroutine, clues)| {
                self.suspect(object, goroutine, clues, waiting.contains(&goroutine))
            })
            .collect();
        if is_exclusive(object) {
            only_one(&mut suspects);
        }
        if let [only] = &mut suspects[..] {
            only.evidence.push(Evidence::OnlyOne);
        }
        suspects.extend(next_writer(object));
        // Those first that have waited for longest, of the same grade.
        suspects.sort_by_key(|suspect| {
            let waited = self.report.waited(suspect.goroutine);
            (
                std::cmp::Reverse((suspect.grade, suspect.evidence.len(), waited)),
                suspect.goroutine,
            )
        });
        suspects
    }

    fn suspect(
        &self,
        object: &Object,
        index: u32,
        clues: Clues,
        waits_here: bool,
    ) -> Option<Suspect> {
        let goroutine = self.report.goroutine(index)?;
        let let_go = self.let_go(object, goroutine);
        let mut evidence = Vec::new();
        let mut grade = Grade::Possible;
        for (hold, clue) in clues {
            match &clue {
                Evidence::Deferred { frame, .. }
                | Evidence::Past { frame, .. }
                | Evidence::SameField { frame, .. } => {
                    // A Cond's Wait, called by that frame, has let it go.
                    if let_go.is_some_and(|waits| waits < *frame) {
                        continue;
                    }
                    let once = matches!(object.kind, Kind::Once { .. });
                    let inside = once && self.is_in(goroutine, *frame, ONCE);
                    if inside && matches!(clue, Evidence::Deferred { .. }) {
                        grade = Grade::Certain;
                        evidence.push(Evidence::Inside {
                            function: Arc::from(ONCE),
                            frame: *frame,
                        });
                        continue;
                    }
                    if fits(object, hold) {
                        grade = grade.max(Grade::Likely);
                    }
                    evidence.push(clue);
                }
                _ => evidence.push(clue),
            }
        }
        // One that waits here, and has nothing but a pointer, is a waiter like all others.
        let holds = grade > Grade::Possible || !waits_here;
        (holds && !evidence.is_empty()).then_some(Suspect {
            goroutine: index,
            grade,
            evidence,
        })
    }

    /// Where the Cond lies that a goroutine waits at.
    fn cond(&self, goroutine: &Goroutine) -> Option<u64> {
        let Some(Wait::On { cases, .. }) = &goroutine.wait else {
            return None;
        };
        let at = usize::try_from(cases.first()?.object).ok()?;
        let object = self.objects.get(at)?;
        matches!(object.kind, Kind::Cond).then_some(object.addr)
    }

    /// The frame by which a goroutine waits at a Cond. Others on the same way do so, too.
    fn cond_wait(&self, goroutine: &Goroutine) -> Option<u32> {
        let stack = &goroutine.stack;
        let mut known = self.cond_waits.borrow_mut();
        *known.entry(stack.path).or_insert_with(|| {
            let waits = |frame: Frame<'_>| calls(&frame).any(|call| &*call.function == COND_WAIT);
            let at = self.report.frames(stack).position(waits)?;
            u32::try_from(at).ok()
        })
    }

    /// Whether a frame is in this function.
    fn is_in(&self, goroutine: &Goroutine, frame: u32, function: &str) -> bool {
        let frame = self.report.frame(&goroutine.stack, frame);
        frame.is_some_and(|frame| calls(&frame).any(|call| &*call.function == function))
    }

    /// The frame by which a goroutine waits at a Cond whose locker is the object.
    fn let_go(&self, object: &Object, goroutine: &Goroutine) -> Option<u32> {
        let at = self.cond_wait(goroutine)?;
        // The object that it waits at, or else the receiver, as far as that is alive; and of that the first word behind what may
        // not be copied: the locker, an interface.
        let receiver = || {
            let frame = self.report.frame(&goroutine.stack, at)?;
            frame.words?.first().copied()
        };
        let cond = self.cond(goroutine).or_else(receiver);
        let locker: Option<Interface> =
            cond.and_then(|cond| read_word(self.ground.memory, Addr::new(cond)).ok());
        let of_object = locker.and_then(|locker| self.targets.locker(locker.data));
        let is_objects =
            of_object.is_some() && locker.is_some_and(|it| it.data.get() == object.addr);
        // Where the receiver is lost, better nothing than something wrong.
        let unknown = cond.is_none() || locker.is_none_or(|it| it.data.is_null());
        (is_objects || unknown).then_some(at)
    }
}

/// Whether anybody holds it at all.
pub(super) fn is_held(object: &Object) -> bool {
    match &object.kind {
        Kind::Mutex(mutex) => mutex.locked,
        Kind::RwMutex(lock) => lock.writer || lock.writers.locked || lock.readers > 0,
        Kind::WaitGroup { counter, .. } => *counter > 0,
        Kind::Once { .. } | Kind::Channel(_) | Kind::Cond | Kind::Semaphore { .. } => true,
        Kind::File(_) | Kind::Coroutine | Kind::Bubble => false,
    }
}

/// Whether no more than one can hold it.
fn is_exclusive(object: &Object) -> bool {
    match &object.kind {
        Kind::Mutex(_) | Kind::Once { .. } => true,
        // A writer that has it, and does not wait for readers.
        Kind::RwMutex(lock) => lock.writer && lock.leaving == 0,
        _ => false,
    }
}

/// Whether a way of holding is one that the object is held by now.
fn fits(object: &Object, hold: Option<Hold>) -> bool {
    match (&object.kind, hold) {
        (Kind::RwMutex(lock), Some(Hold::Reader)) => lock.leaving > 0 || !lock.writer,
        (Kind::RwMutex(lock), Some(Hold::Writer)) => lock.writer && lock.leaving == 0,
        (_, hold) => hold.is_some(),
    }
}

/// Of several that can't all hold it, none is likely; one that is certain leaves none else.
fn only_one(suspects: &mut Vec<Suspect>) {
    if suspects
        .iter()
        .any(|suspect| suspect.grade == Grade::Certain)
    {
        suspects.retain(|suspect| suspect.grade == Grade::Certain);
    }
    let likely = suspects
        .iter()
        .filter(|it| it.grade >= Grade::Likely)
        .count();
    if likely == 1 {
        // A pointer is no evidence beside that.
        suspects.retain(|suspect| suspect.grade >= Grade::Likely);
    } else if likely > 1 {
        for suspect in suspects {
            suspect.grade = Grade::Possible;
        }
    }
}

/// The writer that goes next keeps out those that come after it.
fn next_writer(object: &Object) -> Option<Suspect> {
    let Kind::RwMutex(_) = object.kind else {
        return None;
    };
    let mut waiters = object.waiters.iter();
    let writer = waiters.find(|waiter| waiter.purpose == Purpose::LastReaders)?;
    Some(Suspect {
        goroutine: writer.goroutine,
        grade: Grade::Certain,
        evidence: vec![Evidence::NextWriter],
    })
}
