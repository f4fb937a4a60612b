//! What holders are looked for: the objects that somebody waits at, by address.

use super::methods::Hold;
use crate::report::{Kind, Object};
use gopeek_layout::atomics::Operand;
use gopeek_layout::sync::words;
use gopeek_layout::{Addr, Span};
use rustc_hash::FxHashMap;

/// The objects that may have holders.
#[derive(Debug)]
pub(super) struct Targets {
    by_addr: FxHashMap<u64, u32>,
    /// Where these are memory instead of addresses: where each begins and ends, in their order.
    spans: Vec<(u64, u64)>,
    lowest: u64,
    highest: u64,
}

impl Targets {
    pub(super) fn new(objects: &[Object]) -> Targets {
        let wanted = objects.iter().zip(0u32..).filter(|(object, _)| {
            let kind = match object.kind {
                Kind::File(_) | Kind::Coroutine | Kind::Bubble => false,
                Kind::Channel(_)
                | Kind::Mutex(_)
                | Kind::RwMutex(_)
                | Kind::WaitGroup { .. }
                | Kind::Cond
                | Kind::Once { .. }
                | Kind::Semaphore { .. } => true,
            };
            kind && object.addr != 0 && !object.waiters.is_empty()
        });
        let by_addr: FxHashMap<u64, u32> =
            wanted.map(|(object, index)| (object.addr, index)).collect();
        Targets {
            lowest: by_addr.keys().copied().min().unwrap_or(u64::MAX),
            highest: by_addr.keys().copied().max().unwrap_or(0),
            by_addr,
            spans: Vec::new(),
        }
    }

    /// Whatever lies in one of these, which are in their order; an object is one by its place among them.
    pub(super) fn of_spans(spans: &[Span]) -> Targets {
        let ends = |span: &Span| (span.start.get(), span.start.get().saturating_add(span.len));
        let spans: Vec<(u64, u64)> = spans.iter().map(ends).collect();
        Targets {
            by_addr: FxHashMap::default(),
            lowest: spans.first().map_or(u64::MAX, |(start, _)| *start),
            highest: spans.last().map_or(0, |(_, end)| *end),
            spans,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.by_addr.is_empty()
    }

    /// The object at `word`, of the words of a stack, most of which lie elsewhere.
    pub(super) fn at(&self, word: u64) -> Option<u32> {
        if word < self.lowest || word > self.highest {
            return None;
        }
        if self.spans.is_empty() {
            return self.by_addr.get(&word).copied();
        }
        let after = self.spans.partition_point(|(start, _)| *start <= word);
        let at = after.checked_sub(1)?;
        let (_, end) = self.spans.get(at)?;
        (word < *end).then(|| u32::try_from(at).ok()).flatten()
    }

    /// The object that is held this way, of which `operand` says where it begins, and `word` is what a register may have held.
    pub(super) fn held(
        &self,
        objects: &[Object],
        hold: Hold,
        operand: Option<Operand>,
        word: u64,
    ) -> Option<u32> {
        let start = match operand {
            None => word,
            Some(Operand::Global(at)) => at.get(),
            Some(Operand::Offset(offset)) => word.checked_add_signed(offset)?,
        };
        // A Once is held by its mutex.
        let once = (hold == Hold::Mutex)
            .then(|| start.checked_sub(words::ONCE_MUTEX))
            .flatten();
        [Some(start), once].into_iter().flatten().find_map(|start| {
            let index = self.at(start)?;
            let object = objects.get(usize::try_from(index).ok()?)?;
            let fits = match (&object.kind, hold) {
                (Kind::Mutex(_), Hold::Mutex)
                | (Kind::RwMutex(_), Hold::Writer | Hold::Reader)
                | (Kind::WaitGroup { .. }, Hold::Count) => object.addr == start,
                (Kind::Once { .. }, Hold::Mutex) => true,
                (Kind::Channel(channel), Hold::Turn) => channel.cap > 0,
                _ => false,
            };
            fits.then_some(index)
        })
    }

    /// Where the object begins that a `sync.Locker` at this address is.
    pub(super) fn locker(&self, at: Addr) -> Option<u32> {
        self.at(at.get())
    }
}
