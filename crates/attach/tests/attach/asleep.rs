//! Threads that sleep in a system call are left alone, and those that woke up are told.

use crate::target::{PATIENT, Target, wait_until};
use gopeek_attach::capture::capture;
use nix::sys::signal::Signal;

#[test]
fn one_that_sleeps_is_not_stopped_and_its_place_is_known() {
    let target = Target::cat();
    wait_until("it reads", || target.state() == 'S');
    let process = target.open();
    let turns = process.turns();
    let asleep = process.asleep_since(&turns);
    assert_eq!(asleep.len(), 1);
    let captured = capture(&process, PATIENT, &asleep, None, |_| {
        assert_eq!(target.tracer(), 0);
        Vec::new()
    })
    .unwrap();
    let pause = captured.pause.expect("a pause");
    assert_eq!((pause.stopped, pause.asleep), (0, 1));
    assert_eq!(captured.standing.len(), 1);
    assert!(captured.standing[0].registers.is_place());
    assert_eq!(captured.woken, []);
}

#[test]
fn one_that_woke_up_is_told_and_its_place_is_forgotten() {
    let mut target = Target::cat();
    wait_until("it reads", || target.state() == 'S');
    let process = target.open();
    let asleep = process.asleep_since(&process.turns());
    let captured = capture(&process, PATIENT, &asleep, None, |_| {
        target.echoes();
        Vec::new()
    })
    .unwrap();
    assert_eq!(captured.woken, [process.pid()]);
    assert_eq!((captured.standing.len(), captured.asleep.len()), (0, 0));
}

#[test]
fn one_that_has_run_since_or_is_stopped_is_not_asleep() {
    let mut target = Target::cat();
    wait_until("it reads", || target.state() == 'S');
    let process = target.open();
    let turns = process.turns();
    target.echoes();
    wait_until("it reads again", || target.state() == 'S');
    assert_eq!(process.asleep_since(&turns), []);
    target.signal(Signal::SIGSTOP);
    wait_until("stopped", || target.state() == 'T');
    assert_eq!(process.asleep_since(&process.turns()), []);
}
