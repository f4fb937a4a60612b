//! What the records of all goroutines say that a diagnosis goes by, and the sudogs by which they wait, read in bulk.

use super::{Bulk, Ground};
use crate::report::Report;
use gopeek_attach::workers;
use gopeek_layout::fields::Fields;
use gopeek_layout::mem::{Run, read_bytes};
use gopeek_layout::sync::sudog::{self, Sudog};
use gopeek_layout::{Addr, Span};
use rustc_hash::FxHashSet;

/// So many records are read together.
const BLOCK: usize = 4096;
/// So many cases of a `select` are read together with others', each of which is known by the one before it.
const MAX_CASES: usize = 8;
/// So near to a semaphore, on either side and in bytes, lies the state of what it is a part of.
const AROUND: u64 = 16;

/// The record of a goroutine.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Record {
    /// Where its stack ends.
    pub(super) stack_hi: Addr,
    /// The first of its deferred calls that the runtime has a record of; null for none.
    pub(super) defer: Addr,
    /// When it is to wake if it sleeps, where the version keeps that here; 0 for never.
    pub(super) sleep_when: Option<i64>,
    /// The timer that it sleeps on.
    pub(super) timer: Addr,
    /// By what it waits: one for each case of a `select`.
    pub(super) waits_by: Vec<Sudog>,
}

impl Record {
    /// One without its sudogs, and the first of these.
    fn of(fields: &Fields, record: &[u8]) -> Option<(Record, Addr)> {
        let g = &fields.g;
        let sleep_when = match g.sleep_when {
            Some(when) => Some(when.of(record)?),
            None => None,
        };
        let alone = Record {
            stack_hi: g.stack_hi.of(record)?,
            defer: g.defer.of(record)?,
            sleep_when,
            timer: g.timer.of(record)?,
            waits_by: Vec::new(),
        };
        Some((alone, g.waiting.of(record)?))
    }
}

/// Those of the goroutines, in their order; nothing where it can't be read.
pub(super) fn read(ground: &Ground<'_>, report: &Report) -> Vec<Option<Record>> {
    let gs: Vec<Addr> = report
        .goroutines
        .iter()
        .map(|goroutine| Addr::new(goroutine.addr))
        .collect();
    let mut records: Vec<Option<Record>> = vec![None; gs.len()];
    let blocks = gs.chunks(BLOCK).zip(records.chunks_mut(BLOCK));
    let count = blocks.len();
    let (fields, bytes) = (ground.fields(), ground.bytes);
    let lists = usize::try_from(ground.limits.list_len).unwrap_or(usize::MAX);
    workers::share_out(blocks, count, |blocks| {
        for (gs, records) in blocks {
            block(fields, bytes, lists, gs, records);
        }
    });
    for (record, g) in records.iter_mut().zip(gs) {
        if record.is_none() {
            *record = alone(ground, g);
        }
    }
    records
}

/// One that did not come together with others, or has more sudogs than they do.
fn alone(ground: &Ground<'_>, g: Addr) -> Option<Record> {
    let (memory, fields) = (ground.memory, ground.fields());
    let bytes = read_bytes(memory, g, usize::try_from(fields.g.size).ok()?).ok()?;
    let (record, _) = Record::of(fields, &bytes)?;
    Some(Record {
        waits_by: sudog::of(memory, fields, &ground.limits, g),
        ..record
    })
}

/// Where the states lie of what goroutines wait at by their sudogs, each once.
pub(super) fn objects(fields: &Fields, records: &[Option<Record>]) -> Vec<Span> {
    let mut known = FxHashSet::default();
    let sudogs = records.iter().flatten().flat_map(|it| &it.waits_by);
    let spans = sudogs.filter_map(|sudog| {
        if sudog.c.is_null() {
            let start = sudog.elem.checked_sub(AROUND)?;
            let span = Span::new(start, 2 * AROUND);
            known.insert(sudog.elem).then_some(span)
        } else {
            let span = Span::new(sudog.c, u64::from(fields.hchan.size));
            known.insert(sudog.c).then_some(span)
        }
    });
    spans.collect()
}

/// Fills in the records that can be had with all of their sudogs.
fn block(
    fields: &Fields,
    bytes: &dyn Bulk,
    lists: usize,
    gs: &[Addr],
    records: &mut [Option<Record>],
) {
    // Whose sudog comes next, and where that is.
    let mut next: Vec<(usize, Addr)> = Vec::new();
    bytes.with(
        of_size(gs.iter().copied(), fields.g.size),
        &mut |at, record| {
            if let Some((slot, (record, first))) =
                records.get_mut(at).zip(Record::of(fields, record))
            {
                *slot = Some(record);
                next.extend((!first.is_null()).then_some((at, first)));
            }
        },
    );
    for _ in 0..MAX_CASES.min(lists) {
        if next.is_empty() {
            return;
        }
        let spans = of_size(next.iter().map(|(_, at)| *at), fields.sudog.size);
        let mut after = Vec::new();
        let mut came = vec![false; next.len()];
        bytes.with(spans, &mut |index, bytes| {
            let Some((of, start)) = next.get(index).copied() else {
                return;
            };
            let run = Run { start, bytes };
            let link = fields.sudog.wait_link.of(bytes);
            let record = records.get_mut(of).and_then(Option::as_mut);
            let (Some(record), Some(sudog), Some(link)) =
                (record, sudog::read(&run, fields, start), link)
            else {
                return;
            };
            record.waits_by.push(sudog);
            after.extend((sudog.is_a_case() && !link.is_null()).then_some((of, link)));
            if let Some(came) = came.get_mut(index) {
                *came = true;
            }
        });
        let lost = next.iter().zip(came).filter(|(_, came)| !*came);
        for ((of, _), _) in lost {
            forget(records, *of);
        }
        next = after;
    }
    for (of, _) in next {
        forget(records, of);
    }
}

fn forget(records: &mut [Option<Record>], at: usize) {
    if let Some(record) = records.get_mut(at) {
        *record = None;
    }
}

fn of_size(at: impl Iterator<Item = Addr>, size: u32) -> Vec<Span> {
    at.map(|at| Span::new(at, u64::from(size))).collect()
}
