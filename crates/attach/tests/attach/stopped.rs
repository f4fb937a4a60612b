//! A target that stood still already is left as it was found.

use crate::target::{PATIENT, Target, wait_until};
use gopeek_attach::capture::capture;
use nix::sys::signal::Signal;

#[test]
fn one_that_was_stopped_by_a_signal_stays_stopped_and_can_be_continued() {
    let mut target = Target::cat();
    target.signal(Signal::SIGSTOP);
    wait_until("stopped", || target.state() == 'T');
    let process = target.open();
    for _ in 0..5 {
        let captured = capture(&process, PATIENT, &[], None, |_| Vec::new()).unwrap();
        assert_eq!(captured.pause.expect("a pause").stopped, 1);
        wait_until("stopped as before", || {
            target.tracer() == 0 && target.state() == 'T'
        });
    }
    target.signal(Signal::SIGCONT);
    wait_until("continued", || target.state() == 'S');
    target.echoes();
}

#[test]
fn one_with_many_threads_stays_stopped_too() {
    let (target, _) = Target::helper("threads");
    target.signal(Signal::SIGSTOP);
    let stopped = || target.states().iter().all(|state| *state == 'T');
    wait_until("stopped", stopped);
    let process = target.open();
    let threads = process.threads().unwrap().len();
    let captured = capture(&process, PATIENT, &[], None, |_| Vec::new()).unwrap();
    assert_eq!(captured.pause.expect("a pause").stopped, threads);
    wait_until("stopped as before", || target.tracer() == 0 && stopped());
    target.signal(Signal::SIGCONT);
    wait_until("continued", || {
        target.states().iter().all(|state| *state == 'S')
    });
}

#[test]
fn one_that_is_continued_while_it_is_held_goes_on() {
    let mut target = Target::cat();
    target.signal(Signal::SIGSTOP);
    wait_until("stopped", || target.state() == 'T');
    let process = target.open();
    capture(&process, PATIENT, &[], None, |_| {
        target.signal(Signal::SIGCONT);
        Vec::new()
    })
    .unwrap();
    target.wait_until_free();
    wait_until("continued", || target.state() == 'S');
    target.echoes();
}
