//! Which objects of a heap were reached.

use super::{Heap, Object, bit, bits, set};

/// A mark for each object.
#[derive(Clone, Debug)]
pub struct Marks(Vec<u64>);

impl Marks {
    /// None is marked; nothing where there is no room for so many.
    #[must_use]
    pub fn new(heap: &Heap) -> Option<Marks> {
        bits(heap.objects).map(Marks)
    }

    /// Marks an object, and says whether it was not marked before.
    pub fn mark(&mut self, heap: &Heap, object: Object) -> bool {
        let number = heap.number(object);
        number.is_some_and(|number| set(&mut self.0, number))
    }

    /// Whether an object is marked.
    #[must_use]
    pub fn has(&self, heap: &Heap, object: Object) -> bool {
        let number = heap.number(object);
        number.is_some_and(|number| bit(&self.0, number))
    }
}
