//! Reports that have everything that a report can have.

use super::waits::{kinds, object, suspect};
use crate::reports::{call, creator, goroutine, machine, push_frame, report, thread};
use gopeek_attach::threads::Activity;
use gopeek_layout::Addr;
use gopeek_layout::arch::Arch;
use gopeek_layout::health::{Collector, Health, Heap, Pause, Phase, Processor, Scheduler};
use gopeek_layout::labels::Label;
use gopeek_layout::mem::Unreadable;
use gopeek_layout::registers::Registers;
use gopeek_layout::siginfo::SignalInfo;
use gopeek_layout::value::Value;
use gopeek_ui::report::{
    Ancestor, Busy, Case, Cause, Changes, Crash, Creators, Defer, Detail, Fact, Fates, Fault,
    Finding, FrameVariables, Goroutine, Grade, Group, NativeFrame, NativeSegment, NotStopped, Over,
    Panic, Place, Problem, Purpose, Report, Resource, Saved, Statement, Syscall, SystemStack,
    Taken, TextDump, Thread, Threads, Trouble, Wait, Waiter, Weight, Work,
};
use gopeek_unwind::native::NativeCall;
use gopeek_unwind::{End, Source, locals};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// The objects' and the waits' is the first; each of the others died of something else, or was not stopped for another
/// reason.
pub(crate) fn everything() -> Vec<Report> {
    let mut all = vec![stuck()];
    let reasons = [
        NotStopped::Asked,
        NotStopped::Traced {
            tracer: (7, "dlv".into()),
        },
        NotStopped::Refused {
            cause: "yama".to_owned(),
        },
    ];
    let signal = SignalInfo {
        number: 6,
        code: -6,
        word: 0x2a,
    };
    let causes = [
        Cause::Panic("panic: \"now\"".to_owned()),
        Cause::Fatal {
            text: Some("all goroutines are asleep - deadlock!".to_owned()),
            before: vec!["runtime: so".to_owned()],
        },
        Cause::Signal(signal),
        Cause::Killed {
            number: 9,
            code: 0,
            address: Some(0x10),
        },
    ];
    all.extend(causes.into_iter().enumerate().map(|(index, cause)| {
        let mut died = stuck();
        died.taken = Taken {
            stopped_for: None,
            not_stopped: reasons.get(index).cloned(),
            ..died.taken
        };
        died.target.allgs_by = ["symbol", "value", "code", "code"][index];
        died.target.arch = ["arm64", "unknown", "amd64", "amd64"][index];
        let goroutine = &died.goroutines[2];
        let crash = Crash {
            cause,
            head: "panic: \"now\"".to_owned(),
            fault: Some(fault()),
            tid: 1,
            m: 0xb0,
            goroutine: goroutine.addr,
            system: Some(goroutine.stack.clone()),
            printed: None,
            in_c: true,
            registers: Registers::decode(Arch::Amd64, &[0x11; 216]),
            killed_by: 6,
        };
        died.set_crash(crash);
        let phases = [Phase::Mark, Phase::MarkTermination, Phase::Off, Phase::Off];
        let collector = died.health.as_mut().and_then(|it| it.collector.as_mut());
        collector.unwrap().phase = Some(phases[index]);
        died
    }));
    all
}

fn health() -> Health {
    Health {
        collector: Some(Collector {
            phase: Some(Phase::Off),
            begun: Some(3),
            ended: 3,
            forced: 1,
            enabled: true,
            last_end: Some(1_000_000_000_000),
            last_end_monotonic: Some(290_000_000_000),
            last_start_monotonic: Some(30),
            pause_total: 10,
            pauses: vec![
                Pause {
                    len: 5,
                    end: 1_000_000_000_000,
                },
                Pause {
                    len: 5,
                    end: 940_000_000_000,
                },
            ],
            pause_times: None,
            cpu_fraction: 0.1,
            cpu_total: None,
        }),
        heap: Some(Heap {
            percent: Some(100),
            limit: Some(1 << 30),
            live: 1,
            marked: 2,
            goal: 3,
            in_use: 4,
            free: 5,
            released: 6,
            mapped: 7,
        }),
        scheduler: Some(Scheduler {
            stopping: false,
            stop_wait: None,
            sysmon_sleeps: None,
            queued: 1,
            idle_ps: 2,
            idle_ms: 3,
            spinning_ms: None,
            made_ms: 4,
            freed_ms: 0,
            max_ms: 10_000,
            last_poll: None,
            time_to_run: None,
        }),
        processors: vec![Processor {
            addr: Addr::new(0x1000),
            id: 0,
            status: 1,
            m: Addr::NULL,
            sched_tick: 1,
            syscall_tick: 1,
            queued: 5,
            next: Addr::NULL,
            timers: Some(2),
            stopped_timers: None,
            preempt: None,
            seen: None,
        }],
        ..Health::default()
    }
}

fn taken() -> Taken {
    Taken {
        stopped_for: Some(Duration::from_micros(930)),
        threads_stopped: 4,
        threads_missed: 1,
        threads_asleep: 3,
        over: Over::of(
            Duration::from_millis(9),
            Duration::ZERO,
            Duration::from_millis(1),
        ),
        at: Some(SystemTime::UNIX_EPOCH),
        took: Duration::from_millis(61),
        from: Some(Saved {
            path: "hang.core".into(),
            at: Some(SystemTime::UNIX_EPOCH),
            has_clock: true,
            text: Some(Box::new(TextDump {
                number: 2,
                dumps: 3,
                lines: (17, 4_711),
                is_whole: true,
                head: vec!["SIGQUIT: quit".to_owned()],
            })),
        }),
        ..Taken::default()
    }
}

fn stuck() -> Report {
    let mut report = report(27);
    report.gomaxprocs = Some(2);
    (report.health, report.now) = (Some(health()), 300_000_000_000);
    report.target.age = Some(Duration::from_secs(3));
    report.taken = taken();
    let whole = whole(&mut report);
    report.goroutines.push(whole);
    let waits = |id, wait| Goroutine {
        addr: 0xc000 + id,
        wait: Some(wait),
        ..goroutine(id)
    };
    let on = |object, purpose| Case { object, purpose };
    report.goroutines.push(waits(
        11,
        Wait::On {
            cases: Box::from([on(1, Purpose::Lock)]),
            select: false,
        },
    ));
    let mut holder = goroutine(12);
    holder.addr = 0xd000;
    push_frame(&mut report, &mut holder, &["main.inlined", "main.leaf"]);
    push_frame(&mut report, &mut holder, &["main.outer"]);
    report.goroutines.push(holder);
    let rest = [
        Wait::On {
            cases: Box::from([on(0, Purpose::Send), on(0, Purpose::Receive)]),
            select: true,
        },
        Wait::Forever,
        Wait::Sleep { left: Some(-5) },
        Wait::Syscall {
            text: Some(Arc::from("read(0)")),
            object: Some(7),
        },
        Wait::C,
        Wait::Runtime,
    ];
    report
        .goroutines
        .extend((13..).zip(rest).map(|(id, wait)| waits(id, wait)));
    report.goroutines.extend(ends());
    report.objects = kinds().into_iter().map(object).collect();
    let waiter = |goroutine, purpose| Waiter {
        goroutine,
        purpose,
        select: false,
        sole: true,
    };
    report.objects[1].waiters = vec![waiter(1, Purpose::Lock)];
    report.objects[1].suspects = vec![suspect(2)];
    report.objects[2].waiters = [Purpose::RLock, Purpose::LastReaders, Purpose::Wait]
        .map(|purpose| waiter(1, purpose))
        .into();
    report.objects[7].waiters = vec![
        waiter(6, Purpose::Read),
        waiter(5, Purpose::Write),
        waiter(4, Purpose::Sync),
    ];
    report.findings = findings();
    report.changes = Some(changes());
    report.groups = vec![Group {
        goroutines: vec![2, 1],
        state: Arc::from("sync.Mutex.Lock"),
        resource: Some(resource()),
        work: None,
        has: vec!["sql-conn"],
        idle: Some("accept loop"),
        users: Some((0, 0)),
    }];
    let work = [
        Work::Serves,
        Work::Calls,
        Work::Queues,
        Work::Sends,
        Work::Works,
    ];
    report.groups.extend(work.map(|work| Group {
        work: Some(work),
        ..report.groups[0].clone()
    }));
    report.threads = threads(&report);
    report.problems = problems();
    report
}

/// A goroutine with all that may be known of one.
fn whole(report: &mut Report) -> Goroutine {
    let mut whole = goroutine(10);
    push_frame(report, &mut whole, &["main.leaf"]);
    let place = || Place {
        call: call("main.main"),
        function: call("main.main"),
        offset: 0x20,
    };
    whole.stack.native.push(NativeSegment {
        before: 1,
        crossing: Some(place()),
        frames: vec![NativeFrame {
            pc: 0x10,
            sp: 0x20,
            signal: false,
            guessed: true,
            module: Some(Arc::from("libc.so.6")),
            calls: vec![NativeCall {
                function: Some("read".to_owned()),
                offset: Some(4),
                file: Some("read.c".to_owned()),
                line: Some(7),
            }],
        }],
        broken: Some("no more".to_owned()),
    });
    Goroutine {
        addr: 0xcafe,
        leaked: true,
        scanned: true,
        durable: true,
        waited: Some(Duration::from_secs(125)),
        m: 0xb0,
        locked_m: 0xb0,
        bubble: Some(3),
        labels: Arc::from([Label {
            key: b"k\"".to_vec(),
            value: b"v\xff".to_vec(),
        }]),
        created_by: Some(creator("main.main", 1)),
        ancestors: vec![Ancestor {
            id: 1,
            places: vec![place()],
            created_by: Some(Arc::new(place())),
        }],
        detail: Some(Box::new(detail(place()))),
        ..whole
    }
}

fn detail(place: Place) -> Detail {
    let panic = |value| Panic {
        value,
        recovered: true,
    };
    let variable = |role| locals::Variable {
        name: Arc::from("n"),
        type_name: Arc::from("int"),
        role,
        line: 7,
        value: locals::Value::Int(-1),
    };
    let roles = [
        locals::Role::Argument,
        locals::Role::Result,
        locals::Role::Local,
    ];
    Detail {
        status_word: 0x1004,
        status: Arc::from("waiting"),
        stack: (0xc000_0000, 0xc000_2000),
        started: Some(place.clone()),
        signal: Some(fault()),
        defers: vec![Defer {
            function: Arc::from("main.f"),
            place: Some(place),
            exact: false,
        }],
        panics: vec![
            panic(None),
            panic(Some(Value {
                type_name: "string".to_owned(),
                text: Some("\"no\"".to_owned()),
            })),
        ],
        variables: vec![FrameVariables {
            frame: 0,
            scopes: vec![locals::Scope {
                function: Arc::from("main.leaf"),
                variables: roles.map(variable).into(),
            }],
        }],
    }
}

fn fault() -> Fault {
    Fault {
        signal: 11,
        code: 1,
        address: 0,
        place: Some(Place {
            call: call("main.f"),
            function: call("main.f"),
            offset: 0,
        }),
    }
}

/// One goroutine for each way in which a stack ends, and in which its beginning was found.
fn ends() -> impl Iterator<Item = Goroutine> {
    let at = Addr::new(0x10);
    let ends = [
        End::Root,
        End::StackSwitch,
        End::ForeignCode,
        End::UnknownPc(at),
        End::UnknownReturn(at),
        End::Unreadable(Unreadable { at, len: 8 }),
        End::NoProgress,
        End::TooDeep,
        End::NoStart,
    ];
    let sources = [
        Source::Scheduler,
        Source::Syscall,
        Source::Vdso,
        Source::Registers,
        Source::OwnStack,
    ];
    let sources = sources.into_iter().cycle();
    let both = ends.into_iter().zip(sources);
    (40..).zip(both).map(|(id, (end, from))| {
        let mut goroutine = goroutine(id);
        goroutine.stack.end = end;
        goroutine.stack.from = Some(from);
        goroutine
    })
}

fn resource() -> Resource {
    Resource {
        kind: "sql-conn",
        text: "a database connection",
        facts: vec![
            ("max", Fact::Number(5)),
            ("driver", Fact::Text(Arc::from("postgres"))),
        ],
        peer: Some(Arc::from("10.0.3.7:5432")),
    }
}

fn findings() -> Vec<Finding> {
    use Trouble::{
        Blocked, Crash, Deadlock, Forked, Gc, GcCpu, Growth, InC, Kernel, Leak, Limit, NoDeadline,
        Peer, PileUp, RuntimeLock, Spinning, Starved, StopTheWorld, Stopped, Sysmon,
    };
    let all = [
        Deadlock,
        PileUp,
        Blocked,
        Leak,
        NoDeadline,
        Peer,
        StopTheWorld,
        Gc,
        Starved,
        InC,
        RuntimeLock,
        Sysmon,
        Kernel,
        Crash,
        Growth,
        Spinning,
        Stopped,
        Forked,
        Limit,
        GcCpu,
    ];
    let weights = [Weight::Stuck, Weight::Suspicious, Weight::Note];
    let grades = [Grade::Certain, Grade::Likely, Grade::Possible];
    let how = weights.into_iter().zip(grades).cycle();
    let finding = |(what, (weight, grade))| Finding {
        what,
        weight,
        grade,
        text: "goroutine 12 holds a mutex".to_owned(),
        culprits: vec![2],
        objects: vec![1],
        held_up: 1,
        place: Some(call("main.serve")),
        resource: Some(resource()),
        since: Some(Duration::from_secs(70)),
    };
    all.into_iter().zip(how).map(finding).collect()
}

fn changes() -> Changes {
    let function: Arc<str> = Arc::from("main.serve");
    Changes {
        looks: 2,
        apart: Some(Duration::from_secs(2)),
        before: 3,
        after: 4,
        fates: Some(Fates {
            stayed: 1,
            moved: vec![1],
            new: vec![12, 13],
            gone: vec![3],
        }),
        creators: vec![Creators {
            at: Some(Statement {
                function: function.clone(),
                file: Arc::from("/src/main.go"),
                line: 7,
            }),
            counts: vec![1, 2],
        }],
        busy: vec![Busy {
            goroutine: 1,
            function,
        }],
        threads: Some(Threads {
            still: 2,
            moved: vec![103],
        }),
    }
}

fn threads(report: &Report) -> Vec<Thread> {
    let own = || SystemStack {
        g: 0xa0,
        stack: Some(report.goroutines[2].stack.clone()),
    };
    let mut m = machine(3, 0xb0);
    m.p = Some(0);
    m.running = 0xd000;
    m.locked = 0xcafe;
    m.duty = Some(Arc::from("runtime.sysmon"));
    m.g0 = Some(own());
    m.gsignal = Some(own());
    let whole = Thread {
        activity: Some(Activity {
            name: "orders".to_owned(),
            state: 'S',
            wait_channel: Some("futex_wait_queue".to_owned()),
            blocked: None,
        }),
        syscall: Some(Syscall {
            number: 202,
            args: [1, 2, 3, 4, 5, 6],
            text: "futex(..)".to_owned(),
            own_file: None,
        }),
        registers: Some(Registers::place(
            Arch::Amd64,
            Addr::new(0x10),
            Addr::new(0x20),
        )),
        m: Some(m),
        ..thread(1)
    };
    vec![whole, thread(2)]
}

fn problems() -> Vec<Problem> {
    let why = || "because".to_owned();
    vec![
        Problem::NotAGoroutine { addr: 0x10 },
        Problem::BrokenStack {
            id: 1,
            end: End::NoProgress,
        },
        Problem::LeftOut { id: 1, frames: 9 },
        Problem::NoVariables { why: why() },
        Problem::NoWaits { count: 3 },
        Problem::NoHeap { why: "gone" },
        Problem::BrokenNative { id: 1, why: why() },
        Problem::Running { id: 1 },
        Problem::Misplaced { id: 1 },
        Problem::TooManyGoroutines { claimed: 5 },
        Problem::TooManyBytes,
        Problem::CutShort,
        Problem::Core { what: why() },
        Problem::Text { what: why() },
        Problem::NoFile { path: why() },
        Problem::FileCut { path: why() },
        Problem::ThreadMissed {
            tid: 5,
            state: 'D',
            wait_channel: None,
        },
    ]
}
