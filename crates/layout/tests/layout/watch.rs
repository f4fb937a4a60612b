//! What shows that a goroutine has run, and what does not.

use crate::executor::{only_allgs, run, span};
use crate::records::{Record, fields, parked, slice, words};
use gopeek_layout::arch::Arch;
use gopeek_layout::enums::Enums;
use gopeek_layout::fields::Fields;
use gopeek_layout::roots::Roots;
use gopeek_layout::rules::rules;
use gopeek_layout::testing::Bytes;
use gopeek_layout::watch::{Records, Watch};
use gopeek_layout::{Addr, Limits, Plan, allgs, tables};

const MINORS: std::ops::RangeInclusive<u16> = 19..=27;
const STACK: [u64; 3] = [0x2_0000, 0x2_0f00, 0x2_1000];

fn enums(minor: u16) -> Enums {
    let table = tables::all().rfind(|table| (table.minor, table.arch) == (minor, Arch::Amd64));
    table.expect("a table of each minor").enums.clone()
}

fn watch(minor: u16, selected: &[u64]) -> Watch<'_> {
    Watch::new(&fields(minor).g, &enums(minor), selected, 1 << 30)
}

fn waiting(fields: &Fields) -> Record {
    parked(fields, 0x1_0000, 7, STACK)
}

#[test]
fn whatever_a_goroutine_does_changes_its_key() {
    for minor in MINORS {
        let (fields, watch) = (fields(minor), watch(minor, &[]));
        let g = &fields.g;
        let before = watch.key(waiting(fields).raw());
        let changed = [
            waiting(fields).set(g.status, 1),
            waiting(fields).set(g.status, 0x1004),
            waiting(fields).set(g.goid, 8),
            waiting(fields).set(g.tracking_seq, 1),
            waiting(fields).set(g.wait_reason, 3),
            waiting(fields).set(g.sched_sp, 0x2_0e00),
            waiting(fields).set(g.sched_pc, 0x40_2000),
            waiting(fields).set(g.sched_bp, 0x2_0f40),
            waiting(fields).set(g.stack_lo, 0x2_0800),
            waiting(fields).set(g.stack_hi, 0x2_2000),
            waiting(fields).set(g.syscall_sp, 0x2_0f00),
            waiting(fields).set(g.syscall_pc, 0x40_3000),
            waiting(fields).set(g.m, 0x3_0000),
            waiting(fields).set(g.waiting, 0x4_0000),
            waiting(fields).set(g.labels, 0x5_0000),
        ];
        for (index, after) in changed.iter().enumerate() {
            assert_ne!(watch.key(after.raw()), before, "1.{minor}, change {index}");
        }
    }
}

#[test]
fn a_collection_that_dates_all_who_wait_changes_nothing() {
    let (fields, watch) = (fields(27), watch(27, &[]));
    let dated = waiting(fields).set(fields.g.wait_since, 123);
    assert_eq!(watch.key(dated.raw()), watch.key(waiting(fields).raw()));
}

#[test]
fn one_that_is_parked_on_no_thread_is_still_and_leads_to_its_stack() {
    for minor in MINORS {
        let (fields, watch) = (fields(minor), watch(minor, &[]));
        let used = span(0x2_0f00, 0x2_1000);
        for status in [1, 4, 0x1001, 0x1004] {
            let record = waiting(fields).set(fields.g.status, status);
            assert!(watch.is_still(record.raw()), "1.{minor}, {status:#x}");
            assert_eq!(watch.leads_to(record.raw()), Some(used));
        }
        for status in [0, 6] {
            let over = waiting(fields).set(fields.g.status, status);
            assert!(watch.is_still(over.raw()), "there is nothing to change");
            assert_eq!(watch.leads_to(over.raw()), None);
        }
    }
}

#[test]
fn what_its_key_does_not_tell_of_is_not_still() {
    let (fields, selected) = (fields(27), [7]);
    let g = &fields.g;
    let of_coroutine = enums(27)
        .wait_reasons
        .iter()
        .position(|it| it == "coroutine");
    let of_coroutine = of_coroutine.expect("1.27 has coroutines") as u64;
    let never = [
        ("running", waiting(fields).set(g.status, 2)),
        ("in a system call", waiting(fields).set(g.status, 3)),
        ("its stack is moved", waiting(fields).set(g.status, 8)),
        ("on a thread", waiting(fields).set(g.m, 0x3_0000)),
        (
            "in a coroutine",
            waiting(fields).set(g.wait_reason, of_coroutine),
        ),
        ("sp elsewhere", waiting(fields).set(g.sched_sp, 0x9_0000)),
        (
            "bounds upside down",
            waiting(fields).set(g.stack_lo, 0x9_0000),
        ),
    ];
    for (why, record) in &never {
        assert!(!watch(27, &[]).is_still(record.raw()), "{why}");
    }
    assert!(!watch(27, &selected).is_still(waiting(fields).raw()));
    assert!(!watch(27, &[]).is_still(&[]), "nothing came");
    let locked = waiting(fields).set(g.locked_m, 0x3_0000);
    assert!(watch(27, &[]).is_still(locked.raw()));
    assert!(!watch(27, &[]).with_threads(true).is_still(locked.raw()));
}

#[test]
fn a_stack_over_the_limit_is_not_still() {
    let (fields, enums) = (fields(27), enums(27));
    let watch = Watch::new(&fields.g, &enums, &[], 0xff);
    assert!(!watch.is_still(waiting(fields).raw()));
}

/// Three goroutines in allgs, of which the last is new.
fn three() -> (Roots, Vec<Bytes>) {
    let fields = fields(27);
    let g = |index: u64| {
        let stack = STACK.map(|at| at + index * 0x1_0000);
        parked(fields, 0x100_0000 + index * 0x1000, index, stack).bytes()
    };
    let stack = |index: u64| Bytes::at(STACK[0] + index * 0x1_0000).up_to(0x1000);
    let mut target = vec![
        slice(0x1000, 0x2000, 3),
        words(0x2000, &[0x100_0000, 0x100_1000, 0x100_2000]),
    ];
    target.extend((0..3).map(g));
    target.extend((0..3).map(stack));
    (only_allgs(0x1000), target)
}

#[test]
fn after_a_first_look_only_what_changed_and_what_is_new_is_asked_for() {
    let (roots, target) = three();
    let plan = Plan::new(fields(27), rules(27), roots, Limits::default());
    let mut plan = plan.after(2);
    plan.add(&[Addr::new(0x100_1000)]);
    let run = run(&mut plan, &&target[..]);
    assert!(!run.touched(0x100_0000, 0x100_0100) && !run.touched(0x2_0000, 0x2_1000));
    assert!(run.asked_for(0x3_0f00, 0x3_1000) && run.asked_for(0x4_0f00, 0x4_1000));
    assert!(run.asked_for(0x2010, 0x2018), "only the end of allgs");
    assert_eq!(plan.goroutines(), [0x100_1000, 0x100_2000].map(Addr::new));
    let used = |at: u64| Some(span(at + 0xf00, at + 0x1000));
    assert_eq!(
        plan.looked_at(),
        [
            (Addr::new(0x100_1000), used(0x3_0000)),
            (Addr::new(0x100_2000), used(0x4_0000))
        ]
    );
}

#[test]
fn the_list_as_it_is_now_has_its_nils() {
    let (roots, mut target) = three();
    target[1] = words(0x2000, &[0x100_0000, 0, 0x100_2000]);
    let gs = allgs::present(&&target[..], roots.allgs.at, 10);
    assert_eq!(gs, [0x100_0000, 0, 0x100_2000].map(Addr::new));
    let allgs = roots.allgs.at;
    assert_eq!(allgs::present(&&target[..], allgs, 2).len(), 2);
    target.remove(1);
    assert_eq!(allgs::present(&&target[..], allgs, 2), []);
}
