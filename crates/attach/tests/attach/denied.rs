//! Why the kernel refused.

use crate::target::{PATIENT, Target};
use gopeek_attach::AttachError;
use gopeek_attach::capture::{capture, capture_running};
use gopeek_attach::denied::Denied;
use nix::sys::ptrace;
use nix::unistd::gettid;

#[test]
fn one_that_is_traced_already_names_its_tracer() {
    let mut target = Target::cat();
    let process = target.open();
    assert_eq!(process.tracer(), None);
    // This thread is the other tracer; the one that stops targets is not.
    ptrace::seize(target.pid(), ptrace::Options::empty()).unwrap();
    assert_eq!(process.tracer(), Some(gettid()));

    let error = capture(&process, PATIENT, &[], None, |_| Vec::new()).unwrap_err();
    let AttachError::Denied {
        pid,
        operation,
        cause,
        remedy,
    } = error
    else {
        panic!("{error}");
    };
    assert_eq!((pid, operation), (target.pid(), "stop"));
    assert_eq!(cause, Denied::Traced { tracer: gettid() });
    assert!(cause.to_string().contains(&gettid().to_string()));
    assert!(remedy.contains(&format!("--no-stop {pid}")), "{remedy}");

    // It is not disturbed, and what needs no stop still works.
    assert_eq!(process.tracer(), Some(gettid()));
    capture_running(&process, &[], |_| Vec::new()).unwrap();
    target.echoes();
}
