//! The registers of a thread that stands still, and the code that the kernel gave it.

use crate::target::{Target, wait_until};
use gopeek_attach::stop::while_stopped;
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
    let (found, _) = while_stopped(&process, Duration::from_secs(10), |stopped| {
        stopped.thread_registers(target.pid(), ARCH)
    })
    .unwrap();
    let registers = found.expect("registers");
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
fn a_thread_that_runs_tells_nothing() {
    let (target, other) = (Target::cat(), Target::cat());
    let process = target.open();
    let (found, _) = while_stopped(&process, Duration::from_secs(10), |stopped| {
        stopped.thread_registers(other.pid(), ARCH)
    })
    .unwrap();
    assert_eq!(found, None);
}

#[test]
fn the_vdso_is_an_elf_file_at_its_place() {
    let target = Target::cat();
    let (start, bytes) = target.open().vdso().expect("a vDSO");
    let image = Image::parse(&bytes).unwrap();
    assert_eq!(image.bias(start, 0), Some(start.get()));
    assert!(image.eh_frame_hdr().is_some_and(|span: Span| span.len > 0));
}
