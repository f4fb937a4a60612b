//! Stacks of a report: walked, their frames named, their arguments read.

use super::{Assembly, MAX_NATIVE_FRAMES};
use crate::report::{Frame, NativeSegment, Problem, Stack};
use gopeek_attach::Snapshot;
use gopeek_layout::goroutine::Goroutine as Decoded;
use gopeek_layout::mem::{Layered, Run, read_uint};
use gopeek_layout::{Addr, Memory};
use gopeek_unwind::native::Chain;
use gopeek_unwind::pclntab::args::ArgToken;
use gopeek_unwind::{Frame as WalkedFrame, Stack as Walked, Start};

impl<'a> Assembly<'a, '_> {
    /// Walks a stack. It is one run in the snapshot, which is looked up once, not for every word.
    pub(super) fn walk(&mut self, start: Option<Start>) -> Walked {
        let stack = self.stack_memory(start.map(|start| start.sp));
        self.walker.walk(&stack, start)
    }

    fn stack_memory(&self, sp: Option<Addr>) -> Layered<Run<'a>, &'a Snapshot> {
        let nothing = Run {
            start: Addr::NULL,
            bytes: &[],
        };
        Layered {
            over: sp
                .and_then(|sp| self.memory.run_from(sp))
                .unwrap_or(nothing),
            under: self.memory,
        }
    }

    /// A walked stack as the report has it.
    pub(super) fn stack(&mut self, start: Option<Start>, walked: &Walked) -> Stack {
        let stack = self.stack_memory(start.map(|start| start.sp));
        let frames = walked.frames.iter().map(|frame| self.frame(&stack, frame));
        Stack {
            frames: frames.collect(),
            end: walked.end.clone(),
            from: start.map(|start| start.from),
            native: Vec::new(),
        }
    }

    /// The C frames of a goroutine that is in C, or in a callback from C.
    pub(super) fn native(&mut self, decoded: &Decoded, walked: &Walked) -> Vec<NativeSegment> {
        let Some(native) = self.native else {
            return Vec::new();
        };
        // One that is parked in a callback has no M, but one that waits for it.
        let m = self.ms.get(&decoded.m).or(self.ms.get(&decoded.locked_m));
        let Some(g0) = m.and_then(|m| m.g0) else {
            return Vec::new();
        };
        let chain = Chain {
            code: &self.found.code,
            ids: &self.found.layout.enums.func_ids,
            arch: self.found.arch,
            frames: &walked.frames,
            g0_sp: g0.sched.sp,
            registers: self
                .on_threads
                .get(&decoded.m)
                .map(|thread| &thread.registers),
            max_frames: MAX_NATIVE_FRAMES,
        };
        let segments = native.segments(self.memory, &chain, &mut self.places);
        let broken = segments.iter().filter_map(|segment| segment.broken.clone());
        let id = decoded.goid;
        self.problems
            .extend(broken.map(|why| Problem::BrokenNative { id, why }));
        segments
    }

    fn frame(&mut self, stack: &dyn Memory, frame: &WalkedFrame) -> Frame {
        let site = self.places.site(frame.pc, frame.trap);
        let from = self.words.len();
        let complete = self.places.args(site).iter().all(|token| {
            let ArgToken::Word { offset, size, .. } = token else {
                return true;
            };
            let word = arg_word(stack, frame.argp, *offset, *size);
            self.words.extend(word);
            word.is_some()
        });
        if !complete {
            self.words.truncate(from);
        }
        Frame {
            sp: frame.sp.get(),
            site,
            args: u32::try_from(from).ok().filter(|_| complete),
        }
    }
}

/// An argument as its slot holds it, without what lies beside it.
fn arg_word(memory: &dyn Memory, argp: Addr, offset: u8, size: u8) -> Option<u64> {
    let at = argp.checked_add(u64::from(offset))?;
    read_uint(memory, at, usize::from(size)).ok()
}
