//! The memory of a small Go process: goroutines, threads, processors, and all that hangs off them.

mod pending;

use crate::memory::World;
use crate::records::{PC, Record, parked, slice, words};
use gopeek_layout::fields::Fields;
use gopeek_layout::roots::{Method, Root, Roots};
use gopeek_layout::rules::{LabelStore, Rules};
use gopeek_layout::testing::Bytes;
use gopeek_layout::{Addr, Span};

/// Where the runtime's globals are.
const ALLGS: u64 = 0x1000;
const ALLM: u64 = 0x1040;
const ALLP: u64 = 0x1048;
const FINALIZERS: u64 = 0x1060;
const LABELS_FLAG: u64 = 0x1068;
/// The first zeroed data, and one past its last.
pub(crate) const BSS: (u64, u64) = (0x1000, 0x1080);

const G: u64 = 0x1_0000;
const STACK: u64 = 0x2_0000;
const STACK_LEN: u64 = 0x200;
const M: u64 = 0x3_0000;
const SYSTEM_G: u64 = 0x4_0000;
const P: u64 = 0x4_8000;
const LABELS: u64 = 0x5_0000;
const ANCESTORS: u64 = 0x6_0000;
const PENDING: u64 = 0x7_0000;
const BUBBLE: u64 = 0x7_8000;
/// Type descriptors.
const TYPES: u64 = 0x50_0000;

/// How many goroutines there are, and threads.
const GOROUTINES: u64 = 5;
const THREADS: u64 = 3;

/// The type descriptors.
pub(crate) fn types() -> Vec<Span> {
    vec![Span::new(Addr::new(TYPES), 0x1000)]
}

/// Where goroutine `index` has its g.
pub(crate) fn g(index: u64) -> Addr {
    Addr::new(G + index * 0x1000)
}

/// Where thread `index` has its m.
pub(crate) fn m(index: u64) -> Addr {
    Addr::new(M + index * 0x1000)
}

/// The runtime's globals.
pub(crate) fn roots() -> Roots {
    let root = |at| Root {
        at: Addr::new(at),
        by: Method::Symbol,
    };
    Roots {
        allgs: root(ALLGS),
        allm: Some(root(ALLM)),
        allp: Some(root(ALLP)),
        finalizer_status: Some(root(FINALIZERS)),
        traceback_labels: Some(root(LABELS_FLAG)),
    }
}

/// The memory of a process with these structs.
pub(crate) fn world(fields: &Fields, rules: &Rules) -> World {
    let mut world = World::default();
    globals(&mut world);
    goroutines(&mut world, fields);
    threads(&mut world, fields);
    labels(&mut world, fields, rules);
    ancestors(&mut world, fields);
    pending::add(&mut world, fields);
    bubbles(&mut world, fields);
    world
}

fn globals(world: &mut World) {
    let list: Vec<u64> = (0..GOROUTINES).map(|index| g(index).get()).collect();
    let processors: Vec<u64> = (0..2).map(|index| P + index * 0x1000).collect();
    world.add_words(
        ALLGS,
        &[
            0x2000, GOROUTINES, GOROUTINES, 0, 0, 0, 0, 0, M, 0x2100, 2, 2, 0, 1, 0, 0,
        ],
    );
    world.add_from(0x2000, &words(0x2000, &list));
    world.add_from(0x2100, &words(0x2100, &processors));
    for at in [
        ALLGS,
        ALLGS + 8,
        ALLM,
        ALLP,
        ALLP + 8,
        0x2000,
        0x2008,
        0x2100,
    ] {
        world.mark(at);
    }
}

/// Waiting, running, in a system call, about to run, and dead.
fn goroutines(world: &mut World, fields: &Fields) {
    let f = &fields.g;
    for (index, status) in (0..GOROUTINES).zip([4, 2, 3, 1, 6]) {
        let lo = STACK + index * 0x1000;
        let stack = [lo, lo + STACK_LEN - 0x80, lo + STACK_LEN];
        let at = g(index).get();
        let mut record = parked(fields, at, index + 1, stack)
            .set(f.status, status)
            .set(f.gopc, PC)
            .set(f.startpc, PC)
            .set(f.labels, LABELS)
            .set(f.ancestors, ANCESTORS)
            .set(f.defer, PENDING)
            .set(f.panic, PENDING + 0x1000);
        if [2, 3].contains(&status) {
            record = record
                .set(f.m, m(index).get())
                .set(f.locked_m, m(index).get());
        }
        if status == 3 {
            record = record.set(f.syscall_sp, lo + 0x100).set(f.syscall_pc, PC);
        }
        if let Some(bubble) = f.bubble {
            record = record.set(bubble, BUBBLE);
        }
        world.add_from(at, &record.bytes());
        world.add(lo, vec![0; usize::try_from(STACK_LEN).unwrap_or(0)]);
        for field in [
            f.stack_lo,
            f.stack_hi,
            f.sched_sp,
            f.syscall_sp,
            f.m,
            f.labels,
            f.ancestors,
            f.defer,
            f.panic,
            f.sched_g,
        ] {
            world.mark(at + u64::from(field.offset()));
        }
        world.mark(at + u64::from(f.status.offset()));
    }
}

fn threads(world: &mut World, fields: &Fields) {
    let (f, g_fields) = (&fields.m, &fields.g);
    for index in 0..THREADS {
        let (at, g0, gsignal) = (
            m(index).get(),
            SYSTEM_G + index * 0x1000,
            SYSTEM_G + index * 0x1000 + 0x800,
        );
        let next = if index + 1 < THREADS { at + 0x1000 } else { 0 };
        let record = Record::new(at, f.size)
            .set(f.g0, g0)
            .set(f.gsignal, gsignal)
            .set(f.procid, 100 + index)
            .set(f.id, THREADS - 1 - index)
            .set(f.curg, g(index).get())
            .set(f.p, P)
            .set(f.ncgocall, index)
            .set(f.all_link, next);
        world.add_from(at, &record.bytes());
        for field in [f.g0, f.gsignal, f.all_link, f.vdso_sp] {
            world.mark(at + u64::from(field.offset()));
        }
        for system in [g0, gsignal] {
            let record = Record::new(system, g_fields.size)
                .set(g_fields.m, at)
                .set(g_fields.stack_lo, system + 0x10_0000)
                .set(g_fields.stack_hi, system + 0x10_0000 + STACK_LEN)
                .set(g_fields.sched_sp, system + 0x10_0100)
                .set(g_fields.sched_pc, PC);
            world.add_from(system, &record.bytes());
        }
    }
    let f = &fields.p;
    for index in 0..2 {
        let at = P + index * 0x1000;
        let record = Record::new(at, f.runq.offset())
            .set(f.id, index)
            .set(f.status, 1)
            .set(f.m, M);
        world.add_from(at, &record.bytes());
    }
}

/// As a map up to Go 1.23, as a list since.
fn labels(world: &mut World, fields: &Fields, rules: &Rules) {
    let text = LABELS + 0x800;
    world.add(
        text,
        b"some text, of a label's key or of its value".to_vec(),
    );
    if let (LabelStore::Map, Some(hmap)) = (rules.label_store, &fields.hmap) {
        world.add_words(LABELS, &[LABELS + 0x100]);
        let header = Record::new(LABELS + 0x100, hmap.size)
            .set(hmap.count, 9)
            .set(hmap.log2_buckets, 1)
            .set(hmap.buckets, LABELS + 0x200);
        world.add_from(LABELS + 0x100, &header.bytes());
        // Two buckets of eight slots each: tops, keys, values, and where the first overflows into.
        let bucket = |overflow: u64| {
            let texts = [text, 9].repeat(16);
            [&[0x0908_0706_0504_0605][..], &texts, &[overflow]].concat()
        };
        let last = LABELS + 0x600;
        world.add_words(LABELS + 0x200, &[bucket(last), bucket(0)].concat());
        world.add_words(last, &bucket(0));
        let hot = [
            LABELS,
            LABELS + 0x100 + u64::from(hmap.log2_buckets.offset()),
        ];
        let overflows = [LABELS + 0x200 + 264, last + 264, last + 8, last + 16];
        hot.into_iter()
            .chain(overflows)
            .for_each(|at| world.mark(at));
    } else {
        world.add_from(LABELS, &slice(LABELS, LABELS + 0x100, 2));
        world.add_words(LABELS + 0x100, &[text, 4, text + 5, 4, text, 9, text, 0]);
        for at in [0, 8, 0x100, 0x108, 0x118] {
            world.mark(LABELS + at);
        }
    }
}

fn ancestors(world: &mut World, fields: &Fields) {
    let f = &fields.ancestor;
    world.add_from(ANCESTORS, &slice(ANCESTORS, ANCESTORS + 0x100, 3));
    let records = (0..3).map(|index| {
        let record = Record::new(0, f.size)
            .slice(f.pcs, ANCESTORS + 0x800, 2)
            .set(f.goid, index)
            .set(f.gopc, PC);
        record.raw().to_vec()
    });
    let records: Vec<Vec<u8>> = records.collect();
    world.add(ANCESTORS + 0x100, records.concat());
    world.add_words(ANCESTORS + 0x800, &[PC, PC + 8]);
    let pcs = ANCESTORS + 0x100 + u64::from(f.pcs.offset());
    for at in [ANCESTORS, ANCESTORS + 8, pcs, pcs + 8] {
        world.mark(at);
    }
}

fn bubbles(world: &mut World, fields: &Fields) {
    if let Some(bubble) = fields.bubble {
        let record = Record::new(BUBBLE, bubble.size).set(bubble.id, 3);
        world.add_from(BUBBLE, &record.bytes());
    } else if let Some(group) = fields.synctest_group {
        let record = Record::new(BUBBLE, group.size).set(group.root, G);
        world.add_from(BUBBLE, &record.bytes());
    } else {
        world.add_from(BUBBLE, &Bytes::at(BUBBLE).u64(0));
    }
}
