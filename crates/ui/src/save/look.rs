//! The first look of a save: the bytes of every goroutine that stands still, copied while the target runs.

use crate::first::BLOCK;
use crate::share::share_out;
use gopeek_attach::look::{BATCH, Batch};
use gopeek_attach::{Process, Snapshot};
use gopeek_layout::watch::{Records, Watch};
use gopeek_layout::{Addr, Span};

/// What was copied.
#[derive(Debug, Default)]
pub(super) struct Kept {
    /// Records and stacks.
    pub(super) bytes: Snapshot,
    /// By place in allgs, the key by which each that stood still is known again.
    pub(super) keys: Vec<Option<u64>>,
}

/// Looks at the goroutines at `gs`, up to `tries` times at those that do not hold still.
pub(super) fn look(process: &Process, watch: &Watch<'_>, gs: &[Addr], tries: usize) -> Kept {
    let mut keys = vec![None; gs.len()];
    let blocks = gs.chunks(BLOCK).zip(keys.chunks_mut(BLOCK));
    let copied = share_out(blocks, gs.len().div_ceil(BLOCK), |blocks| {
        let (mut batch, mut bytes) = (Batch::default(), Vec::new());
        for (gs, keys) in blocks {
            let mut block = Snapshot::default();
            for (gs, keys) in gs.chunks(BATCH).zip(keys.chunks_mut(BATCH)) {
                copy(process, watch, (gs, keys), tries, &mut batch, &mut block);
            }
            bytes.push(block);
        }
        bytes
    });
    let mut bytes = Snapshot::default();
    bytes.absorb(copied.into_iter().flatten());
    Kept { bytes, keys }
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
        to.keep(still.flat_map(|(g, _)| pieces(batch, watch, *g)));
        for ((_, place), key) in left.iter_mut().zip(keys) {
            **place = key;
        }
        left.retain(|(g, key)| key.is_none() && batch.may_hold_still(watch, *g));
        if left.is_empty() {
            break;
        }
    }
}

/// A goroutine's record, and its stack.
fn pieces<'b>(
    batch: &'b Batch,
    watch: &Watch<'_>,
    g: Addr,
) -> impl Iterator<Item = (Addr, &'b [u8])> + use<'b> {
    let record = batch
        .records()
        .slice(Span::new(g, watch.size() as u64))
        .unwrap_or_default();
    let stack = watch.leads_to(record);
    let stack = stack.and_then(|stack| Some((stack.start, batch.targets().slice(stack)?)));
    [Some((g, record)), stack].into_iter().flatten()
}
