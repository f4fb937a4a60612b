//! The runtime's heap, `runtime.mheap_`: by symbol, by the code that sweeps it, or by its list of spans.

use super::{Method, Root, SAMPLE, Search};
use crate::addr::{Addr, Span};
use crate::heap::spans;

impl Search<'_, '_> {
    /// Finds it. Nothing where no way leads to it.
    #[must_use]
    pub fn heap(&self) -> Option<Root> {
        let fields = self.fields.heap?;
        let [symbol] = self.symbols(["runtime.mheap_"]);
        let is_it = |at| self.is_heap(at);
        self.around(symbol, &["runtime.gcSweep"], fields.lock, is_it)
            .or_else(|| {
                let lists = self.by_value(|at| self.is_spans(at));
                let starts = lists.filter_map(|list| fields.all_spans.record_of(list.at));
                starts.into_iter().next().map(|at| Root {
                    at,
                    by: Method::Value,
                })
            })
    }

    fn is_heap(&self, at: Addr) -> bool {
        let list = self.fields.heap.and_then(|heap| heap.all_spans.addr_in(at));
        list.is_some_and(|list| self.is_spans(list))
    }

    /// A slice of spans, one of which at least is of objects.
    fn is_spans(&self, at: Addr) -> bool {
        let (Some(fields), Some(list)) = (self.fields.heap_span, spans::list(self.memory, at))
        else {
            return false;
        };
        let len = list.len.min(SAMPLE as u64) * 8;
        spans::is_list(self.memory, &fields, Span::new(list.data, len))
    }
}
