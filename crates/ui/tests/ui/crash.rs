//! What is printed of a crash: its head, the stack that it happened on, what the runtime did there to end the process.

use crate::reports::{goroutine, machine, push_frame, report, thread};
use gopeek_layout::arch::Arch;
use gopeek_layout::registers::Registers;
use gopeek_layout::siginfo::SignalInfo;
use gopeek_ui::render::sigquit;
use gopeek_ui::report::{Cause, Crash, Report, SystemStack, Thread};

/// Goroutine 7 waits, goroutine 9 panics.
fn panicking() -> Report {
    let mut report = report(27);
    let mut waits = goroutine(7);
    push_frame(&mut report, &mut waits, &["runtime.gopark"]);
    let mut panics = goroutine(9);
    panics.addr = 0xd000;
    let frames = [
        "runtime.raise",
        "runtime.fatalpanic",
        "runtime.gopanic",
        "main.main",
    ];
    for name in frames {
        push_frame(&mut report, &mut panics, &[name]);
    }
    report.goroutines = vec![waits, panics];
    report.set_crash(crash(Cause::Panic("panic: now".to_owned())));
    report
}

fn crash(cause: Cause) -> Crash {
    Crash {
        cause,
        head: "panic: now\n\tpanic: \u{1b}[31mlater".to_owned(),
        fault: None,
        tid: 1,
        m: 0xb0,
        goroutine: 0xd000,
        system: None,
        printed: None,
        in_c: false,
        registers: Registers::decode(Arch::Amd64, &[0x11; 216]),
        killed_by: 6,
    }
}

fn text(report: &Report) -> String {
    let mut out = Vec::new();
    sigquit::write(&mut out, report).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn the_goroutine_that_panicked_goes_first_without_what_ends_the_process() {
    let text = text(&panicking());
    // What a terminal would obey is told in words.
    let head = "panic: now\n\tpanic: \\u{1b}[31mlater\n\ngoroutine 9 gp=0xd000 ";
    assert!(text.starts_with(head), "{text}");
    let names: Vec<&str> = text.lines().filter(|line| line.ends_with(')')).collect();
    assert_eq!(names, ["panic()", "main.main()", "runtime.gopark()"]);
    assert!(!text.contains("rax"));
}

#[test]
fn a_goroutine_of_the_runtimes_is_shown_where_it_died() {
    let mut report = panicking();
    report.goroutines.iter_mut().for_each(|it| it.system = true);
    let shown: Vec<u64> = report.user_goroutines().map(|it| it.id).collect();
    assert_eq!(shown, [9]);
}

#[test]
fn an_error_of_the_runtime_on_a_threads_own_stack_shows_that() {
    let mut report = panicking();
    let mut own = goroutine(0);
    for name in ["runtime.fatalthrow", "runtime.throw", "runtime.checkdead"] {
        push_frame(&mut report, &mut own, &[name]);
    }
    let cause = Cause::Fatal {
        text: None,
        before: Vec::new(),
    };
    report.set_crash(Crash {
        goroutine: 0,
        system: Some(own.stack),
        ..crash(cause)
    });
    let text = text(&report);
    let own = "\n\nruntime stack:\nruntime.throw()\n";
    assert!(text.contains(own), "{text}");
    assert!(text.contains("\nruntime.checkdead()\n") && text.contains("\n\ngoroutine 9 gp="));
    // Of a goroutine that it did not happen in, all is shown.
    assert!(text.contains("runtime.raise()"));
}

#[test]
fn a_signal_shows_registers_and_the_scheduler_that_it_hit() {
    let mut report = panicking();
    let mut own = goroutine(0);
    push_frame(&mut report, &mut own, &["runtime.futex"]);
    let mut on = machine(3, 0xb0);
    on.g0 = Some(SystemStack {
        g: 0xa0,
        stack: None,
    });
    report.threads = vec![Thread {
        m: Some(on),
        ..thread(1)
    }];
    let signal = SignalInfo {
        number: 6,
        code: 0,
        word: 0,
    };
    report.set_crash(Crash {
        goroutine: 0,
        system: Some(own.stack),
        ..crash(Cause::Signal(signal))
    });
    let text = text(&report);
    let own = "\n\ngoroutine 0 gp=0xa0 m=3 mp=0xb0 [idle]:\nruntime.futex()\n";
    assert!(text.contains(own), "{text}");
    assert!(text.contains("\n\nrax    0x1111111111111111\n"));
}
