//! Processes that are not there, or not any more, or not the same.

use crate::target::{PATIENT, Target, wait_until};
use gopeek_attach::capture::{capture, capture_running};
use gopeek_attach::{AttachError, Pid, Process};
use nix::sys::signal::Signal;
use procfs::process::Process as Proc;
use std::process::Command;

#[test]
fn a_pid_that_nobody_has_is_no_process() {
    let mut target = Target::cat();
    let pid = target.pid();
    target.reap();
    for pid in [pid.as_raw(), 0, -1, i32::MIN, i32::MAX].map(Pid::from_raw) {
        let error = Process::open(pid).unwrap_err();
        assert!(
            matches!(error, AttachError::NoSuchProcess(of) if of == pid),
            "{error}"
        );
    }
}

#[test]
fn a_process_that_waits_to_be_reaped_is_a_zombie() {
    let target = Target::spawn(&mut Command::new("true"));
    wait_until("a zombie", || target.state() == 'Z');
    let error = Process::open(target.pid()).unwrap_err();
    assert!(
        matches!(error, AttachError::Zombie(pid) if pid == target.pid()),
        "{error}"
    );
}

#[test]
fn a_thread_of_the_kernel_has_no_program() {
    let kernel = Pid::from_raw(2);
    let comm = Proc::new(2).and_then(|proc| proc.stat());
    if !comm.is_ok_and(|stat| stat.comm == "kthreadd") {
        eprintln!("skipped: no thread of the kernel shows itself here");
        return;
    }
    match Process::open(kernel).unwrap_err() {
        AttachError::KernelThread(pid) => assert_eq!(pid, kernel),
        // Who may not look at it can't know what it is.
        error => assert!(matches!(error, AttachError::Denied { .. }), "{error}"),
    }
}

#[test]
fn one_that_runs_on_is_confirmed() {
    let target = Target::cat();
    let process = target.open();
    process.confirm().unwrap();
    capture_running(&process, &[], |_| Vec::new()).unwrap();
    process.confirm().unwrap();
}

#[test]
fn one_that_ended_is_not_confirmed() {
    for reaped in [false, true] {
        let mut target = Target::cat();
        let process = target.open();
        target.signal(Signal::SIGKILL);
        if reaped {
            target.reap();
        } else {
            wait_until("a zombie", || target.state() == 'Z');
        }
        let error = process.confirm().unwrap_err();
        assert!(matches!(error, AttachError::Exited(_)), "{error}");
        let error = capture_running(&process, &[], |_| Vec::new()).unwrap_err();
        assert!(matches!(error, AttachError::Exited(_)), "{error}");
    }
}

#[test]
fn one_that_ended_can_not_be_stopped() {
    for reaped in [false, true] {
        let mut target = Target::cat();
        let process = target.open();
        target.signal(Signal::SIGKILL);
        if reaped {
            target.reap();
        } else {
            wait_until("a zombie", || target.state() == 'Z');
        }
        let error = capture(&process, PATIENT, &[], None, |_| Vec::new()).unwrap_err();
        assert!(matches!(error, AttachError::Exited(_)), "{error}");
    }
}

#[test]
fn one_that_became_another_program_is_not_confirmed() {
    let mut target = Target::shell("read line; exec cat");
    let process = target.open();
    process.confirm().unwrap();
    target.send("\n");
    wait_until("another program", || {
        let proc = Proc::new(target.pid().as_raw()).expect("a process");
        proc.stat().expect("its name").comm == "cat"
    });
    let error = process.confirm().unwrap_err();
    assert!(matches!(error, AttachError::Replaced(_)), "{error}");
    let error = capture_running(&process, &[], |_| Vec::new()).unwrap_err();
    assert!(matches!(error, AttachError::Replaced(_)), "{error}");
    target.echoes();
}

#[test]
fn one_that_started_its_own_program_anew_is_not_confirmed() {
    let mut target = Target::shell("read line; exec sh -c 'echo again; read line; echo done'");
    let process = target.open();
    process.confirm().unwrap();
    target.send("\n");
    target.line("again");
    let error = process.confirm().unwrap_err();
    assert!(matches!(error, AttachError::Replaced(_)), "{error}");
    let error = capture_running(&process, &[], |_| Vec::new()).unwrap_err();
    assert!(matches!(error, AttachError::Replaced(_)), "{error}");
    let error = capture(&process, PATIENT, &[], None, |_| Vec::new()).unwrap_err();
    assert!(matches!(error, AttachError::Replaced(_)), "{error}");
    // What it is by now is another matter.
    target.open().confirm().unwrap();
    target.send("\n");
    target.line("done");
}
