//! Any bytes as an ELF core, packed or not.

use crate::core_written::{segment, written};
use gopeek_attach::core::{Core, Packer};
use gopeek_layout::arch::Arch;
use gopeek_layout::{Memory, Span};
use std::io::{self, Write};

/// The input, a copy of it, and room to unpack into.
pub const MEMORY: usize = 32 << 20;

/// What longer inputs that are packed come to is written to a disk, and more of that than is worth it.
const MAX_PACKED: usize = 1024;

/// Reads a core, and all that it says is there.
///
/// # Panics
/// When it finds something.
pub fn run(input: &[u8]) {
    let is_packed = !input.starts_with(b"\x7fELF");
    if is_packed && input.len() > MAX_PACKED {
        return;
    }
    let Ok(core) = Core::from_bytes(input.to_vec()) else {
        return;
    };
    let mut end = 0;
    for span in core.memory.spans() {
        assert!(span.start.get() >= end && span.len > 0, "{span:?}");
        end = span.end().expect("an end").get();
        let bytes = core.memory.slice(span).expect("it is there");
        assert_eq!(bytes.len() as u64, span.len);
        let run = core.memory.run_from(span.start).expect("it is there");
        assert!(run.bytes.len() as u64 >= span.len);
        let last = span.start.checked_add(span.len - 1).expect("within");
        let mut byte = [0];
        core.memory.read(last, &mut byte).expect("it is there");
        assert_eq!(bytes.last(), byte.first());
        // What begins in it and goes on behind it may be there or not, and must not be anything else.
        let _ = core.memory.slice(Span::new(last, 16));
        let _ = core.memory.slice(Span::new(last, u64::MAX));
    }
    if !is_packed {
        let len = input.len() as u64;
        let spans = core.memory.spans();
        assert!(spans.map(|span| span.len).max().unwrap_or(0) <= len);
        assert!(core.threads.len() as u64 * 100 < len);
        assert!(core.mappings.len() as u64 * 24 < len);
        assert!(core.auxv.len() as u64 * 16 < len);
    }
    let own = core.own.unwrap_or_default().len();
    let problems = core.problems.iter().map(ToString::to_string);
    assert!(problems.into_iter().all(|text| !text.is_empty()));
    assert!(is_packed || own <= input.len());
}

/// Cores of both architectures whose segments lie apart and on each other, as they are and packed.
#[must_use]
pub fn seeds() -> Vec<Vec<u8>> {
    let stack = [7; 100];
    let segments = [
        segment(0x1000, &stack),
        segment(0x1020, &stack),
        segment(0x9000, b"x"),
    ];
    let cores = [
        written(Arch::Amd64, &segments),
        written(Arch::Arm64, &segments[..1]),
        written(Arch::Amd64, &[]),
    ];
    let packed = cores
        .each_ref()
        .map(|core| packed(core).unwrap_or_default());
    let cut_off = cores[0][..600].to_vec();
    // An empty block of lz4: the front of a frame, its end, and nothing of a core.
    let lz4 = b"\x04\x22\x4d\x18\x60\x40\x82\x04\0\0\x80\x7fELF\0\0\0\0".to_vec();
    let cores = cores.into_iter().chain(packed);
    cores.chain([cut_off, lz4]).collect()
}

fn packed(core: &[u8]) -> io::Result<Vec<u8>> {
    let mut packer = Packer::new(Vec::new())?;
    packer.write_all(core)?;
    packer.finish()
}
