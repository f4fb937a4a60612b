//! The table of threads.

use crate::reports::{goroutine, machine, push_frame, report, thread};
use gopeek_attach::threads::Activity;
use gopeek_ui::render::threads;
use gopeek_ui::report::{Machine, Report, Syscall, SystemStack, Thread};
use std::sync::Arc;

/// A stack with one frame, of this function.
fn on(report: &mut Report, function: &str) -> SystemStack {
    let mut g0 = goroutine(0);
    push_frame(report, &mut g0, &[function]);
    SystemStack {
        g: 0xa0,
        stack: Some(g0.stack),
    }
}

fn in_call(text: &str) -> Syscall {
    Syscall {
        number: 1,
        args: [0; 6],
        text: text.to_owned(),
        own_file: None,
    }
}

/// Threads of every kind, and goroutine 7 at 0xc700.
fn all_kinds() -> Report {
    let mut report = report(27);
    let mut seven = goroutine(7);
    seven.addr = 0xc700;
    report.goroutines = vec![seven];
    report.gomaxprocs = Some(4);
    let duty = on(&mut report, "runtime.sysmon");
    let idle = on(&mut report, "runtime.mPark");
    let polling = on(&mut report, "runtime.netpoll");
    let scheduling = on(&mut report, "runtime.schedule");
    let with = |tid, machine| Thread {
        m: Some(machine),
        ..thread(tid)
    };
    let m = |id| machine(id, 0xb000 + id);
    let runs = |id| Machine {
        running: 0xc700,
        p: Some(2),
        ..m(id)
    };
    report.threads = vec![
        Thread {
            activity: Some(Activity {
                name: "uploader".to_owned(),
                state: 'S',
                wait_channel: Some("hrtimer_nanosleep".to_owned()),
                blocked: None,
            }),
            ..thread(100)
        },
        with(
            101,
            Machine {
                g0: Some(duty),
                duty: Some(Arc::from("runtime.sysmon")),
                ..m(1)
            },
        ),
        with(
            102,
            Machine {
                g0: Some(idle),
                duty: Some(Arc::from("runtime.mspinning")),
                ..m(2)
            },
        ),
        with(
            103,
            Machine {
                g0: Some(polling),
                ..m(3)
            },
        ),
        with(104, runs(4)),
        with(
            105,
            Machine {
                in_c: true,
                ..runs(5)
            },
        ),
        Thread {
            syscall: Some(in_call("read(fd 3, 0x1, 8)")),
            ..with(106, runs(6))
        },
        with(
            107,
            Machine {
                g0: Some(scheduling),
                ..runs(7)
            },
        ),
        with(
            108,
            Machine {
                locked: 0xc700,
                ..m(8)
            },
        ),
        with(
            109,
            Machine {
                spinning: true,
                ..m(9)
            },
        ),
        Thread {
            tid: None,
            ..with(
                110,
                Machine {
                    is_extra: true,
                    ..m(10)
                },
            )
        },
    ];
    report
}

fn text(report: &Report, stacks: bool) -> String {
    let mut out = Vec::new();
    threads::write(&mut out, report, stacks).unwrap();
    String::from_utf8(out).unwrap()
}

/// The columns of the line that begins with `tid`, without blanks.
fn line(text: &str, tid: &str) -> String {
    let line = text.lines().find(|line| line.trim_start().starts_with(tid));
    let words: Vec<_> = line.expect(tid).split_whitespace().collect();
    words.join(" ")
}

#[test]
fn each_thread_says_what_it_is_there_for() {
    let text = text(&all_kinds(), false);
    for expected in [
        "100 S - - - C thread uploader [hrtimer_nanosleep]",
        "101 - m1 - - sysmon -",
        "102 - m2 - - idle -",
        "103 - m3 - - in the network poller -",
        "104 - m4 p2 g7 running Go -",
        "105 - m5 p2 g7 in C -",
        "106 - m6 p2 g7 in a system call read(fd 3, 0x1, 8)",
        "107 - m7 p2 g7 in the runtime -",
        "108 - m8 - - (locked g7) waits for its g -",
        "109 - m9 - - looking for work -",
    ] {
        let tid = expected.split(' ').next().unwrap();
        assert_eq!(line(&text, tid), expected);
    }
    assert!(text.starts_with("10 threads, GOMAXPROCS 4: "), "{text}");
    assert_eq!(line(&text, "-  -"), "- - m10 - - spare -");
}

#[test]
fn a_goroutine_that_is_locked_to_its_thread_says_so() {
    let mut report = all_kinds();
    let m = report.threads[4].m.as_mut().unwrap();
    m.locked = 0xc700;
    assert_eq!(
        line(&text(&report, false), "104"),
        "104 - m4 p2 g7 (locked) running Go -"
    );
}

#[test]
fn the_stacks_of_the_threads_themselves_come_when_asked_for() {
    let report = all_kinds();
    let with = text(&report, true);
    assert!(
        with.contains("g0:\nruntime.sysmon()\n\tmain.go:1 +0x10\n"),
        "{with}"
    );
    assert!(!text(&report, false).contains("g0:"));
}

#[test]
fn a_fork_has_fewer_threads_than_its_runtime_has_ms_and_none_of_theirs() {
    let lone = |id| Thread {
        tid: None,
        ..with_m(thread(0), id)
    };
    let with_m_of = |tid, id| with_m(thread(tid), id);
    let mut report = report(27);
    for (threads, expected) in [
        (vec![thread(100), lone(0), lone(1), lone(2)], Some((2, 3))),
        // One of its threads is known: an M that begins or ends has none for a moment.
        (vec![with_m_of(100, 0), lone(1), lone(2)], None),
        // As many threads as Ms: their numbers can't be told here.
        (vec![thread(100), thread(101), lone(0), lone(1)], None),
        (vec![lone(0), lone(1)], None),
        (vec![thread(100)], None),
    ] {
        report.threads = threads;
        assert_eq!(report.forked(), expected);
    }
    // An M for threads of C's waits for one.
    let mut extra = lone(7);
    extra.m.as_mut().unwrap().is_extra = true;
    report.threads = vec![thread(100), extra];
    assert_eq!(report.forked(), None);
}

fn with_m(thread: Thread, id: u64) -> Thread {
    Thread {
        m: Some(machine(id, 0xb000 + id)),
        ..thread
    }
}
