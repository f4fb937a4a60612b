//! Records that may change while they are looked at.

use crate::helper::records::{Flipper, RECORD_LEN};
use crate::target::{PATIENT, Target};
use gopeek_attach::again::Watched;
use gopeek_attach::capture::{PauseLimits, capture};
use gopeek_attach::look::{BATCH, Batch};
use gopeek_layout::watch::Records;
use gopeek_layout::{Addr, Span};
use std::time::Duration;

/// Records as the helpers keep them: a count, where the bytes are that go with it, and how many.
struct Counted;

fn word(record: &[u8], index: usize) -> u64 {
    let bytes = record[8 * index..].first_chunk().expect("a word");
    u64::from_le_bytes(*bytes)
}

impl Records for Counted {
    fn size(&self) -> usize {
        RECORD_LEN
    }

    fn key(&self, record: &[u8]) -> u64 {
        word(record, 0)
    }

    fn is_still(&self, record: &[u8]) -> bool {
        // It counts before it changes its bytes, and again after that.
        word(record, 0).is_multiple_of(2)
    }

    fn leads_to(&self, record: &[u8]) -> Option<Span> {
        Some(Span::new(Addr::new(word(record, 1)), word(record, 2)))
    }
}

/// The records of a helper's answer: where the first is, and how many.
fn records(answer: &str) -> Vec<Addr> {
    let mut words = answer.split_whitespace();
    let mut next = || words.next().unwrap().parse::<u64>().unwrap();
    let (first, count) = (next(), next());
    let at = |index: u64| Addr::new(first + index * RECORD_LEN as u64);
    (0..count).map(at).collect()
}

#[test]
fn what_is_kept_is_of_one_moment_though_it_changes_all_the_time() {
    let (target, answer) = Target::helper("records::flipping_records");
    let (process, gs) = (target.open(), records(&answer));
    let mut batch = Batch::default();
    let (mut kept, mut changed) = (0, 0);
    while kept < 5_000 || changed < 1 {
        for gs in gs.chunks(BATCH) {
            let keys = batch.look(&process, &Counted, gs).to_vec();
            for (key, g) in keys.iter().zip(gs) {
                let Some(key) = key else {
                    changed += 1;
                    continue;
                };
                let record = batch.records().slice(Span::new(*g, RECORD_LEN as u64));
                let span = Counted.leads_to(record.expect("a record")).unwrap();
                let bytes = batch.targets().slice(span).expect("its bytes");
                assert!(bytes.iter().all(|byte| *byte == Flipper::byte(*key)));
                kept += 1;
            }
        }
    }
}

#[test]
fn what_has_not_changed_is_told_from_what_has() {
    let (mut target, answer) = Target::helper("records::records_that_change_when_told");
    let (process, gs) = (target.open(), records(&answer));
    let mut batch = Batch::default();
    let blocks = gs.chunks(BATCH);
    let keys: Vec<Option<u64>> = blocks
        .flat_map(|gs| batch.look(&process, &Counted, gs).to_vec())
        .collect();
    assert!(keys.iter().all(Option::is_some));

    // Out of order, with a nil and one that is nowhere.
    let mut addrs: Vec<Addr> = gs.iter().rev().copied().collect();
    let mut keys: Vec<Option<u64>> = keys.into_iter().rev().collect();
    addrs.extend([Addr::NULL, Addr::new(8)]);
    keys.extend([None, Some(0)]);
    let nowhere = addrs.len() - 1;
    let mut watched = Watched::new(&Counted, &addrs, keys);
    assert_eq!(watched.look(&process).changed, [nowhere]);

    target.send("3\n");
    target.line("changed");
    let third = gs.len() - 1 - 3;
    assert_eq!(watched.look(&process).changed, [third, nowhere]);

    watched.forget(&[0]);
    let limits = PATIENT;
    let captured = capture(&process, limits, &[], Some(&watched), |held| {
        assert_eq!(held.again.changed, [0, third, nowhere]);
        Vec::new()
    });
    assert_eq!(captured.unwrap().again.unread, []);
}

#[test]
fn what_there_is_no_time_for_is_said_and_what_is_known_to_change_is_not_in_it() {
    let (target, answer) = Target::helper("records::records_that_change_when_told");
    let (process, gs) = (target.open(), records(&answer));
    let mut keys = vec![Some(0); gs.len()];
    keys[5] = None;
    let watched = Watched::new(&Counted, &gs, keys);
    let limits = PauseLimits {
        stop: Duration::from_secs(10),
        hold: Duration::ZERO,
    };
    let captured = capture(&process, limits, &[], Some(&watched), |_| Vec::new()).unwrap();
    assert_eq!(captured.again.changed, [5]);
    assert_eq!(captured.again.unread.len(), gs.len() - 1);
    target.wait_until_free();
}
