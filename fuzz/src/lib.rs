//! What fuzzing does with bytes: each target makes something hostile of them, and lets gopeek read that.
//!
//! A target fails by a panic, by taking more time or memory than its input can be worth, or by breaking a limit. The
//! binaries, one for each target, are libFuzzer's; they also write the inputs to begin with.

#[path = "../../crates/attach/tests/attach/core_written.rs"]
#[allow(
    dead_code,
    unused_imports,
    reason = "made for tests, of which this is but one more"
)]
mod core_written;
#[path = "../../crates/unwind/tests/unwind/locals/dwarf.rs"]
#[allow(dead_code, reason = "made for tests, of which this is but one more")]
mod dwarf;
mod go_program;
#[path = "../../crates/layout/tests/layout/gofile.rs"]
#[allow(dead_code, reason = "made for tests, of which this is but one more")]
mod gofile;
mod memory;
#[path = "../../crates/unwind/tests/unwind/native_program.rs"]
#[allow(dead_code, reason = "made for tests, of which this is but one more")]
mod native_program;
#[path = "../../crates/unwind/tests/unwind/pclntab.rs"]
#[allow(dead_code, reason = "made for tests, of which this is but one more")]
mod pclntab;
mod process;
mod real;
#[path = "../../crates/layout/tests/layout/records.rs"]
#[allow(dead_code, reason = "made for tests, of which this is but one more")]
mod records;
pub mod seeds;
#[path = "../../crates/unwind/tests/unwind/locals/shapes.rs"]
mod shapes;
pub mod targets;

use peak_alloc::PeakAlloc;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// Runs a target on an input.
///
/// # Panics
/// When it finds something, or takes more than `limit` bytes of memory at once.
pub fn run(target: fn(&[u8]), limit: usize, input: &[u8]) {
    MEMORY.reset_peak_usage();
    let before = MEMORY.current_usage();
    target(input);
    let took = MEMORY.peak_usage().saturating_sub(before);
    assert!(took <= limit, "{took} bytes of memory at once");
}

/// The entry points of the target called like a module of [`targets`].
#[macro_export]
macro_rules! fuzz {
    ($name:ident) => {
        libfuzzer_sys::fuzz_target!(
            init: $crate::seeds::write_if_asked($crate::targets::$name::seeds),
            |input: &[u8]| $crate::run(
                $crate::targets::$name::run,
                $crate::targets::$name::MEMORY,
                input,
            )
        );
    };
}
