//! No signal is lost or left behind.

use crate::target::Target;
use gopeek_attach::capture::{PauseLimits, capture};
use nix::sys::signal::Signal;
use std::os::unix::process::ExitStatusExt;

#[test]
fn a_signal_sent_while_a_target_is_held_arrives_afterwards() {
    let mut target = Target::cat();
    let process = target.open();
    let mut states = Vec::new();
    // Its end may be seen before or after the last look at it.
    let _ = capture(&process, PauseLimits::default(), |_| {
        target.signal(Signal::SIGTERM);
        states.push(target.state());
        Vec::new()
    });
    assert_eq!(states, ['t']);
    assert_eq!(target.reap().signal(), Some(15));
}

#[test]
fn signals_that_come_while_it_is_being_stopped_are_handed_on() {
    let (mut target, _) = Target::helper("signals");
    let process = target.open();
    for _ in 0..200 {
        capture(&process, PauseLimits::default(), |_| Vec::new()).unwrap();
    }
    target.hang_up();
    let counted = target.line("raised");
    let (raised, handled) = counted.split_once(" handled ").expect("two numbers");
    assert_ne!(raised, "0");
    assert_eq!(raised, handled);
    assert!(target.reap().success());
}
