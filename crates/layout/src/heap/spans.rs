//! Reading the heap's spans (`runtime.mspan`), of `mheap_.allspans`.

use super::specials::Finalizers;
use super::{Heap, PAGE, Run, bits, set};
use crate::addr::{Addr, Span};
use crate::fields::{Fields, HeapSpan};
use crate::heap::index::Index;
use crate::limits::Limits;
use crate::mem::{GoSlice, Memory, read_addrs, read_bytes, read_word};
use crate::rules::Rules;

/// `mSpanInUse`: of objects.
const IN_USE: u8 = 1;
/// `mSpanDead`, `mSpanInUse`, `mSpanManual`.
const STATES: u8 = 3;
/// Bits of an address that the kernel gives to programs.
const MAX_ADDRESS: u64 = 1 << 56;
/// So many elements of the list are read together.
const BLOCK: u64 = 1 << 16;

/// A span's record.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(crate) struct Record {
    pub(crate) start: Addr,
    pages: u64,
    free_index: u16,
    count: u16,
    alloc_bits: Addr,
    class: u8,
    state: u8,
    size: u64,
    pub(super) specials: Addr,
}

impl Record {
    /// The record at `at`; nothing where it can't be read.
    pub(crate) fn read(memory: &dyn Memory, fields: &HeapSpan, at: Addr) -> Option<Record> {
        let size = usize::try_from(fields.size).ok()?;
        let bytes = read_bytes(memory, at, size).ok()?;
        Some(Record {
            start: fields.start.of(&bytes)?,
            pages: fields.pages.of(&bytes)?,
            free_index: fields.free_index.of(&bytes)?,
            count: fields.count.of(&bytes)?,
            alloc_bits: fields.alloc_bits.of(&bytes)?,
            class: fields.class.of(&bytes)?,
            state: fields.state.of(&bytes)?,
            size: fields.elem_size.of(&bytes)?,
            specials: fields.specials.of(&bytes)?,
        })
    }

    /// Whether it says what a span can.
    pub(crate) fn is_plausible(&self) -> bool {
        self.state < STATES && (self.state != IN_USE || self.is_of_objects())
    }

    /// Whether it is of objects, as many as it has room for.
    pub(crate) fn is_of_objects(&self) -> bool {
        let objects = self.size.checked_mul(u64::from(self.count));
        let bytes = self.pages.checked_mul(PAGE);
        let end = bytes.and_then(|bytes| self.start.checked_add(bytes));
        self.state == IN_USE
            && self.start.is_aligned(PAGE)
            && !self.start.is_null()
            && self.size > 0
            && self.count > 0
            && objects
                .zip(bytes)
                .is_some_and(|(objects, bytes)| objects <= bytes)
            && end.is_some_and(|end| end.get() < MAX_ADDRESS)
    }
}

impl Heap {
    /// Reads the spans of the heap whose `runtime.mheap_` lies at `at`. Nothing where they are not to be had.
    #[must_use]
    pub fn read(
        memory: &dyn Memory,
        fields: &Fields,
        rules: &Rules,
        limits: &Limits,
        at: Addr,
    ) -> Option<Heap> {
        let (heap, span) = (fields.heap?, fields.heap_span?);
        let all: GoSlice = heap.all_spans.read(memory, at).ok()?;
        let len = all.len.min(limits.heap_spans);
        let mut index = Index::with_room_for(limits.heap_bytes / PAGE);
        let mut runs = Vec::new();
        let (mut records, mut objects) = (Vec::new(), 0_u64);
        for done in (0..len).step_by(usize::try_from(BLOCK).ok()?) {
            let from = all.data.checked_add(done * 8)?;
            let block = usize::try_from(BLOCK.min(len - done)).ok()?;
            for at in read_addrs(memory, from, block).ok()? {
                // One that is not whole is in the making.
                let record = Record::read(memory, &span, at);
                let Some(record) = record.filter(Record::is_of_objects) else {
                    continue;
                };
                let number = u32::try_from(runs.len()).ok()?;
                if !index.add(record.start, record.pages, number) {
                    continue;
                }
                runs.push(Run {
                    start: record.start,
                    size: record.size,
                    count: u32::from(record.count),
                    // Its lowest bit says that there are none.
                    scanned: record.class & 1 == 0,
                    first: objects,
                });
                objects += u64::from(record.count);
                records.push(record);
            }
        }
        let mut heap = Heap {
            runs,
            index,
            free: bits(objects)?,
            finalizers: Vec::new(),
            objects,
        };
        for (index, record) in records.iter().enumerate() {
            heap.note_free(memory, index, record);
        }
        let finalizers = Finalizers::new(memory, fields, rules, limits);
        heap.finalizers = finalizers
            .map(|finalizers| finalizers.of(&heap, &records))
            .unwrap_or_default();
        (!heap.runs.is_empty()).then_some(heap)
    }

    /// Notes the objects of a span that are free: those behind the free index that no bit is set of.
    fn note_free(&mut self, memory: &dyn Memory, index: usize, record: &Record) {
        let (Some(run), from) = (self.runs.get(index).copied(), record.free_index) else {
            return;
        };
        if from >= record.count {
            return;
        }
        let first = u64::from(from / 8);
        let len = usize::from(record.count.div_ceil(8)) - usize::from(from / 8);
        let at = record.alloc_bits.checked_add(first);
        // Where that is not to be had, all count as allocated.
        let bits = at.and_then(|at| read_bytes(memory, at, len).ok());
        for (bits, byte) in bits.iter().flatten().zip(first..) {
            for bit in 0..8 {
                let place = byte * 8 + bit;
                let known = u64::from(from)..u64::from(record.count);
                if bits & (1 << bit) == 0 && known.contains(&place) {
                    set(&mut self.free, run.first + place);
                }
            }
        }
    }
}

/// Whether `at` may be a list of spans: those that it begins with are.
pub(crate) fn is_list(memory: &dyn Memory, fields: &HeapSpan, list: Span) -> bool {
    let len = usize::try_from(list.len / 8).unwrap_or(0);
    let spans = read_addrs(memory, list.start, len).unwrap_or_default();
    // Those that were never used are nothing but zeroes, and a core lacks pages of zeroes.
    let records = spans
        .iter()
        .filter_map(|at| Record::read(memory, fields, *at));
    let records: Vec<Record> = records.collect();
    spans.iter().all(|at| at.is_aligned(8))
        && records.iter().all(Record::is_plausible)
        && records.iter().any(Record::is_of_objects)
}

/// The list of spans that a heap's own record leads to.
pub(crate) fn list(memory: &dyn Memory, at: Addr) -> Option<GoSlice> {
    let slice: GoSlice = read_word(memory, at).ok()?;
    let cap: u64 = read_word(memory, at.checked_add(16)?).ok()?;
    (slice.len > 0 && slice.len <= cap && slice.data.is_aligned(8)).then_some(slice)
}
