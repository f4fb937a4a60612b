//! Where the walk of a goroutine begins, in the order of `runtime.traceback1`.

use gopeek_layout::enums::status;
use gopeek_layout::goroutine::{Context, Goroutine, Signal};
use gopeek_layout::{Addr, Span};
use gopeek_unwind::{Source, Start, start};

fn context(pc: u64, sp: u64, lr: u64) -> Context {
    Context {
        pc: Addr::new(pc),
        sp: Addr::new(sp),
        lr: Addr::new(lr),
    }
}

/// A goroutine that the scheduler parked at pc 1.
pub(crate) fn parked() -> Goroutine {
    Goroutine {
        addr: Addr::new(0x1_0000),
        goid: 1,
        status: status::WAITING,
        scanned: false,
        wait_reason: 0,
        wait_since: 0,
        m: Addr::NULL,
        locked_m: Addr::NULL,
        stack: Span::new(Addr::new(0x2_0000), 0x1000),
        sched: context(1, 0x2_0100, 7),
        syscall: None,
        vdso: None,
        parent_goid: 0,
        gopc: Addr::NULL,
        startpc: Addr::NULL,
        runs_cleanups: false,
        bubble: None,
        signal: Signal {
            number: 0,
            code: 0,
            fault: Addr::NULL,
            pc: Addr::NULL,
        },
        labels: [].into(),
        ancestors: Vec::new(),
    }
}

fn begins(at: Context, from: Source) -> Start {
    let Context { pc, sp, lr } = at;
    Start { pc, sp, lr, from }
}

#[test]
fn one_that_stands_goes_on_where_the_scheduler_saved_it() {
    let states = [
        status::RUNNABLE,
        status::WAITING,
        status::PREEMPTED,
        status::LEAKED,
        status::COPYSTACK,
    ];
    for status in states {
        let goroutine = Goroutine { status, ..parked() };
        assert_eq!(
            start(&goroutine),
            Some(begins(parked().sched, Source::Scheduler)),
            "{status}"
        );
    }
}

#[test]
fn one_that_runs_is_known_to_its_thread_alone() {
    let goroutine = Goroutine {
        status: status::RUNNING,
        ..parked()
    };
    assert_eq!(start(&goroutine), None);
}

#[test]
fn a_system_call_goes_before_the_scheduler() {
    let entered = context(2, 0x2_0200, 0);
    for status in [status::SYSCALL, status::RUNNING, status::WAITING] {
        let goroutine = Goroutine {
            status,
            syscall: Some(entered),
            ..parked()
        };
        assert_eq!(
            start(&goroutine),
            Some(begins(entered, Source::Syscall)),
            "{status}"
        );
    }
}

#[test]
fn the_vdso_goes_before_all() {
    let (entered, vdso) = (context(2, 0x2_0200, 0), context(3, 0x2_0300, 0));
    for status in [status::SYSCALL, status::RUNNING] {
        let goroutine = Goroutine {
            status,
            syscall: Some(entered),
            vdso: Some(vdso),
            ..parked()
        };
        assert_eq!(
            start(&goroutine),
            Some(begins(vdso, Source::Vdso)),
            "{status}"
        );
    }
}

#[test]
fn a_vdso_call_on_the_schedulers_stack_is_no_place_of_the_goroutine() {
    let on_g0 = Some(context(3, 0x9_0300, 0));
    let running = Goroutine {
        status: status::RUNNING,
        vdso: on_g0,
        ..parked()
    };
    assert_eq!(start(&running), None);
    let entered = context(2, 0x2_0200, 0);
    let in_syscall = Goroutine {
        syscall: Some(entered),
        ..running
    };
    assert_eq!(start(&in_syscall), Some(begins(entered, Source::Syscall)));
}

#[test]
fn one_that_goes_on_outside_of_its_own_stack_is_nowhere() {
    let ends = [0x1_fff8, 0x2_1008, 0x2_0104, 0, u64::MAX];
    for sp in ends {
        let sched = Goroutine {
            sched: context(1, sp, 0),
            ..parked()
        };
        assert_eq!(start(&sched), None, "{sp:#x}");
        let syscall = Goroutine {
            status: status::SYSCALL,
            syscall: Some(context(2, sp, 0)),
            ..parked()
        };
        assert_eq!(start(&syscall), None, "{sp:#x}");
    }
    for sp in [0x2_0000, 0x2_1000] {
        let sched = context(1, sp, 0);
        let goroutine = Goroutine { sched, ..parked() };
        let expected = Some(begins(sched, Source::Scheduler));
        assert_eq!(start(&goroutine), expected, "{sp:#x}");
    }
}
