//! Locks that a frame has taken for good, and to which no word of the frame points any more: a function that never unlocks
//! needs the pointer no longer.
//!
//! Its code says which field of which type it has locked. If others wait for that very field of one object of the type, and
//! nobody else has taken one, it is the same object as likely as not.

use super::frames::Frames;
use super::methods::{Hold, Step};
use super::{Clues, Evidence};
use crate::diagnose::functions::method_of;
use crate::report::{Frame, Kind, Object, Report};
use gopeek_layout::atomics::Operand;
use gopeek_unwind::uses::Line;
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// Maximum number of pairs of a goroutine and an object that are named for one field of a type.
const MAX_PAIRS: usize = 256;

/// What a frame has taken.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Unlocated {
    frame: u32,
    hold: Hold,
    method: &'static str,
    /// Where it lies in what it is a part of.
    object: Option<Operand>,
    owner: String,
}

impl Unlocated {
    pub(super) fn new(index: u32, frame: &Frame<'_>, step: &Step) -> Option<Unlocated> {
        Some(Unlocated {
            frame: index,
            hold: step.hold,
            method: step.name,
            object: step.object,
            owner: owner(frame, &step.line)?,
        })
    }

    /// Whether a step of a call that this frame defers lets it go.
    pub(super) fn is_let_go(&self, frame: u32, step: &Step) -> bool {
        self.frame == frame && self.hold == step.hold
    }

    /// Whether it may be a lock of this kind.
    fn fits(&self, kind: &Kind) -> bool {
        match kind {
            Kind::Mutex(_) => self.hold == Hold::Mutex,
            Kind::RwMutex(_) => [Hold::Reader, Hold::Writer].contains(&self.hold),
            _ => false,
        }
    }
}

/// The type whose method is at this line of a frame, or else the function.
pub(super) fn owner(frame: &Frame<'_>, line: &Line) -> Option<String> {
    let calls = &frame.site.calls;
    let at = calls.len().checked_sub(line.instance.len() + 1)?;
    let function = &calls.get(at)?.function;
    Some(method_of(function).unwrap_or_else(|| function.to_string()))
}

/// Whether any of these may be a lock of this kind.
pub(super) fn may_be(taken: &[(u32, Unlocated)], kind: &Kind) -> bool {
    taken.iter().any(|(_, it)| it.fits(kind))
}

/// What speaks for the goroutines that have taken these, by object and goroutine.
pub(super) fn clues(
    frames: &mut Frames<'_>,
    report: &Report,
    objects: &[Object],
    taken: &[(u32, Unlocated)],
) -> Vec<((u32, u32), Clues)> {
    let mut by_owner: FxHashMap<&str, Vec<&(u32, Unlocated)>> = FxHashMap::default();
    for it in taken {
        by_owner.entry(&it.1.owner).or_default().push(it);
    }
    if by_owner.is_empty() {
        return Vec::new();
    }
    // What is waited for, by the type whose method waits.
    let mut wanted: FxHashMap<String, Vec<(u32, Option<Operand>)>> = FxHashMap::default();
    let mut known: FxHashMap<u32, Option<(Step, String)>> = FxHashMap::default();
    for (object, index) in objects.iter().zip(0u32..) {
        let is_lock = matches!(object.kind, Kind::Mutex(_) | Kind::RwMutex(_));
        let first = object.waiters.first().filter(|_| is_lock);
        let Some(goroutine) = first.and_then(|first| report.goroutine(first.goroutine)) else {
            continue;
        };
        let lock = known.entry(goroutine.stack.path).or_insert_with(|| {
            let all: Vec<Frame<'_>> = report.frames(&goroutine.stack).collect();
            frames.takes(&all)
        });
        if let Some((step, owner)) = lock
            && by_owner.contains_key(owner.as_str())
        {
            let of_owner = wanted.entry(owner.clone()).or_default();
            of_owner.push((index, step.object));
        }
    }
    let mut found = Vec::new();
    for (owner, taken) in by_owner {
        let wanted = wanted.get(owner).map(Vec::as_slice).unwrap_or_default();
        if wanted.len().saturating_mul(taken.len()) > MAX_PAIRS {
            continue;
        }
        let pairs: Vec<(u32, &(u32, Unlocated))> = wanted
            .iter()
            .flat_map(|(object, at)| taken.iter().map(move |it| (*object, *at, *it)))
            .filter(|(object, at, (_, it))| {
                let kind = usize::try_from(*object).ok().and_then(|at| objects.get(at));
                let same = at.zip(it.object).is_none_or(|(one, other)| one == other);
                same && kind.is_some_and(|object| it.fits(&object.kind))
            })
            .map(|(object, _, it)| (object, it))
            .collect();
        let sole = pairs.len() == 1;
        found.extend(pairs.into_iter().map(|(object, (goroutine, it))| {
            let evidence = Evidence::SameField {
                method: Arc::from(it.method),
                frame: it.frame,
            };
            (
                (object, *goroutine),
                vec![(sole.then_some(it.hold), evidence)],
            )
        }));
    }
    found
}
