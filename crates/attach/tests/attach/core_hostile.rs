//! Cores that lie: whatever the bytes, there is an end, and what comes holds together.

use crate::core_written::{segment, written};
use gopeek_attach::core::Core;
use gopeek_layout::Memory;
use gopeek_layout::arch::Arch;
use proptest::prelude::*;
use std::io::Write;

fn small() -> Vec<u8> {
    let stack = [7; 100];
    let segments = [
        segment(0x1000, &stack),
        segment(0x1020, &stack),
        segment(0x9000, b"x"),
    ];
    written(Arch::Amd64, &segments)
}

/// Reads it, and all that it says is there.
fn holds_together(bytes: Vec<u8>) {
    let len = bytes.len() as u64;
    let Ok(core) = Core::from_bytes(bytes) else {
        return;
    };
    let mut end = 0;
    for span in core.memory.spans() {
        assert!(span.start.get() >= end && span.len > 0, "{span:?}");
        end = span.end().expect("an end").get();
        assert!(span.len <= len);
        let bytes = core.memory.slice(span).expect("it is there");
        assert_eq!(bytes.len() as u64, span.len);
        let mut last = [0];
        core.memory
            .read(span.end().unwrap().checked_sub(1).unwrap(), &mut last)
            .unwrap();
        assert_eq!(bytes.last(), Some(&last[0]));
    }
    assert!(core.threads.len() as u64 * 100 < len);
    assert!(core.mappings.len() as u64 * 24 < len);
    assert!(
        core.problems
            .iter()
            .all(|problem| !problem.to_string().is_empty())
    );
}

/// Numbers that are at the edge of something.
fn edge() -> impl Strategy<Value = u64> {
    prop_oneof![
        any::<u64>(),
        (0u64..4000),
        (0u64..300).prop_map(|less| u64::MAX - less),
        (0u32..64).prop_map(|bit| 1 << bit),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn changed_words(changes in prop::collection::vec((0usize..400, edge(), 1usize..9), 1..6)) {
        let mut bytes = small();
        for (at, value, len) in changes {
            bytes[2 * at..][..len].copy_from_slice(&value.to_le_bytes()[..len]);
        }
        holds_together(bytes);
    }

    #[test]
    fn cut_off_anywhere(len in 0usize..2000, change in (0usize..2000, any::<u8>())) {
        let mut bytes = small();
        let (at, value) = change;
        if let Some(byte) = bytes.get_mut(at) {
            *byte = value;
        }
        bytes.truncate(len);
        holds_together(bytes);
    }

    #[test]
    fn noise_behind_a_header(noise in prop::collection::vec(any::<u8>(), 0..600)) {
        let mut bytes = small();
        bytes.truncate(64);
        bytes.extend(noise);
        holds_together(bytes);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn packed_and_changed(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
        cut in any::<prop::sample::Index>(), lz4 in any::<bool>()) {
        let small = small();
        let mut packed = if lz4 {
            let mut to = lz4_flex::frame::FrameEncoder::new(Vec::new());
            to.write_all(&small).unwrap();
            to.finish().unwrap()
        } else {
            zstd::encode_all(&small[..], 1).unwrap()
        };
        for (index, value) in changes {
            *index.get_mut(&mut packed[5..]) = value;
        }
        packed.truncate(cut.index(packed.len()) + packed.len() / 2);
        if let Ok(core) = Core::from_bytes(packed) {
            prop_assert!(core.memory.spans().map(|span| span.len).sum::<u64>() < 1 << 20);
        }
    }
}

#[test]
fn many_headers_for_the_same_notes_are_no_work() {
    // 50,000 headers of notes, each of which means the whole file.
    let mut bytes = small();
    let header: Vec<u8> = bytes[64..120].to_vec();
    bytes[56..58].copy_from_slice(&50_000u16.to_le_bytes());
    bytes.truncate(64);
    for _ in 0..50_000 {
        let mut header = header.clone();
        header[8..16].copy_from_slice(&0u64.to_le_bytes());
        header[32..40].copy_from_slice(&u64::MAX.to_le_bytes());
        bytes.extend(header);
    }
    holds_together(bytes);
}
