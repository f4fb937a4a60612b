//! Targets with many threads, standing and coming and going.

use crate::helper::THREADS;
use crate::target::{PATIENT, Target};
use gopeek_attach::capture::capture;
use std::collections::HashSet;

#[test]
fn all_threads_stand_still_and_all_go_on() {
    let (target, _) = Target::helper("threads");
    let process = target.open();
    let threads = process.threads().unwrap();
    assert!(threads.len() > THREADS);
    assert!(threads.contains(&target.pid()));
    let mut held = Vec::new();
    let captured = capture(&process, PATIENT, &[], None, |_| {
        held = target.states();
        Vec::new()
    });
    assert_eq!(held, vec!['t'; threads.len()]);
    let pause = captured.unwrap().pause.expect("a pause");
    assert_eq!((pause.stopped, pause.missed), (threads.len(), Vec::new()));
    target.wait_until_free();
}

#[test]
fn each_thread_is_listed_once() {
    let (target, _) = Target::helper("threads");
    let process = target.open();
    let threads = process.threads().unwrap();
    let distinct: HashSet<_> = threads.iter().collect();
    assert_eq!(distinct.len(), threads.len());
    let facts = process.facts().unwrap();
    assert_eq!(facts.threads, threads.len() as u64);
}

#[test]
fn threads_that_come_and_go_do_not_escape() {
    let (mut target, _) = Target::helper("coming_and_going");
    let process = target.open();
    for round in 0..100 {
        let mut held = Vec::new();
        let captured = capture(&process, PATIENT, &[], None, |_| {
            held = target.states();
            Vec::new()
        });
        let captured = captured.unwrap_or_else(|error| panic!("round {round}: {error}"));
        // One that was just ending is still listed, and runs no more.
        let free = held.iter().find(|state| !"tZX".contains(**state));
        assert_eq!(free, None, "round {round}: {held:?}");
        assert!(
            captured.pause.expect("a pause").stopped >= 3,
            "round {round}"
        );
    }
    target.hang_up();
    target.line("ended well");
    assert!(target.reap().success());
}
