//! What goroutines wait at, in every release's layout: channels, semaphores, files.

use crate::records::{Record, fields, words};
use gopeek_layout::fields::Fields;
use gopeek_layout::sync::channel::{self, Timer};
use gopeek_layout::sync::poll::{self, Side};
use gopeek_layout::sync::semaphore::{Table, Waiter, waiters};
use gopeek_layout::sync::sudog;
use gopeek_layout::testing::Bytes;
use gopeek_layout::{Addr, Limits, Memory};

const TABLE: u64 = 0x1_0000;
const MINORS: std::ops::RangeInclusive<u16> = 19..=27;

fn addrs(raw: &[u64]) -> Vec<Addr> {
    raw.iter().copied().map(Addr::new).collect()
}

fn sudog_at(f: &Fields, at: u64, g: u64) -> Record {
    Record::new(at, f.sudog.size).set(f.sudog.g, g)
}

/// The table, with `roots` in entries.
fn table(f: &Fields, roots: &[(u64, u64)]) -> (Table, Bytes) {
    let table = Table::at(&f.sem_table.unwrap(), Addr::new(TABLE)).unwrap();
    let mut bytes = vec![0; usize::try_from(table.entries * table.stride).unwrap()];
    for (entry, root) in roots {
        let at = usize::try_from(entry * table.stride + table.tree).unwrap();
        bytes[at..at + 8].copy_from_slice(&root.to_le_bytes());
    }
    (table, Bytes::at(TABLE).raw(&bytes))
}

fn all_in(f: &Fields, limits: &Limits, table: Table, memory: &[Bytes]) -> Vec<(u64, u64)> {
    let memory: &dyn Memory = &memory;
    let mut found: Vec<_> = waiters(memory, f, limits, table)
        .into_iter()
        .map(|Waiter { g, addr }| (g.get(), addr.get()))
        .collect();
    found.sort_unstable();
    found
}

#[test]
fn the_table_of_semaphores_has_251_entries_in_every_release() {
    for minor in MINORS {
        let (table, _) = table(fields(minor), &[]);
        assert_eq!(
            (table.entries, table.stride, table.tree),
            (251, 64, 8),
            "1.{minor}"
        );
        assert_eq!(table.trees().count(), 251);
        assert_eq!(table.trees().last(), Some(Addr::new(TABLE + 250 * 64 + 8)));
    }
}

#[test]
fn every_waiter_of_every_semaphore_is_found() {
    for minor in MINORS {
        let f = fields(minor);
        let s = &f.sudog;
        // In the first entry a tree of three semaphores, one of which two others wait for; one in the last.
        let (table, bytes) = table(f, &[(0, 0x2000), (250, 0x3000)]);
        let root = sudog_at(f, 0x2000, 0xa0).set(s.elem, 0x9000);
        let root = root
            .set(s.prev, 0x2100)
            .set(s.next, 0x2200)
            .set(s.wait_link, 0x2300);
        let memory = [
            bytes,
            root.bytes(),
            sudog_at(f, 0x2100, 0xa1)
                .set(s.elem, 0x9100)
                .set(s.parent, 0x2000)
                .bytes(),
            sudog_at(f, 0x2200, 0xa2)
                .set(s.elem, 0x9200)
                .set(s.parent, 0x2000)
                .bytes(),
            // What waits behind the first one is known by the first one's semaphore.
            sudog_at(f, 0x2300, 0xa3).set(s.wait_link, 0x2400).bytes(),
            sudog_at(f, 0x2400, 0xa4).bytes(),
            sudog_at(f, 0x3000, 0xa5).set(s.elem, 0x9300).bytes(),
        ];
        let expected = [
            (0xa0, 0x9000),
            (0xa1, 0x9100),
            (0xa2, 0x9200),
            (0xa3, 0x9000),
            (0xa4, 0x9000),
            (0xa5, 0x9300),
        ];
        assert_eq!(
            all_in(f, &Limits::default(), table, &memory),
            expected,
            "1.{minor}"
        );
        let few = Limits {
            goroutines: 2,
            ..Limits::default()
        };
        assert_eq!(all_in(f, &few, table, &memory).len(), 2);
    }
}

#[test]
fn circles_among_waiters_and_what_cannot_be_read_come_to_an_end() {
    let f = fields(26);
    let s = &f.sudog;
    let (table, bytes) = table(f, &[(0, 0x2000), (1, 0x2000), (2, 0xdead_0000)]);
    let memory = [
        bytes,
        sudog_at(f, 0x2000, 0xa0)
            .set(s.prev, 0x2000)
            .set(s.next, 0x2100)
            .set(s.wait_link, 0x2200)
            .bytes(),
        sudog_at(f, 0x2100, 0xa1).set(s.next, 0x2000).bytes(),
        sudog_at(f, 0x2200, 0xa2).set(s.wait_link, 0x2200).bytes(),
    ];
    let found = all_in(f, &Limits::default(), table, &memory);
    assert_eq!(found, [(0xa0, 0), (0xa1, 0), (0xa2, 0)]);
}

#[test]
fn behind_the_sudog_of_a_semaphore_come_those_of_others() {
    for minor in MINORS {
        let f = fields(minor);
        let s = &f.sudog;
        let memory = [
            Record::new(0x1000, f.g.size)
                .set(f.g.waiting, 0x2000)
                .bytes(),
            sudog_at(f, 0x2000, 0x1000)
                .set(s.elem, 0x9000)
                .set(s.wait_link, 0x2100)
                .bytes(),
            sudog_at(f, 0x2100, 0x1100).set(s.elem, 0x9000).bytes(),
        ];
        let memory: &dyn Memory = &&memory[..];
        let found = sudog::of(memory, f, &Limits::default(), Addr::new(0x1000));
        let elems: Vec<_> = found.iter().map(|it| (it.g.get(), it.elem.get())).collect();
        assert_eq!(elems, [(0x1000, 0x9000)], "1.{minor}");
    }
}

#[test]
fn a_select_has_a_sudog_for_each_case() {
    for minor in MINORS {
        let f = fields(minor);
        let s = &f.sudog;
        let case = |at, c| sudog_at(f, at, 0x1000).set(s.c, c).set(s.is_select, 1);
        let memory = [
            Record::new(0x1000, f.g.size)
                .set(f.g.waiting, 0x2000)
                .bytes(),
            case(0x2000, 0x5000).set(s.wait_link, 0x2100).bytes(),
            case(0x2100, 0x6000).bytes(),
        ];
        let all = sudog::of(&&memory[..], f, &Limits::default(), Addr::new(0x1000));
        let channels: Vec<_> = all
            .iter()
            .map(|sudog| (sudog.c.get(), sudog.is_select))
            .collect();
        assert_eq!(channels, [(0x5000, true), (0x6000, true)], "1.{minor}");
    }
}

#[test]
fn a_channel_tells_its_state_and_who_waits_on_either_side() {
    for minor in MINORS {
        let f = fields(minor);
        let (h, s) = (&f.hchan, &f.sudog);
        let hchan = Record::new(0x5000, h.size)
            .set(h.qcount, 2)
            .set(h.dataqsiz, 4)
            .set(h.elem_size, 24)
            .set(h.elem_type, 0x7000)
            .set(h.closed, 1)
            .set(h.recvq_first, 0x2000)
            .set(h.sendq_first, 0x2200);
        let hchan = match h.timer {
            Some(timer) => hchan.set(timer, 0x8000),
            None => hchan,
        };
        let timer = Record::new(0x8000, f.timer.size)
            .set(f.timer.when, 77)
            .set(f.timer.period, 5);
        let memory = [
            hchan.bytes(),
            timer.bytes(),
            sudog_at(f, 0x2000, 0xa0).set(s.next, 0x2100).bytes(),
            sudog_at(f, 0x2100, 0xa1).set(s.next, 0x2000).bytes(),
            sudog_at(f, 0x2200, 0xa2).bytes(),
        ];
        let memory: &dyn Memory = &&memory[..];
        let found = channel::read(memory, f, Addr::new(0x5000)).unwrap();
        assert_eq!(
            (found.len, found.cap, found.elem_size),
            (2, 4, 24),
            "1.{minor}"
        );
        assert!(found.closed);
        assert_eq!(found.elem_type, Addr::new(0x7000));
        let timer = Timer {
            when: 77,
            period: 5,
        };
        assert_eq!(found.timer, h.timer.map(|_| timer), "1.{minor}");
        let queues = channel::queues(memory, f, &Limits::default(), Addr::new(0x5000));
        assert_eq!(queues, [addrs(&[0x2000, 0x2100]), addrs(&[0x2200])]);
    }
}

#[test]
fn a_channel_with_more_in_it_than_fits_is_none() {
    let f = fields(25);
    let full = Record::new(0x5000, f.hchan.size).set(f.hchan.qcount, 1);
    assert_eq!(channel::read(&full.bytes(), f, Addr::new(0x5000)), None);
    assert_eq!(
        channel::read(&words(0x5000, &[0, 0]), f, Addr::new(0x5000)),
        None
    );
}

#[test]
fn a_file_tells_who_waits_for_it_and_until_when() {
    for minor in MINORS {
        let f = fields(minor);
        let p = &f.poll_desc;
        let with = |rg, wg| {
            Record::new(0x4000, p.size)
                .set(p.fd, 7)
                .set(p.rg, rg)
                .set(p.wg, wg)
                .set(p.closing.unwrap(), 1)
                .set(p.rd, 99)
                .set(p.wd, u64::MAX)
                .bytes()
        };
        let read = |bytes: &Bytes| poll::read(bytes, f, Addr::new(0x4000)).unwrap();
        let found = read(&with(0xa0, 2));
        assert_eq!((found.fd, found.closing), (7, Some(true)), "1.{minor}");
        let waits = Side::Waits(Addr::new(0xa0));
        assert_eq!((found.reader, found.writer), (waits, Side::Parking));
        assert_eq!((found.read_deadline, found.write_deadline), (99, -1));
        let found = read(&with(0, 1));
        assert_eq!((found.reader, found.writer), (Side::Idle, Side::Ready));
    }
}
