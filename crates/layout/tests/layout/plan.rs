//! What a plan asks for, wave by wave.

use crate::executor::{only_allgs, root, run, span};
use crate::records::{Record, fields, g, parked, slice, words};
use gopeek_layout::fields::Fields;
use gopeek_layout::roots::Roots;
use gopeek_layout::rules::rules;
use gopeek_layout::testing::Bytes;
use gopeek_layout::{Addr, Limits, Plan};

const STACK: [u64; 3] = [0x2_0000, 0x2_0f00, 0x2_1000];

/// One goroutine, as `make` leaves it, alone in allgs.
fn alone(g: &Record) -> Vec<Bytes> {
    vec![
        slice(0x1000, 0x2000, 1),
        words(0x2000, &[0x1_0000]),
        g.bytes(),
    ]
}

fn plan(minor: u16, roots: Roots) -> Plan<'static> {
    Plan::new(fields(minor), rules(minor), roots, Limits::default())
}

fn with_status(fields: &Fields, status: u64) -> Record {
    parked(fields, 0x1_0000, 7, STACK).set(fields.g.status, status)
}

#[test]
fn each_wave_follows_from_the_one_before() {
    let fields = fields(27);
    let (f, m) = (&fields.g, &fields.m);
    let bubble = fields.bubble.expect("1.27 has bubbles");
    let waiting = parked(fields, 0x1_0000, 7, STACK)
        .set(f.m, 0x3_0000)
        .set(f.bubble.unwrap(), 0x4_0000)
        .set(f.labels, 0x5_0000)
        .set(f.ancestors, 0x6_0000);
    let target = [
        slice(0x1000, 0x2000, 1),
        Bytes::at(0x1100).mark("fingStatus").u32(0),
        Bytes::at(0x1200).mark("tracebacklabels").u32(1),
        words(0x2000, &[0x1_0000]),
        waiting.bytes(),
        Bytes::at(0x2_0000).up_to(0x1000),
        Record::new(0x3_0000, m.size).bytes(),
        Record::new(0x4_0000, bubble.size).set(bubble.id, 3).bytes(),
        slice(0x5_0000, 0x5_1000, 1),
        Bytes::at(0x5_1000)
            .u64(0x5_2000)
            .u64(3)
            .u64(0x5_3000)
            .u64(5),
        Bytes::at(0x5_2000).raw(b"key"),
        Bytes::at(0x5_3000).raw(b"value"),
        slice(0x6_0000, 0x6_1000, 1),
        Record::new(0x6_1000, fields.ancestor.size)
            .slice(fields.ancestor.pcs, 0x6_2000, 2)
            .bytes(),
        words(0x6_2000, &[0x40_1000, 0x40_2000]),
    ];
    let roots = Roots {
        finalizer_status: Some(root(0x1100)),
        traceback_labels: Some(root(0x1200)),
        ..only_allgs(0x1000)
    };

    let mut plan = plan(27, roots);
    let run = run(&mut plan, &&target[..]);

    let size = |at: u64, size: u32| span(at, at + u64::from(size));
    let expected = [
        vec![size(0x1000, 24), size(0x1100, 4), size(0x1200, 4)],
        vec![size(0x2000, 8)],
        vec![size(0x1_0000, f.size)],
        vec![
            span(0x2_0f00, 0x2_1000),
            size(0x3_0000, m.size),
            size(0x4_0000, bubble.size),
        ],
        vec![size(0x5_0000, 16), size(0x6_0000, 16)],
        vec![size(0x5_1000, 32), size(0x6_1000, fields.ancestor.size)],
        vec![size(0x5_2000, 3), size(0x5_3000, 5), size(0x6_2000, 16)],
    ];
    assert_eq!(run.waves, expected);
    assert_eq!(plan.omissions(), []);

    let g = Addr::new(0x1_0000);
    assert!(plan.is_whole(&&run.got[..], g));
    // Whatever does not come any more: the M, the bubble, lists, what those lead to.
    let behind_stack = run.got.len() - 8;
    for came in behind_stack..run.got.len() {
        assert!(!plan.is_whole(&&run.got[..came], g), "{came} pieces");
    }
}

#[test]
fn besides_goroutines_there_are_settings() {
    let roots = Roots {
        finalizer_status: Some(root(0x1100)),
        ..only_allgs(0x1000)
    };
    let target = alone(&parked(fields(27), 0x1_0000, 7, STACK));
    let mut plan = plan(27, roots).without_goroutines();
    let run = run(&mut plan, &&target[..]);
    assert_eq!(run.waves, [[span(0x1100, 0x1104)]]);
    assert_eq!(plan.goroutines(), []);
}

#[test]
fn of_a_goroutine_that_stands_only_the_used_part_of_its_stack_is_asked_for() {
    let (runnable, waiting, preempted, copying, leaked) = (1, 4, 9, 8, 10);
    for status in [
        runnable,
        waiting,
        preempted,
        copying,
        leaked,
        waiting | 0x1000,
    ] {
        let target = alone(&with_status(fields(27), status));
        let run = run(&mut plan(27, only_allgs(0x1000)), &&target[..]);
        assert!(run.asked_for(0x2_0f00, 0x2_1000), "status {status:#x}");
        assert!(!run.touched(0x2_0000, 0x2_0f00), "status {status:#x}");
    }
}

#[test]
fn of_a_goroutine_that_runs_the_whole_stack_is_asked_for() {
    for status in [2, 0x1002] {
        let target = alone(&with_status(fields(22), status));
        let run = run(&mut plan(22, only_allgs(0x1000)), &&target[..]);
        assert!(run.asked_for(0x2_0000, 0x2_1000), "status {status:#x}");
    }
}

#[test]
fn a_system_call_may_have_begun_below_where_the_scheduler_last_saw_the_goroutine() {
    let fields = fields(24);
    for (sched, syscall) in [(0x2_0f00, 0x2_0e00), (0x2_0e00, 0x2_0f00)] {
        let in_syscall = with_status(fields, 3)
            .set(fields.g.sched_sp, sched)
            .set(fields.g.syscall_sp, syscall);
        let run = run(&mut plan(24, only_allgs(0x1000)), &&alone(&in_syscall)[..]);
        assert!(run.asked_for(0x2_0e00, 0x2_1000));
    }
}

#[test]
fn stacks_of_those_that_ended_are_not_asked_for() {
    let (idle, dead, deadextra) = (0, 6, 11);
    for status in [idle, dead, deadextra, dead | 0x1000] {
        let target = alone(&with_status(fields(26), status));
        let mut plan = plan(26, only_allgs(0x1000));
        let run = run(&mut plan, &&target[..]);
        assert!(!run.touched(0x2_0000, 0x2_1000), "status {status:#x}");
        assert_eq!(plan.omissions(), [], "status {status:#x}");
    }
}

#[test]
fn empty_slots_of_allgs_are_passed_over() {
    let fields = fields(25);
    let target = [
        slice(0x1000, 0x2000, 3),
        words(0x2000, &[0, 0x1_0000, 0]),
        g(fields, 0x1_0000).set(fields.g.status, 6).bytes(),
    ];
    let run = run(&mut plan(25, only_allgs(0x1000)), &&target[..]);
    let g = span(0x1_0000, 0x1_0000 + u64::from(fields.g.size));
    assert_eq!(run.waves.last(), Some(&vec![g]));
}

#[test]
fn labels_are_asked_for_whether_a_dump_would_show_them_or_not() {
    for (minor, flag) in [(27, 1), (26, 1), (27, 0), (25, 1), (19, 0)] {
        let fields = fields(minor);
        let labelled = parked(fields, 0x1_0000, 7, STACK).set(fields.g.labels, 0x5_0000);
        let mut target = alone(&labelled);
        target.push(Bytes::at(0x1200).u32(flag));
        let roots = Roots {
            traceback_labels: Some(root(0x1200)),
            ..only_allgs(0x1000)
        };
        let run = run(&mut plan(minor, roots), &&target[..]);
        assert!(run.touched(0x5_0000, 0x5_0008), "1.{minor}, flag {flag}");
    }
}

#[test]
fn the_group_of_go_1_24_is_asked_for_like_a_bubble() {
    let fields = fields(24);
    let group = fields.synctest_group.expect("1.24 has groups");
    let waiting = parked(fields, 0x1_0000, 7, STACK).set(fields.g.bubble.unwrap(), 0x4_0000);
    let run = run(&mut plan(24, only_allgs(0x1000)), &&alone(&waiting)[..]);
    assert!(run.asked_for(0x4_0000, 0x4_0000 + u64::from(group.size)));
}

#[test]
fn where_nothing_can_be_read_the_plan_ends_after_the_globals() {
    let nothing: [Bytes; 0] = [];
    let run = run(&mut plan(27, only_allgs(0x1000)), &&nothing[..]);
    assert_eq!(run.waves, [[span(0x1000, 0x1018)]]);
}

#[test]
fn a_g_that_did_not_come_hides_no_other() {
    let fields = fields(23);
    let target = [
        slice(0x1000, 0x2000, 2),
        words(0x2000, &[0xdead_0000, 0x1_0000]),
        parked(fields, 0x1_0000, 7, STACK).bytes(),
    ];
    let run = run(&mut plan(23, only_allgs(0x1000)), &&target[..]);
    assert!(run.asked_for(0x2_0f00, 0x2_1000));
}

#[test]
fn to_count_goroutines_nothing_behind_them_is_asked_for() {
    let fields = fields(27);
    let g = parked(fields, 0x1_0000, 7, STACK)
        .set(fields.g.m, 0x3_0000)
        .set(fields.g.ancestors, 0x6_0000);
    let limits = Limits::default();
    let mut plan = Plan::without_stacks(fields, rules(27), only_allgs(0x1000), limits);
    let run = run(&mut plan, &&alone(&g)[..]);
    let expected = [
        [span(0x1000, 0x1018)],
        [span(0x2000, 0x2008)],
        [span(0x1_0000, 0x1_0000 + u64::from(fields.g.size))],
    ];
    assert_eq!(run.waves, expected);
}
