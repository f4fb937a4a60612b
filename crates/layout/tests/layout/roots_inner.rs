//! The globals of the runtime's inside: by symbol, by code, and only where they hold what they must.

use crate::records::{Record, fields};
use crate::roots::{BSS, Code, LINKED_BSS, found, heap, loads, program, searching};
use gopeek_layout::fields::Fields;
use gopeek_layout::record::Field;
use gopeek_layout::roots::{Inner, Method, Root};
use gopeek_layout::sync::semaphore::Table;
use gopeek_layout::testing::Bytes;
use gopeek_layout::testing::elf::Elf;

const SCHED: u64 = 0x100;
const CONTROLLER: u64 = 0x4000;
const PHASE: u64 = 0x4800;
const WORK: u64 = 0x5000;
const STATS: u64 = 0x6000;
const TABLE: u64 = 0xa000;
const LEN: u64 = 0x1_0000;

/// The globals of a program that has collected three times, each as bytes for the bss.
fn globals(f: &Fields) -> Vec<(u64, Record)> {
    let (s, c) = (&f.sched, f.gc_controller.unwrap());
    let (work, stats) = (f.work.unwrap(), f.mem_stats.unwrap());
    vec![
        (
            SCHED,
            Record::new(0, s.size)
                .set(s.m_next, 5)
                .set(s.m_freed, 1)
                .set(s.max_m, 10_000)
                .set(s.idle_m_count, 2)
                .set(s.idle_m.unwrap(), 0x3_0000)
                .set(s.idle_p.unwrap(), 0x5_0000),
        ),
        (
            CONTROLLER,
            Record::new(0, c.size)
                .set(c.gc_percent, 100)
                .set(c.memory_limit, u64::MAX >> 1)
                .set(c.heap_in_use, 4 << 20)
                .set(c.mapped_ready, 8 << 20)
                .set(c.total_alloc, 100 << 20)
                .set(c.total_free, 97 << 20),
        ),
        (PHASE, Record::new(0, 4)),
        (
            WORK,
            Record::new(0, work.size)
                .set(work.cycles, 4)
                .set(work.stop_procs, 2),
        ),
        (
            STATS,
            Record::new(0, stats.size)
                .set(stats.num_gc, 3)
                .set(stats.num_forced_gc, 1)
                .set(stats.last_gc_unix, 1_800_000_000_000_000_000)
                .set(stats.last_gc_nanotime, 5_000)
                .set(stats.pause_total, 300)
                .set(newest_end(f), 1_800_000_000_000_000_000)
                .set(stats.mspan_sys, 1 << 14)
                .set(stats.mcache_sys, 1 << 14)
                .set(stats.enable_gc, 1),
        ),
    ]
}

/// Where the third pause's end lies.
fn newest_end(f: &Fields) -> Field<u64> {
    Field::at(f.mem_stats.unwrap().pause_end.offset() + 2 * 8)
}

fn memory(f: &Fields, globals: &[(u64, Record)]) -> Vec<Bytes> {
    let filled = globals
        .iter()
        .fold(Bytes::at(BSS), |bytes, (offset, record)| {
            bytes
                .up_to(usize::try_from(*offset).unwrap())
                .raw(record.raw())
        });
    let mut memory = heap(f);
    memory.push(filled.up_to(usize::try_from(LEN).unwrap()));
    memory
}

#[allow(
    clippy::redundant_closure_for_method_calls,
    reason = "the method itself is of one lifetime, and a search of any is looked with"
)]
fn inner(minor: u16, elf: &Elf, code: Code<'_>, memory: &[Bytes]) -> Inner {
    searching(LEN, minor, elf, code, &memory, |search| search.inner())
}

fn all(by: Method) -> Inner {
    let root = |offset| -> Option<Root> { Some(found(offset, by)) };
    Inner {
        sched: root(SCHED),
        gc_controller: root(CONTROLLER),
        gc_phase: root(PHASE),
        work: root(WORK),
        mem_stats: root(STATS),
    }
}

fn large() -> Elf {
    program().zeroed(LEN)
}

#[test]
fn by_symbol() {
    for minor in 19..=27 {
        let f = fields(minor);
        let elf = large()
            .section(".noptrbss", LINKED_BSS, 8)
            .symbol("runtime.sched", LINKED_BSS + SCHED, 8)
            .symbol("runtime.gcController", LINKED_BSS + CONTROLLER, 8)
            .symbol("runtime.gcphase", LINKED_BSS + PHASE, 4)
            .symbol("runtime.work", LINKED_BSS + WORK, 8)
            .symbol("runtime.memstats", LINKED_BSS + STATS, 8);
        let memory = memory(f, &globals(f));
        assert_eq!(
            inner(minor, &elf, &[], &memory),
            all(Method::Symbol),
            "1.{minor}"
        );
    }
}

#[test]
fn by_the_code_that_uses_their_fields() {
    for minor in 19..=27 {
        let f = fields(minor);
        let lock = SCHED + u64::from(f.sched.lock.offset());
        let cycles = WORK + u64::from(f.work.unwrap().cycles.offset());
        let last = STATS + u64::from(f.mem_stats.unwrap().last_gc_unix.offset());
        let nano = STATS + u64::from(f.mem_stats.unwrap().last_gc_nanotime.offset());
        let code: [(&str, &[u8]); 4] = [
            ("runtime.mcommoninit", &loads(&[lock, 0x8])),
            (
                "runtime.gcControllerCommit",
                &loads(&[0x8, CONTROLLER, CONTROLLER + 8, PHASE]),
            ),
            ("runtime.gcStart", &loads(&[SCHED, cycles])),
            (
                "runtime.gcMarkTermination",
                &loads(&[PHASE, CONTROLLER, last, nano]),
            ),
        ];
        let memory = memory(f, &globals(f));
        assert_eq!(
            inner(minor, &large(), &code, &memory),
            all(Method::Code),
            "1.{minor}"
        );
    }
}

#[test]
fn what_holds_other_values_is_not_believed() {
    let f = fields(26);
    let elf = large()
        .section(".noptrbss", LINKED_BSS, 8)
        .symbol("runtime.sched", LINKED_BSS + SCHED, 8)
        .symbol("runtime.gcController", LINKED_BSS + CONTROLLER, 8)
        .symbol("runtime.work", LINKED_BSS + WORK, 8)
        .symbol("runtime.memstats", LINKED_BSS + STATS, 8);
    let (s, c) = (&f.sched, f.gc_controller.unwrap());
    let (work, stats) = (f.work.unwrap(), f.mem_stats.unwrap());
    let with = |index: usize, change: &dyn Fn(Record) -> Record| {
        let mut globals = globals(f);
        globals[index].1 = change(globals[index].1.clone());
        inner(26, &elf, &[], &memory(f, &globals))
    };
    assert!(with(0, &|record| record).sched.is_some());
    let scheds: [&dyn Fn(Record) -> Record; 5] = [
        &|record| record.set(s.max_m, 3),
        &|record| record.set(s.m_next, 0),
        &|record| record.set(s.m_freed, 5),
        &|record| record.set(s.idle_m.unwrap(), 0x5_0000),
        &|record| record.set(s.idle_p.unwrap(), 0xdead_0000),
    ];
    for change in scheds {
        assert_eq!(with(0, change).sched, None);
    }
    let controllers: [&dyn Fn(Record) -> Record; 4] = [
        &|record| record.set(c.gc_percent, 0xffff_ff00),
        &|record| record.set(c.total_free, 101 << 20),
        &|record| record.set(c.mapped_ready, u64::MAX),
        &|record| record.set(c.heap_in_use, 0),
    ];
    for change in controllers {
        assert_eq!(with(1, change).gc_controller, None);
    }
    assert_eq!(with(3, &|record| record.set(work.cycles, 9)).work, None);
    assert_eq!(with(3, &|record| record.set(work.mode, 3)).work, None);
    assert_eq!(
        with(4, &|record| record.set(stats.num_forced_gc, 4)).mem_stats,
        None
    );
    let older = with(4, &|record| record.set(newest_end(f), 5));
    assert_eq!(older.mem_stats, None);
    let early = |record: Record| record.set(stats.last_gc_unix, 5).set(newest_end(f), 5);
    assert_eq!(with(4, &early).mem_stats, None);
    let without = with(4, &|record| record.set(stats.mspan_sys, 0));
    assert_eq!((without.mem_stats, without.work), (None, None));
}

#[allow(
    clippy::redundant_closure_for_method_calls,
    reason = "the method itself is of one lifetime, and a search of any is looked with"
)]
fn semaphores(minor: u16, code: Code<'_>, roots: &[(u64, u64)], more: &[Record]) -> Option<Table> {
    let f = fields(minor);
    let fields = f.sem_table.unwrap();
    let table = Record::new(0, fields.size);
    let globals = if roots.is_empty() {
        vec![(TABLE, table)]
    } else {
        let mut bytes = table.raw().to_vec();
        for (at, word) in roots {
            let at = usize::try_from(*at).unwrap();
            bytes[at..at + 8].copy_from_slice(&word.to_le_bytes());
        }
        let word = |at: usize| u64::from_le_bytes(bytes[at..at + 8].try_into().unwrap());
        let offsets = (0..bytes.len()).step_by(8).filter(|at| word(*at) != 0);
        let of_words = offsets.map(|at| {
            let field = Field::<u64>::at(0);
            (TABLE + at as u64, Record::new(0, 8).set(field, word(at)))
        });
        of_words.collect()
    };
    let mut memory = memory(f, &globals);
    memory.extend(more.iter().map(Record::bytes));
    searching(LEN, minor, &large(), code, &&memory[..], |search| {
        search.semaphores()
    })
}

#[test]
fn the_table_of_semaphores_is_the_first_that_looks_like_one() {
    for minor in 19..=27 {
        let f = fields(minor);
        // A byte that says what the machine can do comes first, on arm64.
        let code: [(&str, &[u8]); 1] = [("runtime.semrelease1", &loads(&[0x9001, TABLE]))];
        let waiter = Record::new(0x2_8000, f.sudog.size).set(f.sudog.g, 0x1_0000);
        let table = semaphores(minor, &code, &[(8, 0x2_8000), (16, 1)], &[waiter]).unwrap();
        assert_eq!(table.at.get(), BSS + TABLE, "1.{minor}");
        // Empty at the time.
        assert!(semaphores(minor, &code, &[], &[]).is_some());
    }
}

#[test]
fn a_table_with_something_else_in_it_is_none() {
    let f = fields(27);
    let code: [(&str, &[u8]); 1] = [("runtime.semrelease1", &loads(&[TABLE]))];
    let stranger = Record::new(0x2_8000, f.sudog.size).set(f.sudog.g, 0x3_0000);
    assert_eq!(semaphores(27, &code, &[(8, 0x2_8000)], &[stranger]), None);
    assert_eq!(semaphores(27, &code, &[(8, 0xdead_0000)], &[]), None);
    assert_eq!(semaphores(27, &code, &[(16, 0xffff_ffff)], &[]), None);
}
