//! Profiles, read back.

mod reader;

use crate::reports::{creator, goroutine, push_frame, report};
use gopeek_layout::labels::Label;
use gopeek_ui::render::pprof::{self, Samples};
use gopeek_ui::report::{Case, Goroutine, Kind, Mutex, Object, Purpose, Report, Wait};
use reader::{Profile, read};
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

fn profile(report: &Report, samples: Samples) -> Profile {
    let mut out = Vec::new();
    let shown: Vec<&Goroutine> = report.goroutines.iter().collect();
    pprof::write(&mut out, report, &shown, samples).unwrap();
    read(&out)
}

/// Three goroutines, two of which are at the same place with the same labels; they wait for a mutex.
fn waiting() -> Report {
    let mut report = report(27);
    report.taken.at = Some(UNIX_EPOCH + Duration::from_secs(7));
    let label = Label {
        key: b"tenant".to_vec(),
        value: b"a".to_vec(),
    };
    for id in 1..=3 {
        let mut one = Goroutine {
            waited: Some(Duration::from_secs(130)),
            created_by: Some(creator("main.main", 1)),
            wait: Some(Wait::On {
                cases: Box::from([Case {
                    object: 0,
                    purpose: Purpose::Lock,
                }]),
                select: false,
            }),
            ..goroutine(id)
        };
        if id > 1 {
            one.labels = Arc::from([label.clone()]);
        }
        push_frame(&mut report, &mut one, &["main.inlined", "main.f"]);
        report.goroutines.push(one);
    }
    // Their frames are one site, as those of a target are.
    for path in &mut report.paths {
        path.steps.iter_mut().for_each(|step| step.site = 0);
    }
    report.sites[0].calls[1].start_line = 40;
    report.objects.push(Object {
        addr: 0xc001,
        name: Some(Arc::from("main.mu")),
        kind: Kind::Mutex(Mutex::default()),
        waiters: Vec::new(),
        suspects: Vec::new(),
        unreachable: false,
        reached_from: None,
        unheld: false,
        exhausted: false,
        unread: false,
        global: false,
    });
    report
}

#[test]
fn goroutines_of_one_stack_and_the_same_labels_are_one_sample() {
    let profile = profile(&waiting(), Samples::Aggregated);
    assert_eq!(profile.sample_type, ("goroutine".into(), "count".into()));
    assert_eq!(profile.period_type, profile.sample_type);
    assert_eq!(profile.period, 1);
    assert_eq!(profile.time_nanos, 7_000_000_000);
    let counts: Vec<u64> = profile.samples.iter().map(|it| it.count).collect();
    assert_eq!(counts, [2, 1]);
    assert_eq!(profile.samples[0].labels, ["tenant=a"]);
    assert!(profile.samples[1].labels.is_empty());
    assert_eq!(profile.samples[0].stack, profile.samples[1].stack);
}

#[test]
fn a_location_has_the_calls_own_address_and_its_inlined_calls_first() {
    let mut report = waiting();
    let location = profile(&report, Samples::Aggregated).samples[0].stack[0].clone();
    assert_eq!(location.address, 0x40_100f);
    let functions: Vec<_> = location.lines.iter().map(|it| &it.function[..]).collect();
    assert_eq!(functions, ["main.inlined", "main.f"]);
    assert_eq!(location.lines[1].start, 40);
    assert_eq!(location.lines[1].number, 1);
    assert_eq!(
        location.mapping,
        "/usr/bin/orders 0x400000 0x500000 0x0 c0ffee"
    );
    report.sites[0].trap = true;
    let location = &profile(&report, Samples::Aggregated).samples[0].stack[0];
    assert_eq!(location.address, 0x40_1010);
}

#[test]
fn a_sample_of_one_goroutine_says_which_and_what_it_does() {
    let profile = profile(&waiting(), Samples::PerGoroutine);
    assert_eq!(profile.samples.len(), 3);
    assert_eq!(
        profile.samples[2].labels,
        [
            "tenant=a",
            "go::goroutine=3",
            "go::goroutine_created_by=1",
            "go::goroutine_wait_minutes=2",
            "go::goroutine_state=chan receive",
            "blocked_on=0xc001 main.mu",
        ]
    );
    assert!(profile.samples.iter().all(|sample| sample.count == 1));
}

#[test]
fn a_stack_that_is_not_known_counts() {
    let mut report = report(27);
    report.goroutines.push(goroutine(1));
    let profile = profile(&report, Samples::Aggregated);
    let line = &profile.samples[0].stack[0].lines[0];
    assert_eq!(line.function, "gopeek.stackUnavailable");
}
