//! Programs with records that change, all the time or when they are told.

use super::wait_for_end_of_input;
use std::io::stdin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;

/// Bytes of a record: a count, where the bytes are that go with it, how many.
pub(crate) const RECORD_LEN: usize = 24;
const RECORDS: usize = 400;
const WORDS: usize = 32;

/// Records, each with bytes that all say how often the record was changed.
pub(crate) struct Flipper {
    records: Vec<AtomicU64>,
    bytes: Vec<AtomicU64>,
}

impl Flipper {
    fn new() -> Flipper {
        let zeroes = |count| (0..count).map(|_| AtomicU64::new(0)).collect();
        let flipper = Flipper {
            records: zeroes(3 * RECORDS),
            bytes: zeroes(WORDS * RECORDS),
        };
        for index in 0..RECORDS {
            let bytes = flipper.bytes[WORDS * index].as_ptr().addr() as u64;
            flipper.records[3 * index + 1].store(bytes, Ordering::SeqCst);
            flipper.records[3 * index + 2].store(8 * WORDS as u64, Ordering::SeqCst);
        }
        println!("\nready {} {RECORDS}", flipper.records.as_ptr().addr());
        flipper
    }

    /// Each of a record's bytes at a count.
    pub(crate) fn byte(count: u64) -> u8 {
        u8::try_from(count / 2 % 251).unwrap()
    }

    /// Counts, changes, and counts again.
    fn flip(&self, index: usize) {
        let count = &self.records[3 * index];
        let after = count.fetch_add(1, Ordering::SeqCst) + 1;
        let word = u64::from_ne_bytes([Flipper::byte(after + 1); 8]);
        for byte in &self.bytes[WORDS * index..][..WORDS] {
            byte.store(word, Ordering::SeqCst);
        }
        count.fetch_add(1, Ordering::SeqCst);
    }
}

#[test]
#[ignore = "a program that other tests run"]
fn flipping_records() {
    let (flipper, ended) = (Flipper::new(), AtomicBool::new(false));
    thread::scope(|scope| {
        scope.spawn(|| {
            while !ended.load(Ordering::Relaxed) {
                (0..RECORDS).for_each(|index| flipper.flip(index));
            }
        });
        wait_for_end_of_input();
        ended.store(true, Ordering::Relaxed);
    });
}

#[test]
#[ignore = "a program that other tests run"]
fn records_that_change_when_told() {
    let flipper = Flipper::new();
    for line in stdin().lines() {
        flipper.flip(line.unwrap().parse().unwrap());
        println!("\nchanged");
    }
}
