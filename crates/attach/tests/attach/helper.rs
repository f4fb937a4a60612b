//! Programs to look at, which the tests run out of this same binary. Run by hand they end at once.

use crate::target::{Target, span};
use gopeek_attach::capture::capture_running;
use nix::libc;
use std::io::{Read, stdin};
use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;

/// Threads that stand in a helper.
pub(crate) const THREADS: usize = 16;
/// Bytes in the pattern of [`pattern`].
pub(crate) const PATTERN_LEN: usize = 12 << 20;

/// What the byte at `index` of the pattern is.
pub(crate) fn pattern(index: usize) -> u8 {
    u8::try_from(index * 7 / 3 % 251).unwrap()
}

fn wait_for_end_of_input() {
    let _ = stdin().read_to_end(&mut Vec::new());
}

#[test]
#[ignore = "a program that other tests run"]
fn threads() {
    let ready = Barrier::new(THREADS + 1);
    let done = Barrier::new(THREADS + 1);
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                ready.wait();
                done.wait();
            });
        }
        ready.wait();
        println!("\nready");
        wait_for_end_of_input();
        done.wait();
    });
}

#[test]
#[ignore = "a program that other tests run"]
fn coming_and_going() {
    let ended = AtomicBool::new(false);
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while !ended.load(Ordering::Relaxed) {
                    thread::spawn(|| {}).join().unwrap();
                }
            });
        }
        println!("\nready");
        wait_for_end_of_input();
        ended.store(true, Ordering::Relaxed);
    });
    println!("\nended well");
}

#[test]
#[ignore = "a program that other tests run"]
fn known_bytes() {
    let bytes: Vec<u8> = (0..PATTERN_LEN).map(pattern).collect();
    println!("\nready {}", bytes.as_ptr().addr());
    wait_for_end_of_input();
    assert_eq!(bytes.len(), PATTERN_LEN);
}

static HANDLED: AtomicU64 = AtomicU64::new(0);

extern "C" fn count(_: libc::c_int) {
    HANDLED.fetch_add(1, Ordering::Relaxed);
}

/// Raises `signal` in four threads until the input ends, and counts.
fn raise_and_count(signal: libc::c_int) {
    let add_one = count as *const () as libc::sighandler_t;
    // SAFETY: the handler does nothing but add to an atomic number.
    let before = unsafe { libc::signal(signal, add_one) };
    assert_ne!(before, libc::SIG_ERR);
    let (ended, raised) = (AtomicBool::new(false), AtomicU64::new(0));
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while !ended.load(Ordering::Relaxed) {
                    // It is handled before this returns.
                    // SAFETY: it takes a number, and the signal has a handler.
                    assert_eq!(unsafe { libc::raise(signal) }, 0);
                    raised.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        println!("\nready");
        wait_for_end_of_input();
        ended.store(true, Ordering::Relaxed);
    });
    let (raised, handled) = (raised.into_inner(), HANDLED.load(Ordering::Relaxed));
    println!("\nraised {raised} handled {handled}");
}

#[test]
#[ignore = "a program that other tests run"]
fn signals() {
    raise_and_count(libc::SIGURG);
}

#[test]
#[ignore = "a program that other tests run"]
fn real_time_signals() {
    raise_and_count(libc::SIGRTMIN());
}

/// The most memory that this process ever held, in bytes.
fn peak() -> u64 {
    let status = procfs::process::Process::myself().and_then(|this| this.status());
    status.unwrap().vmhwm.expect("a kernel that counts it") << 10
}

/// Looks itself at another one: its peak is not mixed up with those of tests that run meanwhile.
#[test]
#[ignore = "a program that other tests run"]
fn greedy() {
    let target = Target::cat();
    let process = target.open();
    let start = target.maps()[0].address.0;
    println!("\nready");
    let before = peak();
    let mut wave = vec![span(start, 16), span(1 << 20, 2 << 30)];
    let captured = capture_running(&process, &[], |_| std::mem::take(&mut wave)).unwrap();
    let got = captured.snapshot.slice(span(start, 16)).is_some();
    println!("\ngot {got}");
    println!("\ngrew {}", peak() - before);
}

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
