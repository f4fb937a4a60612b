//! What a SIGQUIT would print: the thread that is hit, then everything, with addresses.

use crate::reports::{creator, goroutine, machine, push_frame, report, thread};
use gopeek_layout::arch::Arch;
use gopeek_layout::registers::Registers;
use gopeek_ui::render::sigquit;
use gopeek_ui::report::{Machine, Report, SystemStack, Thread};

/// The main thread is on its scheduling stack; goroutine 7 waits, and was made by the runtime.
fn idle(minor: u16) -> Report {
    let mut report = report(minor);
    let mut waiting = goroutine(7);
    push_frame(&mut report, &mut waiting, &["runtime.gopark"]);
    waiting.created_by = Some(creator("runtime.gcenable", 1));
    waiting.system = true;
    let mut g0 = goroutine(0);
    push_frame(&mut report, &mut g0, &["runtime.mPark", "runtime.stopm"]);
    report.goroutines = vec![waiting];
    report.threads = vec![Thread {
        m: Some(Machine {
            g0: Some(SystemStack {
                g: 0xa0,
                stack: Some(g0.stack),
            }),
            ..machine(0, 0xb0)
        }),
        registers: Registers::decode(Arch::Amd64, &[0x11; 216]),
        ..thread(1)
    }];
    report
}

fn text(report: &Report) -> String {
    let mut out = Vec::new();
    sigquit::write(&mut out, report).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn the_scheduling_stack_of_the_thread_that_is_hit_comes_first() {
    let expected = "SIGQUIT: quit\nPC=0x1111111111111111 m=0 sigcode=0\n\n\
                    goroutine 0 gp=0xa0 m=0 mp=0xb0 [idle]:\n\
                    runtime.mPark(...)\n\tmain.go:1\n\
                    runtime.stopm()\n\tmain.go:1 +0x10 fp=0xc0001020 sp=0xc0001000 pc=0x401010\n\n\
                    goroutine 7 gp=0xc000 m=nil [chan receive]:\n\
                    runtime.gopark()\n\tmain.go:1 +0x10 fp=0xc0001020 sp=0xc0001000 pc=0x401010\n\
                    created by runtime.gcenable in goroutine 1\n\tmain.go:1 +0x20\n\n\
                    rax    0x1111111111111111\n";
    let text = text(&idle(27));
    assert!(text.starts_with(expected), "{text}");
    assert!(text.ends_with("gs     0x1111111111111111\n"));
}

#[test]
fn g_and_m_are_named_since_1_22() {
    let old = text(&idle(21));
    assert!(old.contains("\ngoroutine 0 [idle]:\n") && old.contains("\ngoroutine 7 [chan"));
    assert!(text(&idle(22)).contains("\ngoroutine 7 gp=0xc000 m=nil [chan"));
}

#[test]
fn the_goroutine_of_the_thread_that_is_hit_comes_before_the_others() {
    let mut report = idle(27);
    let mut current = goroutine(9);
    (current.addr, current.m) = (0xc900, 0xb0);
    report.goroutines.push(current);
    let m = report.threads[0].m.as_mut().unwrap();
    m.running = 0xc900;
    m.g0 = m.g0.take().map(|g0| SystemStack { stack: None, ..g0 });
    let text = text(&report);
    let at = |what: &str| text.find(what).expect(what);
    assert!(at("goroutine 9 gp=0xc900 m=0 mp=0xb0") < at("goroutine 7 gp="));
    assert!(!text.contains("goroutine 0"));
}

#[test]
fn a_goroutine_in_c_is_shown_instead_of_the_stack_that_c_runs_on() {
    let mut report = idle(27);
    let mut current = goroutine(9);
    (current.addr, current.m) = (0xc900, 0xb0);
    report.goroutines.push(current);
    let m = report.threads[0].m.as_mut().unwrap();
    (m.running, m.in_c) = (0xc900, true);
    let text = text(&report);
    assert!(text.contains("sigcode=0\nsignal arrived during cgo execution\n\ngoroutine 9 "));
    assert!(!text.contains("goroutine 0"));
}

#[test]
fn without_threads_there_is_still_a_dump() {
    let mut report = idle(27);
    report.threads.clear();
    let text = text(&report);
    assert!(text.starts_with("SIGQUIT: quit\nPC=0x0 m=0 sigcode=0\n\ngoroutine 7 "));
}
