//! What gostackparse makes of a dump, without the dump.

use crate::reports::{creator, goroutine, push_frame, report};
use gopeek_ui::render::gostackparse;
use gopeek_ui::report::{Goroutine, Report};
use serde_json::{Value, json};
use std::time::Duration;

fn parsed(report: &Report) -> Value {
    let mut out = Vec::new();
    let shown: Vec<&Goroutine> = report.goroutines.iter().collect();
    gostackparse::write(&mut out, report, &shown).unwrap();
    serde_json::from_slice(&out).unwrap()
}

#[test]
fn the_names_are_its_own_and_a_wait_is_in_whole_minutes() {
    let mut report = report(27);
    let mut one = Goroutine {
        durable: true,
        waited: Some(Duration::from_secs(125)),
        locked_m: 0xc100,
        created_by: Some(creator("main.main", 1)),
        ..goroutine(5)
    };
    push_frame(&mut report, &mut one, &["runtime.gopark"]);
    push_frame(&mut report, &mut one, &["main.leaf", "main.f[int]"]);
    report.goroutines.push(one);
    let frame = |name| json!({"Func": name, "File": "main.go", "Line": 1});
    assert_eq!(
        parsed(&report),
        json!([{
            "ID": 5,
            "State": "chan receive (durable)",
            "Wait": 120_000_000_000_u64,
            "LockedToThread": true,
            "Stack": [frame("main.leaf"), frame("main.f[...]")],
            "FramesElided": false,
            "CreatedBy": frame("main.main"),
        }])
    );
}

#[test]
fn each_has_a_frame() {
    let mut report = report(27);
    let mut parked = goroutine(1);
    push_frame(&mut report, &mut parked, &["runtime.gopark"]);
    report.goroutines = vec![parked, goroutine(2)];
    let read = parsed(&report);
    assert_eq!(read[0]["Stack"][0]["Func"], "runtime.gopark");
    assert_eq!(read[0]["CreatedBy"], Value::Null);
    let unavailable = json!([{"Func": "gopeek.stackUnavailable", "File": "??", "Line": 0}]);
    assert_eq!(read[1]["Stack"], unavailable);
}

#[test]
fn none_is_an_empty_list() {
    assert_eq!(parsed(&report(27)), json!([]));
}
