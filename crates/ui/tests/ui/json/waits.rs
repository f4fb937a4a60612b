//! Objects of every kind, and all that may speak for a suspect.

use gopeek_ui::report::{
    Channel, Evidence, File, Grade, Kind, Mutex, Object, Peer, RwMutex, Socket, Suspect,
};
use std::sync::Arc;
use std::time::Duration;

/// One of each kind.
pub(super) fn kinds() -> Vec<Kind> {
    let socket = Socket {
        protocol: Arc::from("tcp"),
        local: Some(Arc::from("127.0.0.1:80")),
        remote: Some(Arc::from("127.0.0.1:4711")),
        state: Arc::from("ESTABLISHED"),
        unread: 1,
        unsent: 2,
    };
    let peer = Peer {
        pid: 7,
        name: Arc::from("logger"),
        state: 'T',
    };
    vec![
        Kind::Channel(Channel {
            len: 1,
            cap: 2,
            elem_size: 8,
            elem_type: Some(Arc::from("time.Time")),
            closed: false,
            timer: Some((-3, Some(Duration::from_secs(1)))),
            stopped_timer: true,
        }),
        Kind::Mutex(Mutex {
            locked: true,
            woken: true,
            starving: false,
            waiters: 1,
        }),
        Kind::RwMutex(RwMutex {
            writers: Mutex::default(),
            writer: true,
            readers: 3,
            leaving: 1,
        }),
        Kind::WaitGroup {
            counter: -1,
            waiters: 2,
        },
        Kind::Cond,
        Kind::Once { done: false },
        Kind::Semaphore { value: 0 },
        Kind::File(File {
            fd: 3,
            target: Some(Arc::from("socket:[8123]")),
            socket: Some(socket),
            peers: vec![peer],
            read_deadline: Some(5_000_000_000),
            write_deadline: Some(-1),
            polled: true,
            own_table: false,
        }),
        Kind::Coroutine,
        Kind::Bubble,
    ]
}

/// An object of a kind, at which nobody waits.
pub(super) fn object(kind: Kind) -> Object {
    Object {
        addr: 0xc001,
        name: Some(Arc::from("main.mu")),
        unread: kind == Kind::Cond,
        kind,
        waiters: Vec::new(),
        suspects: Vec::new(),
        unreachable: true,
        reached_from: Some(0),
        global: false,
        unheld: true,
        exhausted: false,
    }
}

/// A goroutine, by its index, for which everything speaks.
pub(super) fn suspect(goroutine: u32) -> Suspect {
    let name = || Arc::from("sync.(*Mutex).Unlock");
    Suspect {
        goroutine,
        grade: Grade::Likely,
        evidence: vec![
            Evidence::Deferred {
                method: name(),
                frame: 1,
            },
            Evidence::Past {
                method: name(),
                frame: 0,
            },
            Evidence::SameField {
                method: name(),
                frame: 0,
            },
            Evidence::Reaches { frame: 1, depth: 3 },
            Evidence::Inside {
                function: name(),
                frame: 0,
            },
            Evidence::Pointer { frame: 1 },
            Evidence::OnlyOne,
            Evidence::NextWriter,
        ],
    }
}
