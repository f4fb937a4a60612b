//! Goroutines that go on only when somebody reaches what they wait at: until then nothing that they have counts as reached.

use super::is_searched;
use super::marking::Marking;
use crate::report::{Goroutine, Object, Report, Wait};
use gopeek_layout::enums::status;
use gopeek_layout::heap::{self, Heap};
use rustc_hash::{FxHashMap, FxHashSet};

/// Who waits for what, by the objects of the heap that these are parts of.
pub(super) struct Waiting {
    at: FxHashMap<heap::Object, Vec<u32>>,
    asleep: FxHashSet<u32>,
    able: Vec<u32>,
}

impl Waiting {
    /// Watches what goroutines wait at.
    pub(super) fn new(
        heap: &Heap,
        report: &Report,
        objects: &[Object],
        marking: &mut Marking<'_>,
    ) -> Waiting {
        let mut waiting = Waiting {
            at: FxHashMap::default(),
            asleep: FxHashSet::default(),
            able: Vec::new(),
        };
        for (goroutine, index) in report.goroutines.iter().zip(0u32..) {
            let Some(waits_at) = waits_at(heap, goroutine, objects) else {
                waiting.able.push(index);
                continue;
            };
            waiting.asleep.insert(index);
            for object in waits_at {
                marking.watch(object);
                waiting.at.entry(object).or_default().push(index);
            }
        }
        waiting
    }

    /// Those that can go on, whatever is reached.
    pub(super) fn able(&mut self) -> Vec<u32> {
        std::mem::take(&mut self.able)
    }

    /// Those that can go on because these objects were reached.
    pub(super) fn woken(&mut self, reached: Vec<heap::Object>) -> Vec<u32> {
        let at = reached
            .into_iter()
            .filter_map(|object| self.at.remove(&object));
        at.flatten()
            .filter(|index| self.asleep.remove(index))
            .collect()
    }
}

/// The objects of the heap one of which must be reached for a goroutine to go on: none where nothing makes it go on. Nothing,
/// where it can go on anyway, or at something that is no part of the heap.
fn waits_at(heap: &Heap, goroutine: &Goroutine, objects: &[Object]) -> Option<Vec<heap::Object>> {
    let still = [status::WAITING, status::LEAKED].contains(&goroutine.status);
    if !still || goroutine.system || goroutine.moved {
        return None;
    }
    match &goroutine.wait {
        Some(Wait::Forever) => Some(Vec::new()),
        Some(Wait::On { cases, .. }) => {
            let objects = cases.iter().map(|case| {
                let object = objects.get(usize::try_from(case.object).ok()?)?;
                heap.object_at(object.addr).filter(|_| is_searched(object))
            });
            objects.collect()
        }
        _ => None,
    }
}
