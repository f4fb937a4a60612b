//! A report that is right, and what is wrong once any member of it changes.

use serde_json::{Value, json};

use super::judge;

fn truth() -> Value {
    json!({
        "calm": false, "exit": [11], "count": 60, "place": ["main.order"], "resource": ["sql-conn"],
        "holders": [7, 8], "no_holder": false, "peer": "127.0.0.1:5432",
        "pool": {"max": 5, "in_use": 5, "waiting": null}, "what": ["blocked"], "age": 65,
    })
}

fn said() -> Value {
    json!({
        "findings": [{
            "what": "blocked", "weight": "stuck", "text": "60 goroutines", "culprits": [], "objects": [3],
            "held_up": 60, "place": {"func": "main.order"},
            "resource": {"kind": "sql-conn", "peer": "127.0.0.1:5432", "facts": {"max": 5, "in_use": 5}},
        }],
        "objects": [{"index": 3, "suspects": [{"goroutine": 8, "grade": "likely"}]}],
    })
}

fn wrong(truth: Value, said: Value, code: i32) -> Vec<String> {
    let truth = serde_json::from_value(truth).unwrap();
    let said = serde_json::from_value(said).unwrap();
    judge(&truth, &said, code)
}

/// The report is right, until what is at the path changes.
fn is_told(path: &str, value: Value, word: &str) {
    let mut said = said();
    *said.pointer_mut(path).unwrap() = value;
    let wrong = wrong(truth(), said, 11);
    assert_eq!(wrong.len(), 2, "{path}: {wrong:?}");
    assert!(wrong[0].starts_with(word), "{path}: {wrong:?}");
}

#[test]
fn a_right_report_has_nothing_wrong() {
    assert_eq!(wrong(truth(), said(), 11), Vec::<String>::new());
}

#[test]
fn every_member_counts() {
    is_told("/findings/0/what", json!("gc"), "kind");
    is_told("/findings/0/place", Value::Null, "place");
    is_told("/findings/0/place/func", json!("main.main"), "place");
    is_told("/findings/0/resource/kind", json!("mutex"), "resource");
    is_told("/findings/0/held_up", json!(59), "goroutines");
    is_told("/objects/0/suspects/0/goroutine", json!(9), "holder");
    is_told("/findings/0/objects", json!([]), "holder");
    is_told("/findings/0/resource/peer", json!("127.0.0.1:1"), "peer");
    is_told("/findings/0/resource/facts/max", json!("five"), "max");
    is_told("/findings/0/resource/facts/in_use", json!(4), "in_use");
    assert_eq!(wrong(truth(), said(), 10).len(), 2);
    assert_eq!(wrong(truth(), json!({"findings": []}), 11), ["no finding"]);
}

#[test]
fn a_culprit_is_a_holder_too() {
    let mut said = said();
    said["findings"][0]["culprits"] = json!([7]);
    said["objects"] = json!([]);
    assert_eq!(wrong(truth(), said, 11), Vec::<String>::new());
}

#[test]
fn nobody_may_be_said_to_hold_what_nobody_holds() {
    let mut truth = truth();
    truth["holders"] = json!([]);
    truth["no_holder"] = json!(true);
    assert_eq!(wrong(truth.clone(), said(), 11).len(), 2);
    let mut possible = said();
    possible["objects"][0]["suspects"][0]["grade"] = json!("possible");
    assert_eq!(wrong(truth.clone(), possible, 11), Vec::<String>::new());
    let mut next = said();
    next["objects"][0]["suspects"][0]["evidence"] = json!([{"kind": "next_writer"}]);
    assert_eq!(wrong(truth, next, 11), Vec::<String>::new());
}

#[test]
fn calm_is_without_alarms_and_without_leaks() {
    let mut truth = truth();
    truth["calm"] = json!(true);
    truth["exit"] = json!([0]);
    let with = |what: &str, weight: &str| json!({"findings": [{"what": what, "weight": weight}]});
    assert_eq!(wrong(truth.clone(), with("gc", "note"), 0).len(), 0);
    assert_eq!(wrong(truth.clone(), with("leak", "note"), 0).len(), 1);
    assert_eq!(wrong(truth.clone(), with("gc", "suspicious"), 0).len(), 1);
    assert_eq!(wrong(truth, with("gc", "note"), 10).len(), 1);
}
