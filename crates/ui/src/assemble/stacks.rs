//! Stacks of a report: walked, their frames named, their arguments read.

use super::{Assembly, Bytes, MAX_NATIVE_FRAMES};
use crate::report::{Gap, LeftOut, NativeSegment, Problem, Stack};
use gopeek_layout::goroutine::Goroutine as Decoded;
use gopeek_layout::mem::{Layered, Run, read_uint};
use gopeek_layout::{Addr, Memory};
use gopeek_unwind::native::Chain;
use gopeek_unwind::{Stack as Walked, Start};

impl<'m> Bytes<'m> {
    /// A stack is one run in the snapshot, which is looked up once, not for every word.
    pub(super) fn from(self, start: Option<Start>) -> Layered<Run<'m>, &'m dyn Memory> {
        let nothing = Run {
            start: Addr::NULL,
            bytes: &[],
        };
        let run = start.and_then(|start| self.stacks.run_from(start.sp));
        Layered {
            over: run.unwrap_or(nothing),
            under: self.stacks,
        }
    }
}

impl Assembly<'_, '_, '_> {
    /// Walks a stack.
    pub(super) fn walk(&mut self, start: Option<Start>, bytes: Bytes<'_>) -> Walked {
        self.walker.walk(&bytes.from(start), start)
    }

    /// A walked stack as the report has it.
    pub(super) fn stack(
        &mut self,
        start: Option<Start>,
        walked: &Walked,
        bytes: Bytes<'_>,
    ) -> Stack {
        let memory = bytes.from(start);
        // An argument as its slot holds it, without what lies beside it.
        let word = |at, size| read_uint(&memory, at, usize::from(size)).ok();
        let (path, words) = self.places.path(&walked.frames, word);
        let sp = walked.frames.first().map(|frame| frame.sp.get());
        Stack {
            path,
            sp: sp.unwrap_or(0),
            words,
            end: walked.end.clone(),
            from: start.map(|start| start.from),
            native: Vec::new(),
            gap: walked.gap.as_ref().map(|gap| Box::new(self.gap(gap))),
        }
    }

    fn gap(&mut self, gap: &gopeek_unwind::Gap) -> Gap {
        let kinds = gap.kinds.iter();
        let kinds = kinds.map(|(kind, count)| LeftOut {
            site: self.places.site_of(kind.at),
            callee: self.places.site_of(kind.callee),
            count: *count,
        });
        Gap {
            before: gap.before,
            kinds: kinds.collect(),
        }
    }

    /// The C frames of a goroutine that is in C, or in a callback from C.
    pub(super) fn native(
        &mut self,
        decoded: &Decoded,
        walked: &Walked,
        bytes: Bytes<'_>,
    ) -> Vec<NativeSegment> {
        let Some(native) = self.extras.native else {
            return Vec::new();
        };
        // One that is parked in a callback has no M, but one that waits for it.
        let m = self.ms.get(&decoded.m).or(self.ms.get(&decoded.locked_m));
        let Some(g0) = m.and_then(|m| m.g0) else {
            return Vec::new();
        };
        let found = self.scene.found;
        let chain = Chain {
            code: &found.code,
            ids: &found.layout.enums.func_ids,
            arch: found.arch,
            frames: &walked.frames,
            g0_sp: g0.sched.sp,
            registers: self
                .on_threads
                .get(&decoded.m)
                .map(|thread| &thread.registers),
            max_frames: MAX_NATIVE_FRAMES,
        };
        let segments = native.segments(bytes.stacks, &chain, &self.places);
        let broken = segments.iter().filter_map(|segment| segment.broken.clone());
        let id = decoded.goid;
        self.problems
            .extend(broken.map(|why| Problem::BrokenNative { id, why }));
        segments
    }
}
