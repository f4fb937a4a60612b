//! All that is known of one goroutine, for those that were asked for by number.

use super::{Assembly, Bytes};
use crate::places::Places;
use crate::report::{Defer, Detail, Fault, Panic};
use gopeek_layout::Addr;
use gopeek_layout::enums::SCAN;
use gopeek_layout::goroutine::Goroutine as Decoded;
use gopeek_layout::mem::Layered;
use gopeek_layout::pending::{self, Pending};
use gopeek_unwind::defers::InFrame;
use gopeek_unwind::{Stack as Walked, Start};
use std::sync::Arc;

impl Assembly<'_, '_, '_> {
    pub(super) fn detail(
        &mut self,
        decoded: &Decoded,
        start: Option<Start>,
        (path, walked): (u32, &Walked),
        bytes: Bytes<'_>,
    ) -> Detail {
        let found = self.scene.found;
        let (pending, in_frames) = self.pending(decoded, start, (path, walked), bytes);
        let (code, ids) = (&found.code, &found.layout.enums.func_ids);
        let in_sigpanic = walked.frames.iter().any(|frame| {
            let function = code.function(frame.pc);
            function.is_some_and(|function| function.id() == Some(ids.sigpanic))
        });
        let status = self.status(decoded.status);
        let detail = put_together(
            &self.places,
            decoded,
            status,
            pending,
            &in_frames,
            in_sigpanic,
        );
        let registers = self.on_threads.get(&decoded.m);
        let registers = registers.map(|thread| &thread.registers);
        let variables = self
            .extras
            .variables
            .map(|variables| variables.of(bytes.rest, found, start, registers, walked));
        Detail {
            variables: variables.unwrap_or_default(),
            ..detail
        }
    }

    /// What a goroutine is yet to do: what the runtime has records of, and the deferred calls that the compiler keeps in the
    /// frames of its stack, which takes that path.
    pub(super) fn pending(
        &mut self,
        decoded: &Decoded,
        start: Option<Start>,
        (path, walked): (u32, &Walked),
        bytes: Bytes<'_>,
    ) -> (Pending, Vec<InFrame>) {
        let found = self.scene.found;
        let (fields, limits) = (&found.layout.fields, &self.scene.limits);
        let memory = Layered {
            over: bytes.from(start),
            under: bytes.rest,
        };
        let pending = pending::read(&memory, fields, &self.types, limits, decoded.addr);
        // Few do, and most stacks are alike.
        let known = self.deferring.entry(path);
        let frames = known.or_insert_with(|| found.deferring(walked));
        let frames = frames.iter().filter_map(|at| walked.frames.get(*at));
        (pending, found.deferred_in_frames(&memory, frames))
    }
}

/// Puts it together. `in_frames` are the deferred calls that the compiler keeps in the frames.
fn put_together(
    places: &Places<'_, '_>,
    decoded: &Decoded,
    status: Arc<str>,
    pending: Pending,
    in_frames: &[InFrame],
    in_sigpanic: bool,
) -> Detail {
    let recorded = pending
        .defers
        .iter()
        .map(|defer| (defer.sp, defer.function, defer.pc, true));
    let kept = in_frames
        .iter()
        .map(|defer| (defer.sp, defer.function, defer.pc, false));
    let mut all: Vec<(Addr, Addr, Addr, bool)> = recorded.chain(kept).collect();
    // Within a frame they are in order already; the innermost frame's run first.
    all.sort_by_key(|(sp, ..)| *sp);
    let signal = decoded.signal;
    Detail {
        status_word: decoded.status | if decoded.scanned { SCAN } else { 0 },
        status,
        stack: (
            decoded.stack.start.get(),
            decoded.stack.end().unwrap_or(Addr::NULL).get(),
        ),
        started: places.call_at(decoded.startpc),
        signal: in_sigpanic.then(|| Fault {
            signal: signal.number,
            code: signal.code,
            address: signal.fault.get(),
            place: places.call_at(signal.pc),
        }),
        defers: all
            .into_iter()
            .map(|(_, function, pc, exact)| Defer {
                function: places.function_name(function),
                place: places.return_to(pc),
                exact,
            })
            .collect(),
        panics: pending
            .panics
            .into_iter()
            .map(|panic| Panic {
                value: panic.value,
                recovered: panic.recovered,
            })
            .collect(),
        variables: Vec::new(),
    }
}
