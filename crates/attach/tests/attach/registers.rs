//! The registers of a thread that stands still, and the code that the kernel gave it.

use crate::target::{Target, wait_until};
use gopeek_attach::capture::capture_running;
use gopeek_attach::hold::while_stopped;
use gopeek_attach::threads::Look;
use gopeek_layout::Span;
use gopeek_layout::arch::Arch;
use gopeek_layout::image::Image;
use procfs::process::{MMPermissions, MMapPath};
use std::time::Duration;

/// What this test runs on.
const ARCH: Arch = if cfg!(target_arch = "aarch64") {
    Arch::Arm64
} else {
    Arch::Amd64
};

#[test]
fn a_thread_that_waits_is_in_code_and_on_its_stack() {
    let target = Target::cat();
    wait_until("asleep", || target.state() == 'S');
    let process = target.open();
    let (standing, _) = while_stopped(&process, Duration::from_secs(10), &[], |stopped| {
        stopped.standing()
    })
    .unwrap();
    assert_eq!(standing.len(), 1);
    assert_eq!(standing[0].tid, target.pid());
    let registers = standing[0].registers;
    let maps = target.maps();
    let holds = |at: u64| {
        maps.iter()
            .find(|map| map.address.0 <= at && at < map.address.1)
    };
    let code = holds(registers.pc().get()).expect("mapped code");
    assert!(code.perms.contains(MMPermissions::EXECUTE));
    let stack = holds(registers.sp().get()).expect("a mapped stack");
    assert_eq!(stack.pathname, MMapPath::Stack);
    if ARCH == Arch::Amd64 {
        // read(0, ...)
        let (number, args) = registers.syscall().expect("a system call");
        assert_eq!((number, args[0]), (0, 0));
    }
}

#[test]
fn a_target_that_was_not_stopped_has_no_standing_threads() {
    let target = Target::cat();
    let captured = capture_running(&target.open(), &[], |_| Vec::new()).unwrap();
    assert_eq!(captured.standing, []);
}

#[test]
fn a_blocked_thread_shows_where_without_being_stopped() {
    let target = Target::cat();
    wait_until("asleep", || target.state() == 'S');
    let process = target.open();
    let threads = process.look_at_threads(Look::Activity);
    let [thread] = <[_; 1]>::try_from(threads).expect("one thread");
    assert_eq!(
        (thread.tid, thread.inner_tid),
        (target.pid(), inner(&target))
    );
    let activity = thread.activity.expect("its activity");
    assert_eq!((activity.state, activity.name.as_str()), ('S', "cat"));
    let blocked = activity.blocked.expect("a system call");
    assert_eq!(process.blocked_in(thread.tid), Some(blocked));
    // The same as its registers say.
    let (standing, _) = while_stopped(&process, Duration::from_secs(10), &[], |stopped| {
        stopped.standing()
    })
    .unwrap();
    let registers = standing[0].registers;
    let place = blocked.registers();
    assert_eq!((place.pc(), place.sp()), (registers.pc(), registers.sp()));
    if let Some((number, args)) = registers.syscall() {
        assert_eq!(Some((number, args)), blocked.call);
    }
}

/// The pid in the innermost namespace, which is ours.
fn inner(target: &Target) -> u64 {
    u64::try_from(target.pid().as_raw()).unwrap()
}

#[test]
fn the_vdso_is_an_elf_file_at_its_place() {
    let target = Target::cat();
    let (start, bytes) = target.open().vdso().expect("a vDSO");
    let image = Image::parse(&bytes).unwrap();
    assert_eq!(image.bias(start, 0), Some(start.get()));
    assert!(image.eh_frame_hdr().is_some_and(|span: Span| span.len > 0));
}
