//! Labels in the form that they had up to 1.23: a map of strings.

use crate::executor::{only_allgs, run};
use crate::records::{Record, fields, parked, slice, words};
use gopeek_layout::Limits;
use gopeek_layout::Plan;
use gopeek_layout::goroutine::Goroutines;
use gopeek_layout::rules::rules;
use gopeek_layout::testing::Bytes;

const STACK: [u64; 3] = [0x2_0000, 0x2_0f00, 0x2_1000];
/// A text of one letter lies at its own code in this page.
const TEXTS: u64 = 0x7_0000;

fn texts() -> Bytes {
    let letters: Vec<u8> = (0..=u8::MAX).collect();
    Bytes::at(TEXTS).raw(&letters)
}

/// A bucket with the given pairs of one letter each, and the bucket that it overflows into.
fn bucket(at: u64, pairs: &[(u8, u8)], overflow: u64) -> Bytes {
    let mut tops = [0u8; 8];
    let mut strings = vec![0u64; 32];
    for (slot, (key, value)) in pairs.iter().enumerate() {
        // A hash's top is 5 or more; what is below marks a slot as empty.
        tops[slot] = 5;
        strings[2 * slot] = TEXTS + u64::from(*key);
        strings[2 * slot + 1] = 1;
        strings[16 + 2 * slot] = TEXTS + u64::from(*value);
        strings[16 + 2 * slot + 1] = 1;
    }
    let bytes = Bytes::at(at).raw(&tops);
    let bytes = strings.iter().fold(bytes, |bytes, word| bytes.u64(*word));
    bytes.u64(overflow)
}

/// The labels of a goroutine whose map has `2^log2` buckets from 0x60000 on.
fn labels(minor: u16, log2: u64, buckets: &[Bytes]) -> Vec<(String, String)> {
    let fields = fields(minor);
    let hmap = fields.hmap.expect("maps of before 1.24");
    let g = parked(fields, 0x1_0000, 7, STACK).set(fields.g.labels, 0x5_0000);
    let mut target = vec![
        slice(0x1000, 0x2000, 1),
        words(0x2000, &[0x1_0000]),
        g.bytes(),
        words(0x5_0000, &[0x5_1000]),
        Record::new(0x5_1000, hmap.size)
            .set(hmap.log2_buckets, log2)
            .set(hmap.buckets, 0x6_0000)
            .bytes(),
        texts(),
    ];
    target.extend_from_slice(buckets);
    let (roots, limits) = (only_allgs(0x1000), Limits::default());
    let mut plan = Plan::new(fields, rules(minor), roots, limits);
    let got = run(&mut plan, &&target[..]).got;
    let got = &&got[..];
    let mut goroutines = Goroutines::new(got, fields, rules(minor), &roots, limits);
    let goroutine = goroutines.next().expect("one").expect("a goroutine");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("a letter");
    let labels = goroutine.labels.iter();
    labels
        .map(|label| (text(label.key.clone()), text(label.value.clone())))
        .collect()
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    let owned = expected.iter();
    owned
        .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
        .collect()
}

#[test]
fn a_map_of_one_bucket_by_key() {
    for minor in 19..=23 {
        let one = bucket(0x6_0000, &[(b'b', b'x'), (b'a', b'y')], 0);
        let expected = pairs(&[("a", "y"), ("b", "x")]);
        assert_eq!(labels(minor, 0, &[one]), expected, "1.{minor}");
    }
}

#[test]
fn a_map_of_more_buckets_that_overflow() {
    let first = bucket(0x6_0000, &[(b'a', b'1')], 0x6_8000);
    let second = bucket(0x6_0000 + 272, &[(b'c', b'3')], 0);
    let overflow = bucket(0x6_8000, &[(b'b', b'2')], 0);
    let expected = pairs(&[("a", "1"), ("b", "2"), ("c", "3")]);
    assert_eq!(labels(23, 1, &[first, second, overflow]), expected);
}

#[test]
fn buckets_in_a_circle_come_to_an_end() {
    let circle = bucket(0x6_0000, &[(b'a', b'1')], 0x6_0000);
    let found = labels(21, 0, &[circle]);
    assert!(!found.is_empty() && found.len() as u64 <= Limits::default().list_len);
    assert_eq!(labels(21, 200, &[]), []);
}

#[test]
fn texts_that_claim_to_be_long_are_not_all_read() {
    let limits = Limits::default();
    let long = limits.text_bytes;
    // A list whose labels are all the same two long texts.
    let count = 200;
    let label = [0x10_0000, long, 0x10_0000, long];
    let labels: Vec<u64> = label.iter().copied().cycle().take(count * 4).collect();
    let target = [
        slice(0x5_0000, 0x6_0000, count as u64),
        words(0x6_0000, &labels),
        Bytes::at(0x10_0000).raw(&vec![b'x'; usize::try_from(long).expect("it fits")]),
    ];
    let at = gopeek_layout::Addr::new(0x5_0000);
    let found = gopeek_layout::labels::read(&&target[..], fields(27), rules(27), &limits, at);
    assert_eq!(found.len(), count);
    let bytes: usize = found.iter().map(|it| it.key.len() + it.value.len()).sum();
    assert_eq!(bytes as u64, 16 * long);
}
