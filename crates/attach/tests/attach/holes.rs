//! Waves that ask for what is not there: the rest comes.

use crate::helper::{PATTERN_LEN, pattern};
use crate::target::{Target, span};
use gopeek_attach::Snapshot;
use gopeek_attach::capture::capture_running;
use gopeek_layout::{Addr, Memory, Span};

/// What comes of one wave.
fn capture(target: &Target, wave: &[Span]) -> Snapshot {
    let mut wave = wave.to_vec();
    let captured = capture_running(&target.open(), &[], |_| std::mem::take(&mut wave));
    captured.unwrap().snapshot
}

/// A target, and where its known bytes begin.
fn known() -> (Target, u64) {
    let (target, at) = Target::helper("known_bytes");
    (target, at.parse().unwrap())
}

/// Whether `snapshot` has the `len` known bytes at `offset`, as they are.
fn has(snapshot: &Snapshot, at: u64, offset: u64, len: u64) -> bool {
    let from = usize::try_from(offset).unwrap();
    let expected = (from..from + usize::try_from(len).unwrap()).map(pattern);
    let got = snapshot.slice(span(at + offset, len));
    got.is_some_and(|got| got.iter().copied().eq(expected))
}

#[test]
fn a_hole_costs_no_more_than_itself() {
    let (target, at) = known();
    for hole in [8, 1 << 46, u64::MAX - 0x1_0000] {
        let wave = [span(at, 16), span(hole, 16), span(at + 0x1_0000, 16)];
        let snapshot = capture(&target, &wave);
        assert!(has(&snapshot, at, 0, 16), "hole at {hole:#x}");
        assert!(has(&snapshot, at, 0x1_0000, 16), "hole at {hole:#x}");
        assert_eq!(snapshot.slice(span(hole, 1)), None);
        assert_eq!(snapshot.len(), 32, "no room is left for it");
    }
}

#[test]
fn thousands_of_holes_among_thousands_of_spans() {
    let (target, at) = known();
    let offsets = || (0..3000).map(|index| index * 0x400);
    let good = offsets().map(|offset| span(at + offset, 16));
    // Below all mappings, and above them.
    let low = (0..1500).map(|index| span(0x100 + index * 0x10, 8));
    let high = (0..1500).map(|index| span((1 << 47) + index * 0x1000, 8));
    let wave: Vec<Span> = low.chain(good).chain(high).collect();
    let snapshot = capture(&target, &wave);
    for offset in offsets() {
        assert!(has(&snapshot, at, offset, 16), "offset {offset:#x}");
    }
    assert_eq!(snapshot.len(), 3000 * 16);
}

#[test]
fn of_a_span_that_ends_in_a_hole_the_front_comes_and_so_does_what_follows() {
    let target = Target::cat();
    let maps = target.maps();
    let is_gap = |pair: &&[_]| {
        let [before, after] = pair else { return false };
        let (before, after): (&procfs::process::MemoryMap, &procfs::process::MemoryMap) =
            (before, after);
        before.address.1 + 0x2000 < after.address.0
    };
    let gap = maps
        .windows(2)
        .find(is_gap)
        .expect("a gap between mappings");
    let (end, next) = (gap[0].address.1, gap[1].address.0);
    let snapshot = capture(&target, &[span(end - 16, 0x1000), span(next, 16)]);
    assert!(snapshot.slice(span(end - 16, 16)).is_some());
    assert_eq!(snapshot.slice(span(end - 16, 17)), None);
    assert!(snapshot.slice(span(next, 16)).is_some());
}

#[test]
fn a_hole_so_near_that_both_are_read_as_one_does_not_hide_what_follows() {
    let target = Target::cat();
    let start = target.maps()[0].address.0;
    let wave = [
        span(start - 64, 16),
        span(start, 16),
        span(start + 32, 16),
        span(start - 32, 16),
    ];
    let snapshot = capture(&target, &wave);
    for good in [span(start, 16), span(start + 32, 16)] {
        assert!(snapshot.slice(good).is_some(), "{good:?}");
    }
    assert_eq!(snapshot.slice(span(start - 1, 1)), None);
    assert_eq!(snapshot.len(), 32);
}

#[test]
fn a_wild_span_over_everything_does_not_hide_what_lies_in_it() {
    let target = Target::cat();
    let start = target.maps()[0].address.0;
    for len in [1 << 20, 64 << 20] {
        let wild = span(start - 0x1_0000, len);
        let snapshot = capture(&target, &[wild, span(start, 16), span(start + 0x80, 16)]);
        for good in [span(start, 16), span(start + 0x80, 16)] {
            assert!(snapshot.slice(good).is_some(), "{good:?} in {len:#x}");
        }
    }
}

#[test]
fn memory_is_taken_for_what_comes_and_not_for_what_is_asked_for() {
    let (mut greedy, _) = Target::helper("greedy");
    assert_eq!(greedy.line("got"), "true");
    let grew: u64 = greedy.line("grew").parse().unwrap();
    assert!(grew < 64 << 20, "{grew} bytes for a request of 2 GiB");
}

#[test]
fn spans_that_touch_or_overlap_come_once() {
    let (target, at) = known();
    let wave = [
        span(at + 8, 32),
        span(at, 16),
        span(at + 16, 8),
        span(at, 16),
    ];
    let snapshot = capture(&target, &wave);
    assert!(has(&snapshot, at, 0, 40));
    assert_eq!(snapshot.len(), 40);
}

#[test]
fn empty_and_wrapping_spans_are_nothing() {
    let (target, at) = known();
    let wave = [
        span(at, 0),
        span(u64::MAX, 2),
        span(u64::MAX - 7, u64::MAX),
        span(0, 0),
    ];
    let snapshot = capture(&target, &wave);
    assert!(snapshot.is_empty());
    assert!(snapshot.read(Addr::new(at), &mut [0]).is_err());
}

#[test]
fn large_spans_come_whole_among_small_ones() {
    let (target, at) = known();
    let len = PATTERN_LEN as u64;
    let wave = [
        span(at, 5 << 20),
        span(at + (5 << 20) + 0x1000, 16),
        span(at + len - (3 << 20), 3 << 20),
    ];
    let snapshot = capture(&target, &wave);
    assert!(has(&snapshot, at, 0, 5 << 20));
    assert!(has(&snapshot, at, (5 << 20) + 0x1000, 16));
    assert!(has(&snapshot, at, len - (3 << 20), 3 << 20));
}
