//! A target stands still while it is copied, and goes on afterwards, whatever happens.

use crate::target::{PATIENT, Target, span, wait_until};
use gopeek_attach::AttachError;
use gopeek_attach::capture::{PauseLimits, capture};
use nix::sys::signal::{SigSet, Signal};
use std::os::unix::process::ExitStatusExt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::Command;
use std::time::Duration;

#[test]
fn it_stands_still_and_goes_on() {
    let mut target = Target::cat();
    let process = target.open();
    let mut held = Vec::new();
    let captured = capture(&process, PATIENT, &[], None, |_| {
        held.push((target.state(), target.tracer() != 0));
        Vec::new()
    });
    let captured = captured.unwrap();
    assert_eq!(held, [('t', true)]);
    let pause = captured.pause.expect("a pause");
    assert_eq!((pause.stopped, pause.missed), (1, Vec::new()));
    assert!(pause.lasted > Duration::ZERO);
    assert!(!captured.cut_short);
    target.wait_until_free();
    target.echoes();
}

#[test]
fn what_is_copied_is_there_when_it_has_gone_on() {
    let mut target = Target::cat();
    let process = target.open();
    let start = target.maps()[0].address.0;
    let mut wave = vec![span(start, 64)];
    let captured = capture(&process, PATIENT, &[], None, |_| std::mem::take(&mut wave));
    target.wait_until_free();
    target.echoes();
    let snapshot = captured.unwrap().snapshot;
    let bytes = snapshot.slice(span(start, 4));
    assert_eq!(bytes, Some(&b"\x7fELF"[..]));
}

#[test]
fn it_goes_on_when_the_plan_panics() {
    let mut target = Target::cat();
    let process = target.open();
    let result = catch_unwind(AssertUnwindSafe(|| {
        capture(&process, PATIENT, &[], None, |_| panic!("on purpose"))
    }));
    assert!(result.is_err());
    target.wait_until_free();
    target.echoes();
}

#[test]
fn it_goes_on_when_the_plan_does_not_end() {
    let mut target = Target::cat();
    let process = target.open();
    let start = target.maps()[0].address.0;
    let limits = PauseLimits {
        stop: Duration::from_millis(250),
        hold: Duration::from_millis(500),
    };
    let captured = capture(&process, limits, &[], None, |_| vec![span(start, 64)]).unwrap();
    assert!(captured.cut_short);
    assert!(captured.snapshot.slice(span(start, 64)).is_some());
    assert!(captured.pause.expect("a pause").lasted > limits.hold / 2);
    target.wait_until_free();
    target.echoes();
}

#[test]
fn it_can_be_held_again_and_again() {
    let mut target = Target::cat();
    let process = target.open();
    for round in 0..50 {
        let captured = capture(&process, PATIENT, &[], None, |_| Vec::new()).unwrap();
        assert_eq!(captured.pause.expect("a pause").stopped, 1, "round {round}");
    }
    target.wait_until_free();
    target.echoes();
}

#[test]
fn a_target_that_is_killed_while_it_is_held_has_exited() {
    let mut target = Target::cat();
    let process = target.open();
    let result = capture(&process, PATIENT, &[], None, |_| {
        target.signal(Signal::SIGKILL);
        Vec::new()
    });
    // The kill and our look at it race, but it is never taken for another program.
    if let Err(error) = result {
        assert!(matches!(error, AttachError::Exited(_)), "{error}");
    }
    assert_eq!(target.reap().signal(), Some(9));
}

#[test]
fn our_own_signals_are_held_back_only_meanwhile() {
    let target = Target::cat();
    let process = target.open();
    let before = SigSet::thread_get_mask().unwrap();
    let mut meanwhile = None;
    capture(&process, PATIENT, &[], None, |_| {
        meanwhile = SigSet::thread_get_mask().ok();
        Vec::new()
    })
    .unwrap();
    let meanwhile = meanwhile.expect("a mask");
    for signal in [
        Signal::SIGTSTP,
        Signal::SIGINT,
        Signal::SIGTERM,
        Signal::SIGHUP,
    ] {
        assert!(meanwhile.contains(signal), "{signal}");
        assert!(!before.contains(signal), "{signal}");
    }
    assert_eq!(SigSet::thread_get_mask().unwrap(), before);
}

#[test]
fn it_goes_on_when_whoever_holds_it_is_stuck() {
    let mut target = Target::cat();
    let this = std::env::current_exe().unwrap();
    let mut holder = Command::new(this);
    holder.args(["--ignored", "--nocapture", "--exact", "helper::stuck"]);
    holder.env("GOPEEK_LOOK_AT", target.pid().to_string());
    let mut holder = Target::spawn(&mut holder);
    wait_until("held", || target.tracer() != 0);
    // Nothing but the kernel can end it.
    assert_eq!(holder.reap().signal(), Some(9));
    target.wait_until_free();
    target.echoes();
}
