//! The heap: how large it is and may become, and what was ever allocated (`runtime/mgcpacer.go`, `runtime/metrics.go`).

use super::{Room, Source};
use crate::addr::Addr;
use crate::fields::{GcController, HeapStats};
use crate::mem::{Memory, read_into};
use crate::record::Field;

/// The heap, in bytes.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct Heap {
    /// GOGC in percent; nothing where it is off.
    pub percent: Option<u32>,
    /// GOMEMLIMIT; nothing where it is off.
    pub limit: Option<u64>,
    /// In use, or not yet swept.
    pub live: u64,
    /// What the last collection found to be in use.
    pub marked: u64,
    /// At which size the next collection is to be done.
    pub goal: u64,
    /// In spans that are in use.
    pub in_use: u64,
    /// In spans that are free, and not given back.
    pub free: u64,
    /// Given back to the system.
    pub released: u64,
    /// Mapped and usable, of all that the runtime has.
    pub mapped: u64,
}

/// What was ever allocated and freed, as far as the caches of the Ps have told.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Default)]
pub struct Counts {
    /// Bytes that were allocated.
    pub allocated: u64,
    /// Objects that were.
    pub allocs: u64,
    /// Bytes that were freed.
    pub freed: u64,
    /// Objects that were.
    pub frees: u64,
    /// Tiny objects, which share a block; they are not among the others.
    pub tiny: u64,
}

/// The headroom under GOMEMLIMIT: three percent, and no less than this (`memoryLimitMinHeapGoalHeadroom`).
const HEADROOM_PERCENT: u64 = 3;
const MIN_HEADROOM: u64 = 1 << 20;
/// No goal is nearer to where the collection began (`heapGoalInternal`).
const MIN_RUNWAY: u64 = 64 << 10;

/// The heap of the target.
pub(super) fn read(source: &Source<'_>) -> Option<Heap> {
    let fields = source.fields.gc_controller?;
    let controller = Controller {
        memory: source.memory,
        fields: &fields,
        at: source.inner.gc_controller?.at,
    };
    let word = |field| controller.word(field);
    let percent = fields.gc_percent.read(source.memory, controller.at).ok()?;
    Some(Heap {
        percent: Some(percent).filter(|percent| percent.cast_signed() >= 0),
        limit: controller.limit().filter(|limit| *limit < u64::MAX >> 1),
        live: word(fields.heap_live)?,
        marked: word(fields.heap_marked)?,
        goal: controller.goal()?,
        in_use: word(fields.heap_in_use)?,
        free: word(fields.heap_free)?,
        released: word(fields.heap_released)?,
        mapped: word(fields.mapped_ready)?,
    })
}

struct Controller<'c> {
    memory: &'c dyn Memory,
    fields: &'c GcController,
    at: Addr,
}

impl Controller<'_> {
    fn word(&self, field: Field<u64>) -> Option<u64> {
        field.read(self.memory, self.at).ok()
    }

    fn limit(&self) -> Option<u64> {
        let limit = self.fields.memory_limit.read(self.memory, self.at).ok()?;
        u64::try_from(limit).ok()
    }

    /// `heapGoalInternal`: it is not kept, but made of what is when asked.
    fn goal(&self) -> Option<u64> {
        let by_percent = self.word(self.fields.heap_goal)?;
        let by_limit = self.goal_by_limit()?;
        if by_limit < by_percent {
            return Some(by_limit);
        }
        let goal = by_percent.max(self.word(self.fields.sweep_min_trigger)?);
        let triggered = self.word(self.fields.triggered)?;
        // Not begun is all ones.
        Some(match triggered.checked_add(MIN_RUNWAY) {
            Some(least) => goal.max(least),
            None => goal,
        })
    }

    /// `memoryLimitHeapGoal`.
    fn goal_by_limit(&self) -> Option<u64> {
        let word = |field| self.word(field);
        let (limit, mapped) = (self.limit()?, word(self.fields.mapped_ready)?);
        let allocated =
            word(self.fields.total_alloc)?.checked_sub(word(self.fields.total_free)?)?;
        let heap = word(self.fields.heap_free)?.checked_add(allocated)?;
        let marked = word(self.fields.heap_marked)?;
        // What is not the heap's, and what is too much already.
        let taken = mapped
            .saturating_sub(heap)
            .checked_add(mapped.saturating_sub(limit))?;
        let Some(goal) = limit.checked_sub(taken).filter(|goal| *goal > 0) else {
            return Some(marked);
        };
        let headroom = (goal / 100)
            .saturating_mul(HEADROOM_PERCENT)
            .max(MIN_HEADROOM);
        let goal = goal.saturating_sub(headroom).max(headroom);
        Some(goal.max(marked))
    }
}

/// Bytes of an object of each size class: the same in all releases that are read (`sizeclasses.go`).
const CLASSES: [u64; 68] = [
    0, 8, 16, 24, 32, 48, 64, 80, 96, 112, 128, 144, 160, 176, 192, 208, 224, 240, 256, 288, 320,
    352, 384, 416, 448, 480, 512, 576, 640, 704, 768, 896, 1024, 1152, 1280, 1408, 1536, 1792,
    2048, 2304, 2688, 3072, 3200, 3456, 4096, 4864, 5376, 6144, 6528, 6784, 6912, 8192, 9472, 9728,
    10240, 10880, 12288, 13568, 14336, 16384, 18432, 19072, 20480, 21760, 24576, 27264, 28672,
    32768,
];
/// Statistics are kept thrice, and all that is in one of them counts (`consistentHeapStats`).
const PARTS: u64 = 3;

/// What was ever allocated and freed.
pub(super) fn counts(source: &Source<'_>, room: &mut Room) -> Option<Counts> {
    let (stats, fields) = (source.fields.mem_stats?, source.fields.heap_stats?);
    let first = stats.heap_stats.addr_in(source.inner.mem_stats?.at)?;
    let size = usize::try_from(fields.size).ok()?;
    let len = size.checked_mul(usize::try_from(PARTS).ok()?)?;
    let all = read_into(source.memory, first, len, &mut room.bytes).ok()?;
    let parts = all.chunks_exact(size.max(1));
    parts
        .map(|part| of_part(&fields, part))
        .try_fold(Counts::default(), |sum, part| {
            let part = part?;
            // A part may hold less than nothing: what another had counted.
            Some(Counts {
                allocated: sum.allocated.wrapping_add(part.allocated),
                allocs: sum.allocs.wrapping_add(part.allocs),
                freed: sum.freed.wrapping_add(part.freed),
                frees: sum.frees.wrapping_add(part.frees),
                tiny: sum.tiny.wrapping_add(part.tiny),
            })
        })
}

fn of_part(fields: &HeapStats, part: &[u8]) -> Option<Counts> {
    let small = |field: Field<u64>| {
        let words = part
            .get(usize::try_from(field.offset()).ok()?..)?
            .as_chunks::<8>()
            .0;
        let words = words.get(..CLASSES.len())?;
        let counted = words
            .iter()
            .map(|word| u64::from_le_bytes(*word))
            .zip(CLASSES);
        Some(
            counted.fold((0_u64, 0_u64), |(bytes, objects), (count, size)| {
                let of_class = count.wrapping_mul(size);
                (bytes.wrapping_add(of_class), objects.wrapping_add(count))
            }),
        )
    };
    let (allocs, frees) = (small(fields.small_allocs)?, small(fields.small_frees)?);
    Some(Counts {
        allocated: allocs.0.wrapping_add(fields.large_alloc.of(part)?),
        allocs: allocs.1.wrapping_add(fields.large_allocs.of(part)?),
        freed: frees.0.wrapping_add(fields.large_free.of(part)?),
        frees: frees.1.wrapping_add(fields.large_frees.of(part)?),
        tiny: fields.tiny_allocs.of(part)?,
    })
}
