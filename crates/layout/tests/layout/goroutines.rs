//! Goroutines, decoded from what a plan brought.

use crate::executor::{only_allgs, root, run};
use crate::records::{Record, fields, g, parked, slice, words};
use gopeek_layout::Limits;
use gopeek_layout::goroutine::{Ancestor, Context, Goroutine, Goroutines, Signal, Undecoded};
use gopeek_layout::labels::Label;
use gopeek_layout::roots::Roots;
use gopeek_layout::rules::rules;
use gopeek_layout::testing::Bytes;
use gopeek_layout::{Addr, Plan, Span};

const STACK: [u64; 3] = [0x2_0000, 0x2_0f00, 0x2_1000];

/// Captures `target`, and decodes what was captured.
fn decoded(minor: u16, roots: Roots, target: &[Bytes]) -> Vec<Result<Goroutine, Undecoded>> {
    let (fields, limits) = (fields(minor), Limits::default());
    let got = run(&mut Plan::new(fields, rules(minor), roots, limits), &target).got;
    Goroutines::new(&&got[..], fields, rules(minor), &roots, limits).collect()
}

/// The goroutine at 0x10000, alone in allgs, with `more` around it.
fn alone(minor: u16, g: &Record, more: &[Bytes]) -> Goroutine {
    let mut target = vec![
        slice(0x1000, 0x2000, 1),
        words(0x2000, &[0x1_0000]),
        g.bytes(),
        Bytes::at(0x1200).mark("tracebacklabels").u32(1),
    ];
    target.extend_from_slice(more);
    let roots = Roots {
        traceback_labels: Some(root(0x1200)),
        ..only_allgs(0x1000)
    };
    let [one] = <[_; 1]>::try_from(decoded(minor, roots, &target)).expect("one goroutine");
    one.expect("a goroutine that can be decoded")
}

fn waiting(minor: u16) -> Record {
    parked(fields(minor), 0x1_0000, 7, STACK)
}

#[test]
fn every_field_of_a_goroutine() {
    for minor in 19..=27 {
        let f = &fields(minor).g;
        let mut g = waiting(minor)
            .set(f.status, 0x1004)
            .set(f.wait_reason, 9)
            .set(f.wait_since, 1_000_000)
            .set(f.locked_m, 0x3_0000)
            .set(f.sched_pc, 0x40_1000)
            .set(f.sched_lr, 0x40_2000)
            .set(f.gopc, 0x40_3000)
            .set(f.startpc, 0x40_4000)
            .set(f.sig, 11)
            .set(f.sig_code0, 1)
            .set(f.sig_code1, 8)
            .set(f.sig_pc, 0x40_5000);
        if let Some(parent) = f.parent_goid {
            g = g.set(parent, 1);
        }
        let expected = Goroutine {
            addr: Addr::new(0x1_0000),
            goid: 7,
            status: 4,
            scanned: true,
            wait_reason: 9,
            wait_since: 1_000_000,
            m: Addr::NULL,
            locked_m: Addr::new(0x3_0000),
            stack: Span::new(Addr::new(0x2_0000), 0x1000),
            sched: Context {
                pc: Addr::new(0x40_1000),
                sp: Addr::new(0x2_0f00),
                lr: Addr::new(0x40_2000),
            },
            syscall: None,
            vdso: None,
            parent_goid: u64::from(f.parent_goid.is_some()),
            gopc: Addr::new(0x40_3000),
            startpc: Addr::new(0x40_4000),
            runs_cleanups: false,
            bubble: None,
            signal: Signal {
                number: 11,
                code: 1,
                fault: Addr::new(8),
                pc: Addr::new(0x40_5000),
            },
            labels: [].into(),
            ancestors: Vec::new(),
        };
        assert_eq!(alone(minor, &g, &[]), expected, "1.{minor}");
    }
}

#[test]
fn a_system_call_shows_where_it_began() {
    let f = &fields(26).g;
    let g = waiting(26)
        .set(f.status, 3)
        .set(f.syscall_sp, 0x2_0e00)
        .set(f.syscall_pc, 0x40_5000);
    let expected = Context {
        pc: Addr::new(0x40_5000),
        sp: Addr::new(0x2_0e00),
        lr: Addr::NULL,
    };
    assert_eq!(alone(26, &g, &[]).syscall, Some(expected));
}

#[test]
fn a_thread_in_the_vdso_shows_where_it_entered() {
    let fields = fields(27);
    let g = waiting(27).set(fields.g.m, 0x3_0000);
    let m = Record::new(0x3_0000, fields.m.size);
    let outside = alone(27, &g, &[m.bytes()]);
    let m = m
        .set(fields.m.vdso_sp, 0x2_0e00)
        .set(fields.m.vdso_pc, 0x40_6000);
    let inside = alone(27, &g, &[m.bytes()]);
    let expected = Context {
        pc: Addr::new(0x40_6000),
        sp: Addr::new(0x2_0e00),
        lr: Addr::NULL,
    };
    assert_eq!((outside.vdso, inside.vdso), (None, Some(expected)));
    assert_eq!(inside.m, Addr::new(0x3_0000));
}

#[test]
fn a_bubble_has_its_number_from_1_25_on() {
    for minor in [25, 26, 27] {
        let fields = fields(minor);
        let (bubble, field) = (fields.bubble.unwrap(), fields.g.bubble.unwrap());
        let g = waiting(minor).set(field, 0x4_0000);
        let bubble = Record::new(0x4_0000, bubble.size).set(bubble.id, 33);
        assert_eq!(alone(minor, &g, &[bubble.bytes()]).bubble, Some(33));
        assert_eq!(alone(minor, &g, &[]).bubble, None, "it did not come");
    }
}

#[test]
fn a_group_of_1_24_is_named_by_its_root() {
    let fields = fields(24);
    let (group, f) = (fields.synctest_group.unwrap(), &fields.g);
    let target = [
        slice(0x1000, 0x2000, 2),
        words(0x2000, &[0x1_0000, 0x1_1000]),
        waiting(24).set(f.bubble.unwrap(), 0x4_0000).bytes(),
        parked(fields, 0x1_1000, 21, STACK).bytes(),
        Record::new(0x4_0000, group.size)
            .set(group.root, 0x1_1000)
            .bytes(),
    ];
    let found = decoded(24, only_allgs(0x1000), &target);
    let bubbles: Vec<_> = found.into_iter().map(|g| g.unwrap().bubble).collect();
    assert_eq!(bubbles, [Some(21), None]);
}

/// What the labels at 0x50000 read as, with `pieces` around.
fn labels(minor: u16, pieces: &[Bytes]) -> Vec<(Vec<u8>, Vec<u8>)> {
    let g = waiting(minor).set(fields(minor).g.labels, 0x5_0000);
    let pair = |label: &Label| (label.key.clone(), label.value.clone());
    let labels = alone(minor, &g, pieces).labels;
    labels.iter().map(pair).collect()
}

#[test]
fn labels_come_in_order_empty_and_invalid_ones_too() {
    let pieces = [
        slice(0x5_0000, 0x5_1000, 3),
        words(
            0x5_1000,
            &[
                [0x5_2000, 3, 0x5_2003, 5],
                [0, 0, 0x5_2008, 0],
                [0x5_2008, 2, 0, 0],
            ]
            .concat(),
        ),
        Bytes::at(0x5_2000)
            .raw(b"key")
            .raw(b"value")
            .raw(b"\xff\xfe"),
    ];
    let expected: [(&[u8], &[u8]); 3] = [(b"key", b"value"), (b"", b""), (b"\xff\xfe", b"")];
    let expected = expected.map(|(key, value)| (key.to_vec(), value.to_vec()));
    assert_eq!(labels(27, &pieces), expected);
    assert_eq!(labels(24, &pieces), expected, "1.24 keeps them so, too");
}

#[test]
fn a_label_that_did_not_come_is_left_out_and_the_next_stays() {
    let pieces = [
        slice(0x5_0000, 0x5_1000, 2),
        words(0x5_1000, &[0xdead_0000, 3, 0, 0, 0x5_2000, 1, 0, 0]),
        Bytes::at(0x5_2000).raw(b"k"),
    ];
    assert_eq!(labels(27, &pieces), [(b"k".to_vec(), Vec::new())]);
}

#[test]
fn ancestors_come_nearest_first_with_their_pcs() {
    let fields = fields(22);
    let f = &fields.ancestor;
    let ancestor = |goid, pcs, len, gopc| {
        Record::new(0, f.size)
            .set(f.goid, goid)
            .slice(f.pcs, pcs, len)
            .set(f.gopc, gopc)
    };
    let nearest = ancestor(5, 0x6_2000, 2, 0x40_7000);
    let farthest = ancestor(1, 0, 0, 0x40_8000);
    let pieces = [
        slice(0x6_0000, 0x6_1000, 2),
        Bytes::at(0x6_1000).raw(nearest.raw()).raw(farthest.raw()),
        words(0x6_2000, &[0x40_1000, 0x40_2000]),
    ];
    let g = waiting(22).set(fields.g.ancestors, 0x6_0000);
    let expected = [
        Ancestor {
            goid: 5,
            pcs: vec![Addr::new(0x40_1000), Addr::new(0x40_2000)],
            gopc: Addr::new(0x40_7000),
        },
        Ancestor {
            goid: 1,
            pcs: Vec::new(),
            gopc: Addr::new(0x40_8000),
        },
    ];
    assert_eq!(alone(22, &g, &pieces).ancestors, expected);
}

#[test]
fn an_ancestor_has_no_more_pcs_than_the_runtime_keeps() {
    let fields = fields(22);
    let ancestor = Record::new(0, fields.ancestor.size).slice(fields.ancestor.pcs, 0x6_2000, 500);
    let pieces = [
        slice(0x6_0000, 0x6_1000, 1),
        Bytes::at(0x6_1000).raw(ancestor.raw()),
        words(0x6_2000, &[0x40_1000; 500]),
    ];
    let g = waiting(22).set(fields.g.ancestors, 0x6_0000);
    assert_eq!(alone(22, &g, &pieces).ancestors[0].pcs.len(), 100);
}

#[test]
fn what_is_no_g_or_did_not_come_is_told_apart_from_the_rest() {
    let fields = fields(27);
    let target = [
        slice(0x1000, 0x2000, 3),
        words(0x2000, &[0x1_0000, 0xdead_0000, 0x1_1000]),
        g(fields, 0x1_0000).set(fields.g.sched_g, 0x1_0008).bytes(),
        parked(fields, 0x1_1000, 9, STACK).bytes(),
    ];
    let found = decoded(27, only_allgs(0x1000), &target);
    let goids: Vec<_> = found.into_iter().map(|g| g.map(|g| g.goid)).collect();
    let undecoded = |at| {
        Err(Undecoded {
            addr: Addr::new(at),
        })
    };
    assert_eq!(goids, [undecoded(0x1_0000), undecoded(0xdead_0000), Ok(9)]);
}

#[test]
fn a_stack_upside_down_is_an_empty_one() {
    let f = &fields(21).g;
    let g = waiting(21)
        .set(f.stack_lo, 0x2_1000)
        .set(f.stack_hi, 0x2_0000);
    let expected = Span::new(Addr::new(0x2_1000), 0);
    assert_eq!(alone(21, &g, &[]).stack, expected);
}

#[test]
fn a_cleanup_goroutine_is_known_from_1_25_on() {
    for minor in 19..=27 {
        let Some(field) = fields(minor).g.running_cleanups else {
            assert!(minor < 25, "1.{minor}");
            continue;
        };
        assert!(alone(minor, &waiting(minor).set(field, 1), &[]).runs_cleanups);
    }
}
