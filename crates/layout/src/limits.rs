//! How much may be asked of a target: lengths come from it, and may lie.

/// How much a plan may ask for, so that a corrupt length can't ask for a terabyte.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct Limits {
    /// Goroutines.
    pub goroutines: u64,
    /// Ms along allm.
    pub threads: u64,
    /// Ps of allp.
    pub processors: u64,
    /// Bytes of one thread's own stack, from its stack pointer up.
    pub thread_stack_bytes: u64,
    /// Bytes of one stack, from its used end up.
    pub stack_bytes: u64,
    /// Bytes in all.
    pub total_bytes: u64,
    /// Labels, or ancestors, of one goroutine.
    pub list_len: u64,
    /// Bytes of one label.
    pub text_bytes: u64,
    /// Spans of the heap.
    pub heap_spans: u64,
    /// Specials of all spans.
    pub heap_specials: u64,
    /// Bytes of the heap, all spans together, that are known and searched.
    pub heap_bytes: u64,
}

impl Default for Limits {
    /// 10 million goroutines, 100,000 threads (ten times the runtime's own limit), 1 GiB a stack (Go's own maximum), 16 GiB in all;
    /// of the heap a TiB.
    fn default() -> Self {
        Limits {
            goroutines: 10_000_000,
            threads: 100_000,
            processors: 10_000,
            thread_stack_bytes: 256 << 10,
            stack_bytes: 1 << 30,
            total_bytes: 16 << 30,
            list_len: 1000,
            text_bytes: 64 << 10,
            heap_spans: 128 << 20,
            heap_specials: 100_000_000,
            heap_bytes: 1 << 40,
        }
    }
}
