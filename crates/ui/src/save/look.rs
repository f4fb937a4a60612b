//! The first look of a save: the bytes of every goroutine that stands still, copied while the target runs.

use crate::assemble::Scene;
use crate::first::BLOCK;
use crate::take::MAX_FRAMES;
use gopeek_attach::capture::capture_running;
use gopeek_attach::look::{BATCH, Batch};
use gopeek_attach::{AttachError, Process, Snapshot, workers};
use gopeek_layout::goroutine::Goroutines;
use gopeek_layout::mem::Layered;
use gopeek_layout::moduledata::ReadOnly;
use gopeek_layout::noting::Noting;
use gopeek_layout::watch::{Records, Watch};
use gopeek_layout::{Addr, Memory, Plan, Span};
use gopeek_unwind::Walker;
use std::collections::HashSet;

/// What was copied.
#[derive(Debug, Default)]
pub(super) struct Kept {
    /// Records and stacks.
    pub(super) bytes: Vec<Snapshot>,
    /// What those lead to: labels, ancestors, what goroutines are yet to do.
    pub(super) lists: Vec<Snapshot>,
    /// By place in allgs, the key by which each that stood still is known again.
    pub(super) keys: Vec<Option<u64>>,
}

/// Looks at the goroutines at `gs`, up to `tries` times at those that do not hold still.
pub(super) fn look(
    process: &Process,
    scene: Scene<'_, '_>,
    watch: &Watch<'_>,
    gs: &[Addr],
    tries: usize,
) -> Kept {
    let mut keys = vec![None; gs.len()];
    let blocks = gs.chunks(BLOCK).zip(keys.chunks_mut(BLOCK));
    let copied = workers::share_out(blocks, gs.len().div_ceil(BLOCK), |blocks| {
        let mut batch = Batch::default();
        let found = scene.found;
        let (ids, rules) = (found.layout.enums.func_ids, found.layout.rules);
        let mut walker = Walker::new(&found.code, found.arch, ids, rules, MAX_FRAMES);
        let copied = blocks.map(|(gs, keys)| {
            let mut bytes = Snapshot::default();
            for (gs, keys) in gs.chunks(BATCH).zip(keys.chunks_mut(BATCH)) {
                copy(process, watch, (gs, keys), tries, &mut batch, &mut bytes);
            }
            let still = gs.iter().zip(keys).filter(|(_, key)| key.is_some());
            let still: Vec<Addr> = still.map(|(g, _)| *g).collect();
            // A target that ends now is found out by whoever looks at it next.
            let lists = lists(process, scene, &still, &bytes, &mut walker).unwrap_or_default();
            (bytes, lists)
        });
        copied.collect::<Vec<_>>()
    });
    let (bytes, lists) = copied.into_iter().flatten().unzip();
    Kept { bytes, lists, keys }
}

/// What goroutines of which the record and the stack are there lead to besides.
fn lists(
    process: &Process,
    scene: Scene<'_, '_>,
    gs: &[Addr],
    bytes: &Snapshot,
    walker: &mut Walker<'_, '_>,
) -> Result<Snapshot, AttachError> {
    let found = scene.found;
    let (fields, rules) = (&found.layout.fields, found.layout.rules);
    let plan = Plan::of(gs, fields, rules, found.roots, scene.limits);
    let mut plan = plan.with_details_of_all(found.types());
    let mut asked = HashSet::new();
    let captured = capture_running(process, &[], |held| {
        let known = Layered {
            over: held.got,
            under: Layered {
                over: bytes,
                under: ReadOnly(&found.modules),
            },
        };
        loop {
            let mut spans = plan.next(&known, &[]);
            if spans.is_empty() {
                break;
            }
            spans.retain(|span| bytes.slice(*span).is_none());
            if !spans.is_empty() {
                return spans;
            }
        }
        let mut spans = closures(scene, gs, &known, walker);
        // What was asked for and did not come is not to be had.
        spans.retain(|span| asked.insert(*span));
        spans
    })?;
    Ok(captured.snapshot)
}

/// The closures of deferred calls that goroutines keep in their frames, as far as they are lacking: they may lie anywhere.
fn closures(
    scene: Scene<'_, '_>,
    gs: &[Addr],
    known: &dyn Memory,
    walker: &mut Walker<'_, '_>,
) -> Vec<Span> {
    let found = scene.found;
    let (fields, rules) = (&found.layout.fields, found.layout.rules);
    let noting = Noting::new(known);
    for goroutine in Goroutines::at(known, fields, rules, scene.limits, gs.to_vec()).flatten() {
        let start = walker.start(known, &goroutine, None);
        let stack = walker.walk(known, start);
        found.deferred_in_frames(&noting, &stack);
    }
    noting.missing()
}

fn copy(
    process: &Process,
    watch: &Watch<'_>,
    (gs, keys): (&[Addr], &mut [Option<u64>]),
    tries: usize,
    batch: &mut Batch,
    to: &mut Snapshot,
) {
    let mut left: Vec<(Addr, &mut Option<u64>)> = gs.iter().copied().zip(keys).collect();
    for _ in 0..tries {
        let gs: Vec<Addr> = left.iter().map(|(g, _)| *g).collect();
        let keys = batch.look(process, watch, &gs).to_vec();
        let still = gs.iter().zip(&keys).filter(|(_, key)| key.is_some());
        keep(batch, watch, still.map(|(g, _)| *g), to);
        for ((_, place), key) in left.iter_mut().zip(keys) {
            **place = key;
        }
        left.retain(|(g, key)| key.is_none() && batch.may_hold_still(watch, *g));
        if left.is_empty() {
            break;
        }
    }
}

/// Keeps the records and the stacks of these goroutines.
fn keep(batch: &Batch, watch: &Watch<'_>, gs: impl Iterator<Item = Addr>, to: &mut Snapshot) {
    let mut records: Vec<Span> = gs.map(|g| Span::new(g, watch.size() as u64)).collect();
    records.sort_unstable();
    let stacks = records.iter().filter_map(|record| {
        let stack = watch.leads_to(batch.records().slice(*record)?)?;
        Some((stack.start, batch.targets().slice(stack)?))
    });
    to.keep(stacks);
    // Those that lie side by side were read with the few bytes between them. As one piece they need but one header.
    records.dedup_by(|next, last| {
        let end = next.end();
        let joined = end.and_then(|end| Span::between(last.start, end));
        let joined = joined.filter(|joined| {
            let gap = joined.len.saturating_sub(last.len + next.len);
            gap < next.len && batch.records().slice(*joined).is_some()
        });
        if let Some(joined) = joined {
            *last = joined;
        }
        joined.is_some()
    });
    let records = records.iter();
    to.keep(records.filter_map(|span| Some((span.start, batch.records().slice(*span)?))));
}
