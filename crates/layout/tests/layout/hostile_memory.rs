//! Any bytes where a target's memory is expected: plans keep their limits, and everything comes to an end.

use crate::executor::{only_allgs, root, run};
use crate::records::{Record, fields, is_code, parked, slice, words};
use gopeek_layout::Limits;
use gopeek_layout::goroutine::Goroutines;
use gopeek_layout::roots::{Roots, m_chain};
use gopeek_layout::rules::rules;
use gopeek_layout::testing::Bytes;
use gopeek_layout::verify::verify;
use gopeek_layout::{Addr, Memory, Plan, Unreadable};
use proptest::collection::vec;
use proptest::prelude::{Just, Strategy, any, prop_assert, prop_oneof, proptest};
use proptest::sample::Index;
use proptest::test_runner::{Config, TestCaseError};

/// Memory that has an answer for every address: `pattern`, over and over. Its pointers lead anywhere.
struct Everywhere {
    pattern: Vec<u8>,
}

impl Memory for Everywhere {
    fn read(&self, at: Addr, buf: &mut [u8]) -> Result<(), Unreadable> {
        let len = buf.len();
        if at.checked_add(len as u64).is_none() {
            return Err(Unreadable { at, len });
        }
        let period = self.pattern.len() as u64;
        for (byte, offset) in buf.iter_mut().zip(at.get()..) {
            *byte = self.pattern[usize::try_from(offset % period).unwrap()];
        }
        Ok(())
    }
}

fn roots() -> Roots {
    Roots {
        allm: Some(root(0x1100)),
        allp: Some(root(0x1180)),
        finalizer_status: Some(root(0x1190)),
        traceback_labels: Some(root(0x1200)),
        ..only_allgs(0x1000)
    }
}

fn limits() -> impl Strategy<Value = Limits> {
    let small = || prop_oneof![Just(0u64), Just(1), 2u64..64];
    let bytes = || prop_oneof![0u64..0x100, 0u64..0x10_0000];
    (small(), bytes(), bytes(), small(), bytes()).prop_map(
        |(goroutines, stack_bytes, total_bytes, list_len, text_bytes)| Limits {
            goroutines,
            threads: goroutines,
            processors: goroutines,
            thread_stack_bytes: stack_bytes,
            stack_bytes,
            total_bytes,
            list_len,
            text_bytes,
            ..Limits::default()
        },
    )
}

/// Captures and decodes, and checks what holds whatever comes.
fn capture(minor: u16, limits: Limits, target: &dyn Memory) -> Result<(), TestCaseError> {
    let fields = fields(minor);
    let mut plan = Plan::new(fields, rules(minor), roots(), limits);
    let run = run(&mut plan, target);
    prop_assert!(run.asked() <= limits.total_bytes);

    let got = &&run.got[..];
    let decoded: Vec<_> = Goroutines::new(got, fields, rules(minor), &roots(), limits).collect();
    prop_assert!(decoded.len() as u64 <= limits.goroutines);
    for goroutine in decoded.iter().flatten() {
        prop_assert!(goroutine.labels.len() as u64 <= limits.list_len);
        prop_assert!(goroutine.ancestors.len() as u64 <= limits.list_len);
        for label in goroutine.labels.iter() {
            prop_assert!(label.key.len() as u64 <= limits.text_bytes);
        }
    }
    let _ = verify(target, fields, &roots(), &is_code);
    let _ = m_chain(got, fields, Addr::new(0x3_0000));
    Ok(())
}

/// Two goroutines, an M, lists: a target that is as it should be.
fn good_target(minor: u16) -> Vec<Bytes> {
    let fields = fields(minor);
    let f = &fields.g;
    let stack = [0x2_0000, 0x2_0f00, 0x2_1000];
    let g = parked(fields, 0x1_0000, 1, stack)
        .set(f.m, 0x3_0000)
        .set(f.labels, 0x5_0000)
        .set(f.ancestors, 0x6_0000);
    vec![
        slice(0x1000, 0x2000, 2),
        Bytes::at(0x1100).u64(0x3_0000),
        Bytes::at(0x1200).u32(1),
        words(0x2000, &[0x1_0000, 0x1_1000]),
        g.bytes(),
        parked(fields, 0x1_1000, 2, stack).bytes(),
        Bytes::at(0x2_0000).up_to(0x1000),
        Record::new(0x3_0000, fields.m.size)
            .set(fields.m.g0, 0x3_8000)
            .bytes(),
        Record::new(0x3_8000, f.size).set(f.m, 0x3_0000).bytes(),
        slice(0x5_0000, 0x5_1000, 1),
        words(0x5_1000, &[0x5_2000, 3, 0x5_2000, 8]),
        Bytes::at(0x5_2000).raw(b"some text"),
        slice(0x6_0000, 0x6_1000, 1),
        Record::new(0x6_1000, fields.ancestor.size)
            .slice(fields.ancestor.pcs, 0x2000, 2)
            .bytes(),
    ]
}

/// `piece` with the word at `at` made `value`.
fn patched(piece: &Bytes, at: Index, value: u64) -> Bytes {
    let start = FRONTS.iter().rfind(|front| **front < piece.end().get());
    let start = *start.expect("a piece of the good target");
    let len = usize::try_from(piece.end().get() - start).unwrap();
    let mut bytes = vec![0; len];
    piece.read(Addr::new(start), &mut bytes).unwrap();
    let at = at.index(len.div_ceil(8)) * 8;
    let word = value.to_le_bytes();
    let end = len.min(at + 8);
    bytes[at..end].copy_from_slice(&word[..end - at]);
    Bytes::at(start).raw(&bytes)
}

/// Where the pieces of the good target begin.
const FRONTS: [u64; 14] = [
    0x1000, 0x1100, 0x1200, 0x2000, 0x1_0000, 0x1_1000, 0x2_0000, 0x3_0000, 0x3_8000, 0x5_0000,
    0x5_1000, 0x5_2000, 0x6_0000, 0x6_1000,
];

/// A number that leads somewhere in the good target, or nowhere at all.
fn odd_word() -> impl Strategy<Value = u64> {
    prop_oneof![
        any::<u64>(),
        Just(u64::MAX),
        Just(1 << 60),
        any::<Index>().prop_map(|index| FRONTS[index.index(FRONTS.len())]),
        0u64..64,
    ]
}

proptest! {
    #![proptest_config(Config { failure_persistence: None, ..Config::default() })]

    #[test]
    fn memory_that_is_anything(
        minor in 19u16..=27,
        limits in limits(),
        pattern in vec(any::<u8>(), 1..64),
    ) {
        capture(minor, limits, &Everywhere { pattern })?;
    }

    #[test]
    fn memory_whose_words_are_addresses_in_it(
        minor in 19u16..=27,
        limits in limits(),
        words in vec(odd_word(), 1..32),
    ) {
        let pattern = words.into_iter().flat_map(u64::to_le_bytes).collect();
        capture(minor, limits, &Everywhere { pattern })?;
    }

    #[test]
    fn a_good_target_with_odd_words_in_it(
        minor in 19u16..=27,
        limits in limits(),
        odd in vec((any::<Index>(), any::<Index>(), odd_word()), 1..16),
    ) {
        let mut target = good_target(minor);
        for (piece, at, value) in odd {
            let piece = piece.index(target.len());
            target[piece] = patched(&target[piece], at, value);
        }
        capture(minor, limits, &&target[..])?;
    }
}

#[test]
fn the_good_target_is_good() {
    for minor in 19..=27 {
        let (fields, target) = (fields(minor), good_target(minor));
        assert_eq!(target.len(), FRONTS.len());
        for (piece, front) in target.iter().zip(FRONTS) {
            assert!(piece.read(Addr::new(front), &mut [0]).is_ok(), "{front:#x}");
        }
        assert_eq!(
            verify(&&target[..], fields, &roots(), &is_code),
            Ok(()),
            "1.{minor}"
        );
        let limits = Limits::default();
        let got = run(
            &mut Plan::new(fields, rules(minor), roots(), limits),
            &&target[..],
        )
        .got;
        let got = &&got[..];
        let decoded = Goroutines::new(got, fields, rules(minor), &roots(), limits);
        let goids: Vec<_> = decoded.map(|g| g.map(|g| g.goid)).collect();
        assert_eq!(goids, [Ok(1), Ok(2)], "1.{minor}");
    }
}
