//! No signal is lost or left behind.

use crate::target::{PATIENT, Target};
use gopeek_attach::capture::{PauseLimits, capture};
use nix::sys::signal::Signal;
use std::os::unix::process::ExitStatusExt;
use std::time::{Duration, Instant};

#[test]
fn a_signal_sent_while_a_target_is_held_arrives_afterwards() {
    let mut target = Target::cat();
    let process = target.open();
    let mut states = Vec::new();
    // Its end may be seen before or after the last look at it.
    let _ = capture(&process, PATIENT, &[], None, |_| {
        target.signal(Signal::SIGTERM);
        states.push(target.state());
        Vec::new()
    });
    assert_eq!(states, ['t']);
    assert_eq!(target.reap().signal(), Some(15));
}

/// Holds the helper called `name`, which raises signals all the time and counts them, for a second on and off.
fn loses_none(name: &str) {
    let (mut target, _) = Target::helper(name);
    let process = target.open();
    let patient = PauseLimits {
        stop: Duration::from_secs(10),
        ..PATIENT
    };
    let since = Instant::now();
    while since.elapsed() < Duration::from_secs(1) {
        let captured = capture(&process, patient, &[], None, |_| Vec::new()).unwrap();
        assert_eq!(captured.pause.expect("a pause").missed, []);
    }
    target.hang_up();
    let counted = target.line("raised");
    let (raised, handled) = counted.split_once(" handled ").expect("two numbers");
    assert_ne!(raised, "0");
    assert_eq!(raised, handled);
    assert!(target.reap().success());
}

#[test]
fn signals_that_come_while_it_is_being_stopped_are_handed_on() {
    loses_none("signals");
}

#[test]
fn so_are_real_time_signals() {
    loses_none("real_time_signals");
}
