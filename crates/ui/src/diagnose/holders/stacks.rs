//! What the frames of all goroutines speak for, their stacks read together.

use super::frames::Frames;
use super::pointers::{BLOCK, stack};
use super::targets::Targets;
use super::unlocated::{self, Unlocated};
use super::{Clue, Clues, Ground};
use crate::diagnose::records::Record;
use crate::report::{Frame, Goroutine, Object, Report};
use gopeek_layout::mem::{Layered, Run};
use gopeek_layout::{Addr, Span};

/// One of the program's own goroutines: its record, its index.
type Own<'r> = (&'r Goroutine, &'r Record, u32);

/// What the frames of goroutines say.
pub(super) struct Said {
    /// What speaks for each goroutine, by its index.
    pub(super) clues: Vec<(u32, Clue)>,
    /// Weaker clues, by object and goroutine.
    pub(super) grouped: Vec<((u32, u32), Clues)>,
    /// What goroutines, by their indexes, have taken that no word of theirs leads to.
    pub(super) unlocated: Vec<(u32, Unlocated)>,
}

/// What the frames of the program's own goroutines say.
pub(super) fn said(
    ground: &Ground<'_>,
    report: &Report,
    records: &[Option<Record>],
    targets: &Targets,
    objects: &[Object],
) -> Said {
    let mut frames_of = Frames::new(ground, targets, objects);
    let mut unlocated = Vec::new();
    let own = report.goroutines.iter().zip(records).zip(0u32..);
    let own = own.filter(|((goroutine, _), _)| !goroutine.system && !goroutine.moved);
    let own: Vec<Own<'_>> = own
        .filter_map(|((goroutine, record), index)| Some((goroutine, record.as_ref()?, index)))
        .filter(|(goroutine, record, _)| frames_of.may_speak(report, goroutine, record))
        .collect();
    let mut found = Vec::new();
    for block in own.chunks(BLOCK) {
        let spans = block.iter().map(|(goroutine, record, _)| {
            let nothing = Span::new(Addr::NULL, 0);
            stack(&ground.limits, goroutine, record).unwrap_or(nothing)
        });
        let spans: Vec<Span> = spans.collect();
        let starts: Vec<Addr> = spans.iter().map(|span| span.start).collect();
        let mut alone: Vec<bool> = vec![true; block.len()];
        let mut look = |(goroutine, record, index): &Own<'_>, over: Run<'_>| {
            let frames: Vec<Frame<'_>> = report.frames(&goroutine.stack).collect();
            let under = ground.memory;
            let clues = frames_of.of(&Layered { over, under }, (goroutine, record), &frames);
            found.extend(clues.into_iter().map(|clue| (*index, clue)));
            unlocated.extend(frames_of.unlocated().into_iter().map(|it| (*index, it)));
        };
        ground.bytes.with(spans, &mut |at, bytes: &[u8]| {
            let of = block.get(at).zip(starts.get(at)).zip(alone.get_mut(at));
            if let Some(((own, start), alone)) = of {
                *alone = false;
                let start = *start;
                look(own, Run { start, bytes });
            }
        });
        // Of these not all can be had, but some of it may.
        for (own, _) in block.iter().zip(alone).filter(|(_, alone)| *alone) {
            let (start, bytes) = (Addr::NULL, &[][..]);
            look(own, Run { start, bytes });
        }
    }
    let grouped = unlocated::clues(&mut frames_of, report, objects, &unlocated);
    Said {
        clues: found,
        grouped,
        unlocated,
    }
}
