//! A service in trouble: what a sampler and a diagnosis would say of it, in numbers that never change.

use crate::describe::short;
use crate::report::{Call, Place, Role, Weight};
use crate::sampler::texts::Way;
use crate::sampler::{Does, Pace, Row, Sample, Tally, Texts};
use crate::tui::model::{Life, Model, Title};
use crate::tui::msg::{Effect, Msg};
use crate::tui::told::{Diagnosis, Thing, Told};
use crate::tui::update::update;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use gopeek_attach::vitals::Usage;
use gopeek_layout::Addr;
use gopeek_layout::health::{
    Collector, Counts, Health, Heap, Pause, Phase, Processor, Scheduler, Thread,
};
use gopeek_layout::labels::Label;
use std::sync::Arc;
use std::time::Duration;

const SECOND: i64 = 1_000_000_000;
/// The target's clock at the first sample.
const NOW: i64 = 10_000 * SECOND;

/// Goroutines that do the same.
struct Group {
    count: u64,
    way: u32,
    state: u16,
    does: Does,
    creator: u32,
    labels: u32,
    /// For how many seconds the first has waited; each waits a little less.
    waited: i64,
}

const GROUPS: [Group; 6] = [
    Group {
        count: 1204,
        way: 1,
        state: 1,
        does: Does::Waits,
        creator: 1,
        labels: 1,
        waited: 2832,
    },
    Group {
        count: 640,
        way: 2,
        state: 2,
        does: Does::Waits,
        creator: 2,
        labels: 0,
        waited: 540,
    },
    Group {
        count: 340,
        way: 3,
        state: 3,
        does: Does::Waits,
        creator: 3,
        labels: 0,
        waited: 700,
    },
    Group {
        count: 14,
        way: 4,
        state: 4,
        does: Does::Syscall,
        creator: 3,
        labels: 0,
        waited: 0,
    },
    Group {
        count: 211,
        way: 5,
        state: 5,
        does: Does::Runnable,
        creator: 3,
        labels: 2,
        waited: 0,
    },
    Group {
        count: 8,
        way: 6,
        state: 6,
        does: Does::Runs,
        creator: 3,
        labels: 0,
        waited: 0,
    },
];

fn call(function: &str, file: &str, line: u32) -> Call {
    Call {
        function: Arc::from(function),
        file: Arc::from(file),
        line,
        start_line: 1,
        role: Role::Other,
    }
}

fn way(calls: &[(&str, &str, u32)], own: usize) -> Way {
    Way {
        frames: calls
            .iter()
            .map(|(function, file, line)| Arc::from([call(function, file, *line)]))
            .collect(),
        own,
        cut: false,
    }
}

fn creator(function: &str, file: &str, line: u32) -> Arc<Place> {
    let call = call(function, file, line);
    Arc::new(Place {
        call: call.clone(),
        function: call,
        offset: 0,
    })
}

fn labels(key: &str, value: &str) -> Arc<[Label]> {
    Arc::from([Label {
        key: key.as_bytes().to_vec(),
        value: value.as_bytes().to_vec(),
    }])
}

/// What the first sample names.
fn texts() -> Texts {
    let park = ("runtime.gopark", "runtime/proc.go", 424);
    let lock = ("sync.(*Mutex).Lock", "sync/mutex.go", 46);
    let poll = ("internal/poll.runtime_pollWait", "runtime/netpoll.go", 351);
    Texts {
        ways: vec![
            way(
                &[
                    park,
                    ("runtime.chansend", "runtime/chan.go", 283),
                    (
                        "example.com/api/pool.(*Pool).submit",
                        "/src/pool/pool.go",
                        88,
                    ),
                    ("example.com/api.(*Srv).handle", "/src/srv.go", 41),
                    ("net/http.(*conn).serve", "net/http/server.go", 2092),
                ],
                2,
            ),
            way(
                &[
                    park,
                    poll,
                    ("net/http.(*conn).serve", "net/http/server.go", 2092),
                ],
                2,
            ),
            way(
                &[
                    park,
                    lock,
                    (
                        "example.com/api/cache.(*C[go.shape.string]).Get",
                        "/src/cache/cache.go",
                        57,
                    ),
                    ("example.com/api/worker.run", "/src/worker/w.go", 19),
                ],
                2,
            ),
            way(
                &[
                    ("syscall.Syscall", "syscall/asm.s", 27),
                    (
                        "example.com/api/store.(*File).Sync",
                        "/src/store/file.go",
                        12,
                    ),
                ],
                1,
            ),
            way(&[("example.com/api/worker.run", "/src/worker/w.go", 25)], 0),
            way(&[("crypto/sha256.block", "crypto/sha256.go", 80)], 0),
        ],
        creators: [
            creator("example.com/api.(*Srv).Serve", "/src/srv.go", 30),
            creator("net/http.(*Server).Serve", "net/http/server.go", 3285),
            creator("example.com/api/worker.Start", "/src/worker/w.go", 9),
        ]
        .map(Some)
        .to_vec(),
        labels: vec![labels("tenant", "a"), labels("tenant", "größe")],
        states: [
            "chan send",
            "IO wait",
            "sync.Mutex.Lock",
            "syscall",
            "runnable",
            "running",
        ]
        .map(Arc::from)
        .to_vec(),
    }
}

/// The sample that comes so many seconds behind the first.
pub(super) fn sample(second: i64) -> Sample {
    let mut sample = Sample::empty(Pace::new(Duration::from_secs(1)));
    let grown = u64::try_from(second).unwrap() * 37;
    let mut id = 100;
    for (group, more) in GROUPS.iter().zip([grown, 0, 0, 0, 0, 0]) {
        for nth in 0..group.count + more {
            id += 1;
            let since = NOW - group.waited * SECOND + i64::try_from(nth).unwrap() * SECOND / 4;
            sample.rows.push(Row {
                id,
                parent: 71,
                since: if group.waited == 0 { 0 } else { since },
                m: if group.does == Does::Runs {
                    0x1000 + nth
                } else {
                    0
                },
                way: group.way,
                creator: group.creator,
                labels: group.labels,
                state: group.state,
                does: group.does,
                ..Row::default()
            });
        }
    }
    sample.rows.push(Row {
        id: 2,
        system: true,
        does: Does::Waits,
        ..Row::default()
    });
    sample.tally = Tally::of(&sample.rows);
    sample.now = NOW + second * SECOND;
    sample.health = health(u64::try_from(second).unwrap());
    sample.usage = Some(Usage {
        resident: 1_932_735_283,
        cpu: Duration::from_millis(3500 * u64::try_from(second).unwrap()),
    });
    sample
        .pace
        .paused(Duration::from_micros(310), std::time::Instant::now());
    if second == 0 {
        sample.new = texts();
    }
    sample
}

fn health(second: u64) -> Health {
    let processors = (0..8u32).map(|id| Processor {
        addr: Addr::new(0x2000 + u64::from(id)),
        id,
        status: u32::from(id < 7),
        m: Addr::NULL,
        sched_tick: u32::try_from(second).unwrap() * 900,
        syscall_tick: u32::try_from(second).unwrap() * 150,
        queued: 26,
        next: Addr::NULL,
        timers: Some(12),
        stopped_timers: Some(1),
        preempt: None,
        seen: None,
    });
    let threads = (0..8u64).map(|id| Thread {
        addr: Addr::new(0x1000 + id),
        id,
        procid: 41_277 + id,
        c_calls: second * 10,
        locks: None,
        mallocing: None,
        dying: None,
        preempt_off: None,
    });
    Health {
        collector: Some(Collector {
            phase: Some(Phase::Off),
            begun: Some(812),
            ended: 812,
            forced: 3,
            enabled: true,
            last_end: None,
            last_end_monotonic: Some(u64::try_from(NOW - 72 * SECOND).unwrap()),
            last_start_monotonic: None,
            pause_total: 91_000_000,
            pauses: (1..60)
                .map(|nth| Pause {
                    len: nth * 4_000,
                    end: nth,
                })
                .collect(),
            pause_times: None,
            cpu_fraction: 0.021,
            cpu_total: None,
        }),
        heap: Some(Heap {
            percent: Some(100),
            limit: Some(6 << 30),
            live: 3_328_599_654,
            marked: 2_000_000_000,
            goal: 4_724_464_025,
            in_use: 3_500_000_000,
            free: 120_000_000,
            released: 40_000_000,
            mapped: 4_000_000_000,
        }),
        counts: Some(Counts {
            allocated: 1_000_000_000 + second * 48_000_000,
            allocs: second * 410_000,
            ..Counts::default()
        }),
        scheduler: Some(Scheduler {
            stopping: false,
            stop_wait: None,
            sysmon_sleeps: Some(false),
            queued: 3,
            idle_ps: 1,
            idle_ms: 20,
            spinning_ms: Some(1),
            made_ms: 31,
            freed_ms: 0,
            max_ms: 10_000,
            last_poll: None,
            time_to_run: None,
        }),
        processors: processors.collect(),
        threads: threads.collect(),
    }
}

fn diagnosis() -> Diagnosis {
    let waiters: Vec<u64> = (101..1305).collect();
    let mut waits: Vec<(u64, u32)> = waiters.iter().map(|id| (*id, 0)).collect();
    waits.push((1950, 1));
    Diagnosis {
        now: NOW,
        findings: vec![
            Told {
                weight: Weight::Stuck,
                text: "1,204 goroutines wait to send into a full channel".to_owned(),
            },
            Told {
                weight: Weight::Suspicious,
                text: "211 goroutines could run and no P is free".to_owned(),
            },
        ],
        objects: vec![
            Thing {
                key: 0x00c0_001c_2060,
                addr: 0x00c0_001c_2060,
                kind: "chan send".to_owned(),
                at: "0xc0001c2060".to_owned(),
                detail: "buffer 64/64, no receiver".to_owned(),
                waiters,
                oldest: Some(Duration::from_secs(2832)),
                holder: "g212 possible".to_owned(),
                suspects: vec![212],
                why: vec!["g212 possible: a word of its stack points to it".to_owned()],
            },
            Thing {
                key: 0x00c0_000a_4018,
                addr: 0x00c0_000a_4018,
                kind: "mutex".to_owned(),
                at: "0xc0000a4018".to_owned(),
                detail: "cache.(*C).mu locked, starving".to_owned(),
                waiters: vec![1950],
                oldest: None,
                holder: "g71 likely".to_owned(),
                suspects: vec![71],
                why: Vec::new(),
            },
        ],
        waits,
        idle: Vec::new(),
    }
}

/// The model of it, after three samples and a diagnosis, on a screen of this size.
pub(super) fn model(width: u16, height: u16) -> Model {
    let title = Title {
        pid: 41277,
        name: "api-server".to_owned(),
        go: "go1.26.1".to_owned(),
        platform: "linux/amd64".to_owned(),
        started: None,
        memory_limit: Some(8 << 30),
    };
    let empty = Sample::empty(Pace::new(Duration::from_secs(1)));
    let mut model = Model::new(title, Box::new(empty), (width, height));
    model.life = Life::Live;
    for second in 0..3 {
        send(&mut model, Msg::Sampled(Box::new(sample(second))));
    }
    send(&mut model, Msg::Diagnosed(Box::new(diagnosis())));
    let cell = |text: &str| text.to_owned();
    let thread = |tid: u32| {
        [
            tid.to_string(),
            cell("S"),
            format!("m{}", tid - 41_277),
            cell("p0"),
            cell("g4711"),
            cell("in a system call"),
            format!(
                "write(fd 2 -> pipe:[88123], {})",
                short(Duration::from_secs(2))
            ),
        ]
    };
    send(
        &mut model,
        Msg::Threads((41_277..41_290).map(thread).collect()),
    );
    model
}

/// What a message leads to.
pub(super) fn send(model: &mut Model, msg: Msg) -> Vec<Effect> {
    let mut effects = Vec::new();
    update(model, msg, &mut effects);
    effects
}

pub(super) fn key(code: KeyCode) -> Msg {
    Msg::Key(KeyEvent::new(code, KeyModifiers::NONE))
}

/// Presses keys, one after the other.
pub(super) fn press(model: &mut Model, keys: &str) -> Vec<Effect> {
    let keys = keys.chars().map(|char| match char {
        '\n' => key(KeyCode::Enter),
        '\x1b' => key(KeyCode::Esc),
        char => key(KeyCode::Char(char)),
    });
    keys.flat_map(|msg| send(model, msg)).collect()
}
