//! Programs to look at, which the tests run out of this same binary. Run by hand they end at once.

use nix::libc;
use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, raise, sigaction};
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

#[test]
#[ignore = "a program that other tests run"]
fn signals() {
    let action = SigAction::new(
        SigHandler::Handler(count),
        SaFlags::empty(),
        SigSet::empty(),
    );
    // SAFETY: the handler does nothing but add to an atomic number.
    unsafe { sigaction(Signal::SIGURG, &action) }.unwrap();
    let (ended, raised) = (AtomicBool::new(false), AtomicU64::new(0));
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while !ended.load(Ordering::Relaxed) {
                    // It is handled before this returns.
                    raise(Signal::SIGURG).unwrap();
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
