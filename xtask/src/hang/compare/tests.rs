use super::{Outcome, Said, Share, Truth, compare};

const TRUTH: &str = r#"{"stuck": true, "culprits": [5], "sleeping": [5],
  "objects": [{"kind": "mutex", "addr": "0xc0", "holders": [5], "waiters": [
    {"goid": 6, "purpose": "lock", "select": false}, {"goid": 7, "purpose": "lock", "select": false}]}]}"#;

const SAID: &str = r#"{"goroutines": [{"id": 5, "wait": "sleep"},
    {"id": 6, "wait": "object", "blocked_on": [{"object": 0, "purpose": "lock"}]},
    {"id": 7, "wait": "object", "blocked_on": [{"object": 0, "purpose": "lock"}]}],
  "objects": [{"index": 0, "kind": "mutex", "address": "0xc0",
    "waiters": [{"goroutine": 6, "purpose": "lock", "select": false},
      {"goroutine": 7, "purpose": "lock", "select": false}],
    "suspects": [{"goroutine": 5, "grade": "likely", "evidence": [{"kind": "only_one"}]}]}],
  "findings": [{"what": "pile_up", "weight": "stuck", "culprits": [5], "text": "it"}]}"#;

fn outcome(truth: &str, said: &str) -> Outcome {
    let truth: Truth = serde_json::from_str(truth).unwrap();
    let said: Said = serde_json::from_str(said).unwrap();
    compare(&truth, &said)
}

fn share(right: usize, of: usize) -> Share {
    Share { right, of }
}

#[test]
fn what_is_right_is_counted() {
    let outcome = outcome(TRUTH, SAID);
    assert_eq!(outcome.goroutines, share(3, 3));
    assert_eq!(outcome.objects, share(1, 1));
    assert_eq!(outcome.culprits, share(1, 1));
    assert_eq!(outcome.likely, share(1, 1));
    assert_eq!(outcome.certain, share(0, 0));
    assert!(outcome.differences.is_empty());
}

#[test]
fn every_difference_is_wrong() {
    for (from, to, differences) in [
        // Another purpose at the goroutine, and one waiter less at the object.
        (r#"[{"object": 0, "purpose": "lock"}]"#, "[]", 2),
        (
            r#"{"goroutine": 6, "purpose": "lock", "select": false},"#,
            "",
            1,
        ),
        (
            r#"6, "purpose": "lock", "select": false"#,
            r#"6, "purpose": "lock", "select": true"#,
            1,
        ),
        ("0xc0", "0xc8", 3),
        (r#""kind": "mutex""#, r#""kind": "once""#, 3),
        (r#""wait": "sleep""#, r#""wait": "forever""#, 1),
        (r#""culprits": [5]"#, r#""culprits": [6, 5]"#, 1),
        (r#"{"goroutine": 5,"#, r#"{"goroutine": 6,"#, 1),
        (r#""address""#, r#""unreachable": true, "address""#, 2),
    ] {
        assert!(SAID.contains(from), "{from}");
        let outcome = outcome(TRUTH, &SAID.replace(from, to));
        assert_eq!(
            outcome.differences.len(),
            differences,
            "{from}: {:?}",
            outcome.differences
        );
    }
}

#[test]
fn a_certain_suspect_must_hold_it_unless_it_is_only_the_next() {
    let certain = SAID
        .replace("likely", "certain")
        .replace(r#"{"goroutine": 5,"#, r#"{"goroutine": 6,"#);
    assert_eq!(outcome(TRUTH, &certain).certain, share(0, 1));
    let next = certain.replace("only_one", "next_writer");
    assert_eq!(outcome(TRUTH, &next).certain, share(0, 0));
}

#[test]
fn where_nothing_is_wrong_only_notes_may_be_made() {
    let truth = TRUTH.replace(r#""stuck": true"#, r#""stuck": false"#);
    assert_eq!(outcome(&truth, SAID).calm, share(0, 1));
    let noted = SAID.replace(r#""weight": "stuck""#, r#""weight": "note""#);
    assert_eq!(outcome(&truth, &noted).calm, share(1, 1));
}

#[test]
fn a_circle_is_a_deadlock_of_the_same_goroutines() {
    let truth = TRUTH.replace(r#""stuck": true"#, r#""stuck": true, "cycle": [5, 6]"#);
    assert_eq!(outcome(&truth, SAID).cycles, share(0, 1));
    let said = SAID.replace("pile_up", "deadlock");
    assert_eq!(outcome(&truth, &said).cycles, share(0, 1));
    let said = said.replace(r#""culprits": [5]"#, r#""culprits": [6, 5]"#);
    assert_eq!(outcome(&truth, &said).cycles, share(1, 1));
}

#[test]
fn leaks_are_compared_in_both_directions() {
    let truth = TRUTH.replace(r#""stuck": true"#, r#""stuck": true, "leaked": [6, 8]"#);
    let said = SAID.replace(r#""address""#, r#""unreachable": true, "address""#);
    // Of 6, 7 and 8, only 6 is and is said to be.
    assert_eq!(outcome(&truth, &said).leaks, share(1, 3));
}
