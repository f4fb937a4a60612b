//! Filters over reports made by hand: what saved cores don't have, and what becomes of indexes.

use crate::reports::{creator, goroutine, push_frame, report};
use gopeek_layout::labels::Label;
use gopeek_ui::filter::Filter;
use gopeek_ui::report::{
    Case, Finding, Grade, Group, Kind, Object, Purpose, Report, Suspect, Trouble, Wait, Waiter,
    Weight,
};
use std::sync::Arc;
use std::time::Duration;

/// The numbers of the goroutines that match.
fn matching(report: &Report, filter: &str) -> Vec<u64> {
    let filter: Filter = filter.parse().unwrap();
    let matcher = filter.over(report);
    let all = report.goroutines.iter();
    all.filter(|it| matcher.matches(it))
        .map(|it| it.id)
        .collect()
}

fn object(addr: u64, waiters: &[u32], suspects: &[u32]) -> Object {
    let waiter = |&goroutine: &u32| Waiter {
        goroutine,
        purpose: Purpose::Wait,
        select: false,
        sole: true,
    };
    let suspect = |&goroutine: &u32| Suspect {
        goroutine,
        grade: Grade::Likely,
        evidence: Vec::new(),
    };
    Object {
        addr,
        name: None,
        kind: Kind::Cond,
        waiters: waiters.iter().map(waiter).collect(),
        suspects: suspects.iter().map(suspect).collect(),
        unreachable: false,
        reached_from: None,
        unheld: false,
        exhausted: false,
        unread: false,
        global: false,
    }
}

fn finding(culprits: &[u32], objects: &[u32]) -> Finding {
    Finding {
        what: Trouble::PileUp,
        weight: Weight::Stuck,
        grade: Grade::Likely,
        text: String::new(),
        culprits: culprits.to_vec(),
        objects: objects.to_vec(),
        held_up: 7,
        ..Finding::default()
    }
}

fn group(goroutines: &[u32], idle: Option<&'static str>) -> Group {
    Group {
        goroutines: goroutines.to_vec(),
        state: Arc::from("chan receive"),
        resource: None,
        work: None,
        has: Vec::new(),
        idle,
        users: None,
    }
}

/// Goroutines 1 to 4: 1 and 2 wait at the first object, which 3 may hold; 4 waits at the second, which nobody holds.
fn four() -> Report {
    let mut report = report(26);
    for id in 1..=4 {
        let mut one = goroutine(id);
        one.addr = 0xc000 + id;
        let object = u32::from(id == 4);
        one.wait = (id != 3).then(|| Wait::On {
            cases: Box::from([Case {
                object,
                purpose: Purpose::Wait,
            }]),
            select: false,
        });
        report.goroutines.push(one);
    }
    report.objects = vec![object(0xa0, &[0, 1], &[2]), object(0xb0, &[3], &[])];
    report.groups = vec![group(&[0, 1, 2], None), group(&[3], Some("accept loop"))];
    report.findings = vec![finding(&[2], &[0]), finding(&[], &[1]), finding(&[], &[])];
    report
}

#[test]
fn no_comparison_holds_of_a_time_that_is_not_known() {
    let mut report = four();
    report.goroutines[0].waited = Some(Duration::from_secs(300));
    report.goroutines[1].waited = Some(Duration::from_secs(301));
    assert_eq!(matching(&report, "wait>5m"), [2]);
    assert_eq!(matching(&report, "wait>=5m"), [1, 2]);
    assert_eq!(matching(&report, "wait<301s"), [1]);
    assert_eq!(matching(&report, "wait<=301s"), [1, 2]);
    assert_eq!(matching(&report, "not wait>5m"), [1, 3, 4]);
}

#[test]
fn states_are_those_of_the_header_and_wait_is_all_that_wait() {
    let mut report = four();
    for (index, status, state) in [(0, 2, "running"), (1, 4, "IO wait"), (2, 10, "leaked")] {
        report.goroutines[index].status = status;
        report.goroutines[index].state = Arc::from(state);
    }
    report.goroutines[2].leaked = true;
    assert_eq!(matching(&report, "state=wait"), [2, 3, 4]);
    assert_eq!(matching(&report, "state=\"io wait\""), [2]);
    assert_eq!(matching(&report, "state!=running"), [2, 3, 4]);
    assert_eq!(matching(&report, "state~wait"), [2]);
}

#[test]
fn frames_labels_creators_and_objects_are_asked() {
    let mut report = four();
    let mut changed = report.goroutines[1].clone();
    push_frame(
        &mut report,
        &mut changed,
        &["main.inner", "main.(*Pool[go.shape.int]).Get"],
    );
    changed.labels = Arc::from([Label {
        key: b"tenant".to_vec(),
        value: b"acme".to_vec(),
    }]);
    changed.created_by = Some(creator("main.start", 1));
    changed.stack.words = Box::from([0xdd0]);
    changed.locked_m = 1;
    report.goroutines[1] = changed;
    report.goroutines[2].system = true;
    for holds in [
        "inner",
        "fn=main.inner",
        "fn=main.(*Pool[...]).Get",
        "fn~Pool.*Get$",
        "file=main.go",
        "label.tenant=acme and label.tenant~^a",
        "created=main.start and parent=1",
        "on=0xdd0",
        "locked",
    ] {
        assert_eq!(matching(&report, holds), [2], "{holds}");
    }
    for fails in [
        "fn=main.inne",
        "fn=main.(*Pool[...]).Put",
        "label.tenant=a",
        "tid=0",
        "on=0x0",
    ] {
        assert_eq!(matching(&report, fails), [] as [u64; 0], "{fails}");
    }
    assert_eq!(matching(&report, "system"), [3]);
    assert_eq!(matching(&report, "idle"), [4]);
    assert_eq!(matching(&report, "on=0xa0"), [1, 2, 3]);
    assert_eq!(matching(&report, "on=0xb0 or id=1"), [1, 4]);
}

#[test]
fn what_is_left_names_the_same_goroutines_as_before() {
    let mut report = four();
    report.retain(&[false, true, true, false]);
    let ids: Vec<u64> = report.goroutines.iter().map(|it| it.id).collect();
    assert_eq!(ids, [2, 3]);
    let [object] = &report.objects[..] else {
        panic!("{:?}", report.objects);
    };
    assert_eq!((object.addr, object.waiters[0].goroutine), (0xa0, 0));
    assert_eq!((object.waiters.len(), object.suspects[0].goroutine), (1, 1));
    assert_eq!(report.groups, [group(&[0, 1], None)]);
    assert_eq!(report.findings, [finding(&[1], &[0]), finding(&[], &[])]);
}

#[test]
fn objects_stay_for_a_suspect_and_are_renumbered_in_waits() {
    let mut report = four();
    report.retain(&[false, false, true, true]);
    assert_eq!(report.objects.len(), 2);
    assert!(report.objects[0].waiters.is_empty());

    let mut report = four();
    report.retain(&[false, false, false, true]);
    assert_eq!(report.objects.len(), 1);
    let Some(Wait::On { cases, .. }) = &report.goroutines[0].wait else {
        panic!("{:?}", report.goroutines[0].wait);
    };
    assert_eq!((cases[0].object, report.objects[0].addr), (0, 0xb0));
    assert_eq!(report.groups, [group(&[0], Some("accept loop"))]);
    assert_eq!(report.findings, [finding(&[], &[0]), finding(&[], &[])]);
}
