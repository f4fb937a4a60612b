//! No number of the target's makes a plan ask for more than its limits.

use crate::executor::{Run, only_allgs, root, run};
use crate::records::{Record, fields, parked, slice, words};
use gopeek_layout::Limits;
use gopeek_layout::capture::Omission;
use gopeek_layout::roots::Roots;
use gopeek_layout::rules::rules;
use gopeek_layout::testing::Bytes;
use gopeek_layout::{Addr, Plan};

const LIMITS: Limits = Limits {
    goroutines: 4,
    threads: 3,
    processors: 3,
    thread_stack_bytes: 0x400,
    stack_bytes: 0x1000,
    total_bytes: 0x10_0000,
    list_len: 3,
    text_bytes: 64,
    heap_spans: 3,
    heap_specials: 3,
    heap_bytes: 0x1000,
};

fn plan(limits: Limits) -> Plan<'static> {
    let roots = Roots {
        traceback_labels: Some(root(0x1200)),
        ..only_allgs(0x1000)
    };
    Plan::new(fields(27), rules(27), roots, limits)
}

/// One goroutine whose stack is `[lo, hi)`, alone in allgs.
fn with_stack(status: u64, [lo, sp, hi]: [u64; 3]) -> [Bytes; 3] {
    let fields = fields(27);
    let g = parked(fields, 0x1_0000, 7, [lo, sp, hi]).set(fields.g.status, status);
    [
        slice(0x1000, 0x2000, 1),
        words(0x2000, &[0x1_0000]),
        g.bytes(),
    ]
}

const OMITTED: [Omission; 1] = [Omission::Stack {
    g: Addr::new(0x1_0000),
}];

#[test]
fn allgs_may_claim_any_length() {
    for claimed in [5, 1 << 40, 1 << 60, (1 << 61) + 1, u64::MAX] {
        let target = [slice(0x1000, 0x2000, claimed), words(0x2000, &[0; 5])];
        let mut plan = plan(LIMITS);
        let run = run(&mut plan, &&target[..]);
        assert!(run.asked_for(0x2000, 0x2020), "{claimed:#x} claimed");
        assert_eq!(plan.omissions(), [Omission::Goroutines { claimed }]);
    }
}

#[test]
fn as_many_goroutines_as_the_limit_are_no_omission() {
    let target = [slice(0x1000, 0x2000, 4), words(0x2000, &[0; 4])];
    let mut plan = plan(LIMITS);
    run(&mut plan, &&target[..]);
    assert_eq!(plan.omissions(), []);
}

#[test]
fn a_stack_upside_down_is_left_out() {
    for status in [2, 4] {
        let target = with_stack(status, [0x2_1000, 0x2_0f00, 0x2_0000]);
        let mut plan = plan(LIMITS);
        let run = run(&mut plan, &&target[..]);
        assert!(!run.touched(0x2_0000, 0x2_1000), "status {status}");
        assert_eq!(plan.omissions(), OMITTED, "status {status}");
    }
}

#[test]
fn a_goroutine_off_its_stack_has_none_to_copy() {
    for sp in [0, 0x1_ffff, 0x2_1000, u64::MAX] {
        let target = with_stack(4, [0x2_0000, sp, 0x2_1000]);
        let mut plan = plan(LIMITS);
        let run = run(&mut plan, &&target[..]);
        assert!(!run.touched(0x2_0000, 0x2_1000), "sp {sp:#x}");
        assert_eq!(plan.omissions(), OMITTED, "sp {sp:#x}");
    }
}

#[test]
fn of_a_stack_of_a_terabyte_the_innermost_frames_come() {
    let high = 0x2_0000 + (1 << 40);
    for status in [2, 4] {
        let (sp, used) = (0x2_0800, 0x2_0800);
        let target = with_stack(status, [0x2_0000, sp, high]);
        let mut plan = plan(LIMITS);
        let run = run(&mut plan, &&target[..]);
        assert!(run.asked_for(used, used + 0x1000), "status {status}");
        assert_eq!(plan.omissions(), OMITTED, "status {status}");
    }
}

#[test]
fn a_stack_as_long_as_the_limit_is_whole() {
    let target = with_stack(2, [0x2_0000, 0x2_0800, 0x2_1000]);
    let mut plan = plan(LIMITS);
    let run = run(&mut plan, &&target[..]);
    assert!(run.asked_for(0x2_0000, 0x2_1000));
    assert_eq!(plan.omissions(), []);
}

/// A goroutine with lists and texts that all claim to be endless.
fn endless_lists(limits: Limits) -> Run {
    let fields = fields(27);
    let g = parked(fields, 0x1_0000, 7, [0x2_0000, 0x2_0f00, 0x2_1000])
        .set(fields.g.labels, 0x5_0000)
        .set(fields.g.ancestors, 0x6_0000);
    let ancestor = |at| {
        Record::new(at, fields.ancestor.size)
            .slice(fields.ancestor.pcs, 0x6_2000, u64::MAX)
            .bytes()
    };
    let size = u64::from(fields.ancestor.size);
    let target = [
        slice(0x1000, 0x2000, 1),
        Bytes::at(0x1200).mark("tracebacklabels").u32(1),
        words(0x2000, &[0x1_0000]),
        g.bytes(),
        slice(0x5_0000, 0x5_1000, u64::MAX),
        words(0x5_1000, &[[0x5_2000, u64::MAX]; 6].concat()),
        slice(0x6_0000, 0x6_1000, 1 << 60),
        Bytes::at(0x6_1000).raw(&vec![0xff; usize::try_from(3 * size).unwrap()]),
        ancestor(0x6_1000),
    ];
    run(&mut plan(limits), &&target[..])
}

#[test]
fn lists_and_texts_are_cut_to_their_limits() {
    let run = endless_lists(LIMITS);
    let ancestors = 3 * u64::from(fields(27).ancestor.size);
    assert!(run.asked_for(0x5_1000, 0x5_1000 + 3 * 32), "labels");
    assert!(run.asked_for(0x6_1000, 0x6_1000 + ancestors), "ancestors");
    let texts = run.waves.last().expect("waves");
    assert_eq!(
        texts.len(),
        2,
        "a text and a list of pcs, each asked for once"
    );
    assert!(texts.iter().all(|span| span.len == 64));
}

#[test]
fn the_budget_holds_whatever_it_is() {
    let target = with_stack(4, [0x2_0000, 0x2_0800, 0x2_1000]);
    let all = run(&mut plan(LIMITS), &&target[..]).asked();
    for total_bytes in 0..=all {
        let mut plan = plan(Limits {
            total_bytes,
            ..LIMITS
        });
        let asked = run(&mut plan, &&target[..]).asked();
        assert!(asked <= total_bytes, "{asked} of {total_bytes}");
        assert_eq!(asked == all, total_bytes == all);
        // What did not fit is not passed over in silence.
        let omitted = usize::from(total_bytes < all);
        assert_eq!(plan.omissions(), &[Omission::Bytes][..omitted]);
    }
}

#[test]
fn a_stack_beyond_the_budget_is_said_to_be_left_out() {
    let target = with_stack(4, [0x2_0000, 0x2_0800, 0x2_1000]);
    let before_stacks = 24 + 8 + u64::from(fields(27).g.size);
    let mut plan = plan(Limits {
        total_bytes: before_stacks,
        ..LIMITS
    });
    let run = run(&mut plan, &&target[..]);
    assert!(!run.touched(0x2_0000, 0x2_1000));
    assert_eq!(plan.omissions(), [Omission::Bytes]);
}

#[test]
fn no_limit_of_goroutines_is_too_large_to_count_with() {
    for goroutines in [1 << 61, u64::MAX] {
        let limits = Limits {
            goroutines,
            ..LIMITS
        };
        for claimed in [(1 << 61) - 1, 1 << 61, u64::MAX] {
            let target = [slice(0x1000, 0x2000, claimed)];
            let mut plan = plan(limits);
            let run = run(&mut plan, &&target[..]);
            assert!(run.asked() <= limits.total_bytes, "{claimed:#x} claimed");
            assert!(plan.omissions().contains(&Omission::Bytes));
        }
    }
}

#[test]
fn no_limit_of_lists_texts_and_stacks_is_too_large_to_count_with() {
    let limits = Limits {
        list_len: u64::MAX,
        text_bytes: u64::MAX,
        stack_bytes: u64::MAX,
        ..LIMITS
    };
    assert!(endless_lists(limits).asked() <= limits.total_bytes);
}
