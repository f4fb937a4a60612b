//! The runtime's threads and processors, and how a plan comes by them and by the threads' stacks.

use crate::executor::{only_allgs, root, run_with, span};
use crate::records::{Record, fields, g, slice, words};
use gopeek_layout::Limits;
use gopeek_layout::capture::ThreadStacks;
use gopeek_layout::fields::Fields;
use gopeek_layout::roots::Roots;
use gopeek_layout::rules::rules;
use gopeek_layout::sched::{ms, ps};
use gopeek_layout::testing::Bytes;
use gopeek_layout::{Addr, Plan};

fn roots() -> Roots {
    Roots {
        allm: Some(root(0x1100)),
        allp: Some(root(0x1180)),
        ..only_allgs(0x1000)
    }
}

/// The M with the number `id` at 0x3000 * (id + 10), whose g0 has the stack `[0x100000 * (id + 1), + 0x4000)`.
fn m(fields: &Fields, id: u64, next: u64) -> [Bytes; 2] {
    let at = m_at(id);
    let (g0, stack) = (at + 0x2000, 0x10_0000 * (id + 1));
    let m = Record::new(at, fields.m.size)
        .set(fields.m.id, id)
        .set(fields.m.procid, 100 + id)
        .set(fields.m.g0, g0)
        .set(fields.m.blocked, 1)
        .set(fields.m.all_link, next);
    let g0 = g(fields, g0)
        .set(fields.g.stack_lo, stack)
        .set(fields.g.stack_hi, stack + 0x4000);
    [m.bytes(), g0.bytes()]
}

fn m_at(id: u64) -> u64 {
    0x3000 * (id + 10)
}

/// A target with no goroutines, the Ms 2, 1 and 0 in that order, and two Ps.
fn target(minor: u16) -> Vec<Bytes> {
    let fields = fields(minor);
    let p = |at, id| {
        Record::new(at, fields.p.size)
            .set(fields.p.id, id)
            .set(fields.p.status, 1)
            .set(fields.p.m, m_at(id))
            .bytes()
    };
    let mut target = vec![
        slice(0x1000, 0x2000, 0),
        words(0x1100, &[m_at(2)]),
        slice(0x1180, 0x2100, 2),
        words(0x2100, &[0x80_0000, 0x81_0000]),
        p(0x80_0000, 0),
        p(0x81_0000, 1),
    ];
    target.extend(m(fields, 2, m_at(1)));
    target.extend(m(fields, 1, m_at(0)));
    target.extend(m(fields, 0, 0));
    for id in 0..3 {
        target.push(Bytes::at(0x10_0000 * (id + 1)).up_to(0x4000));
    }
    target
}

fn plan(minor: u16) -> Plan<'static> {
    Plan::new(fields(minor), rules(minor), roots(), Limits::default())
}

#[test]
fn all_ms_and_ps_come_whether_they_were_expected_or_not() {
    for minor in 19..=27 {
        let fields = fields(minor);
        for expected in [
            vec![],
            vec![m_at(1), m_at(0)],
            vec![m_at(2), m_at(1), m_at(0)],
        ] {
            let waves = expected.len();
            let expected = expected.into_iter().map(Addr::new).collect();
            let mut plan = plan(minor).expecting(expected);
            let run = run_with(&mut plan, &&target(minor)[..], &[]);
            let got = &&run.got[..];
            let limits = Limits::default();
            let ms = ms(got, fields, &roots(), &limits);
            let ids: Vec<_> = ms.iter().map(|m| (m.id, m.procid, m.blocked)).collect();
            assert_eq!(ids, [(2, 102, true), (1, 101, true), (0, 100, true)]);
            assert!(ms.iter().all(|m| m.g0.is_some() && m.gsignal.is_none()));
            let ps = ps(got, fields, &roots(), &limits);
            let ids: Vec<_> = ps.iter().map(|p| (p.id, p.status, p.m)).collect();
            assert_eq!(
                ids,
                [(0, 1, Addr::new(m_at(0))), (1, 1, Addr::new(m_at(1)))]
            );
            // Those that were expected come at once, the others one by one.
            let one_by_one = 3 - waves + usize::from(waves > 0);
            assert_eq!(
                run.waves.len(),
                3 + one_by_one,
                "1.{minor}, {waves} expected"
            );
        }
    }
}

#[test]
fn of_a_threads_stack_what_is_in_use_comes() {
    let mut plan = plan(27);
    let sps = [0x10_3f00, 0x20_0010].map(Addr::new);
    let run = run_with(&mut plan, &&target(27)[..], &sps);
    assert!(run.asked_for(0x10_3f00, 0x10_4000));
    assert!(run.asked_for(0x20_0010, 0x20_4000));
    assert!(!run.touched(0x30_0000, 0x30_4000));
}

#[test]
fn a_thread_that_is_on_no_stack_of_the_runtimes_is_in_c() {
    let limits = Limits {
        thread_stack_bytes: 0x100,
        ..Limits::default()
    };
    let mut plan = Plan::new(fields(27), rules(27), roots(), limits);
    let sps = [0x7777_0000, 0x10_0010].map(Addr::new);
    let run = run_with(&mut plan, &&target(27)[..], &sps);
    assert!(run.asked_for(0x7777_0000, 0x7777_0100));
    assert_eq!(run.waves.last().map(Vec::len), Some(2));
    assert!(
        run.asked_for(0x10_0010, 0x10_0110),
        "no more than the limit"
    );
}

#[test]
fn a_list_of_ms_in_a_circle_comes_to_an_end() {
    let fields = fields(27);
    let limits = Limits {
        threads: 7,
        ..Limits::default()
    };
    let mut target = vec![slice(0x1000, 0x2000, 0), words(0x1100, &[m_at(1)])];
    target.extend(m(fields, 1, m_at(1)));
    let mut plan = Plan::new(fields, rules(27), roots(), limits);
    let run = run_with(&mut plan, &&target[..], &[]);
    assert_eq!(ms(&&run.got[..], fields, &roots(), &limits).len(), 7);
    assert!(
        run.asked_for(
            m_at(1),
            span(m_at(1), m_at(1) + u64::from(fields.m.size))
                .end()
                .unwrap()
                .get()
        )
    );
}

/// A target with one M that C made, whose g0 has the stack from `lo` to `hi`, and goes on at `sp` on it.
fn made_by_c(minor: u16, [lo, sp, hi]: [u64; 3]) -> Vec<Bytes> {
    let fields = fields(minor);
    let (at, g0) = (m_at(0), m_at(0) + 0x2000);
    let mut m = Record::new(at, fields.m.size).set(fields.m.g0, g0);
    if let Some(is_extra) = fields.m.is_extra {
        m = m.set(is_extra, 1);
    }
    let g0 = g(fields, g0)
        .set(fields.g.stack_lo, lo)
        .set(fields.g.stack_hi, hi)
        .set(fields.g.sched_sp, sp);
    vec![
        slice(0x1000, 0x2000, 0),
        words(0x1100, &[at]),
        m.bytes(),
        g0.bytes(),
    ]
}

#[test]
fn where_a_stack_does_not_end_with_a_page_its_outermost_frames_lie_beyond_the_end() {
    for (hi, end) in [
        (0x10_4000, 0x10_4000),
        (0x10_3f10, 0x10_4000),
        (0x10_3010, 0x10_3210),
    ] {
        let target = made_by_c(27, [0x10_0000, 0x10_2800, hi]);
        let run = run_with(&mut plan(27), &&target[..], &[Addr::new(0x10_2000)]);
        assert_eq!(run.waves.last(), Some(&vec![span(0x10_2000, end)]));
    }
}

#[test]
fn of_a_stack_that_c_made_pieces_below_come_though_there_is_nothing_at_its_front() {
    let limits = Limits {
        thread_stack_bytes: 0x1_0000,
        ..Limits::default()
    };
    // The kernel has made it as far down as 0x7f6000.
    let (made, sp) = (0x7f_6000, 0x7f_c000);
    for (minor, lo, hi) in [(27, 0x70_0000, sp + 0x400), (19, sp - 0x8000, sp + 0x400)] {
        let mut target = made_by_c(minor, [lo, sp, hi]);
        target.push(Bytes::at(made).up_to(0xa000));
        let plan = Plan::new(fields(minor), rules(minor), roots(), limits);
        let mut plan = plan.with_thread_stacks(ThreadStacks::C);
        let run = run_with(&mut plan, &&target[..], &[]);
        assert!(run.asked_for(sp, sp + 0x1_0000), "1.{minor}");
        assert!(run.asked_for(sp - 0x4000, sp), "1.{minor}");
        assert!(!run.asked_for(made - 0x1000, sp), "1.{minor}");
    }
}
