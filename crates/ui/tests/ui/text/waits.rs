//! What a text says of waits: objects by arguments, pile-ups, and holders where the text proves them.

use serde_json::Value;
use std::fmt::Write as _;
use std::fs;

/// What `--json` says of a text.
fn json(text: &str) -> Value {
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), text).unwrap();
    super::command::json(file.path())
}

fn findings(document: &Value) -> Vec<String> {
    let all = document["findings"].as_array().unwrap().iter();
    all.map(|it| {
        format!(
            "{}: {}",
            it["weight"].as_str().unwrap(),
            it["text"].as_str().unwrap()
        )
    })
    .collect()
}

fn waiter(id: u64, live: &str) -> String {
    format!(
        "goroutine {id} [sync.Mutex.Lock, 5 minutes]:\nsync.runtime_SemacquireMutex(0xc0000bad?, 0x0?, 0x0?)\n\t/go/sema.go:95 +0x25\n\
         sync.(*Mutex).lockSlow({live})\n\t/go/mutex.go:149 +0x15a\nsync.(*Mutex).Lock(...)\n\t/go/mutex.go:46\n\
         main.work(0x{id:x})\n\t/src/main.go:12 +0x1d\ncreated by main.main in goroutine 1\n\t/src/main.go:7 +0x25\n\n"
    )
}

const MAIN: &str = "goroutine 1 [select]:\nmain.main()\n\t/src/main.go:9 +0x31\n\n";

#[test]
fn many_at_one_lock_are_a_pile_up_with_their_time() {
    let mut text = MAIN.to_owned();
    for id in 7..20 {
        text.push_str(&waiter(id, "0xc000012080"));
    }
    let document = json(&text);
    assert_eq!(document["objects"].as_array().unwrap().len(), 1);
    let object = &document["objects"][0];
    assert_eq!(object["kind"], "mutex");
    assert_eq!(object["address"], "0xc000012080");
    // What state it is in, no text tells.
    assert!(object.get("locked").is_none());
    let finding = &document["findings"][0];
    assert_eq!(finding["held_up"], 13);
    assert_eq!(finding["since_ns"], 300_000_000_000u64, "{finding}");
    assert_eq!(finding["place"]["func"], "main.work");
}

#[test]
fn an_argument_that_is_gone_is_no_address() {
    let mut text = MAIN.to_owned();
    for id in 7..20 {
        text.push_str(&waiter(id, "0xc000012080?"));
    }
    let document = json(&text);
    assert_eq!(document["objects"].as_array().unwrap().len(), 0);
    let said = findings(&document).join("\n");
    assert!(
        said.contains("13 goroutines (92 %) wait in sync.Mutex.Lock in main.work"),
        "{said}"
    );
    assert!(
        said.contains("the text does not say whether for one lock"),
        "{said}"
    );
}

#[test]
fn goroutines_that_run_each_others_once_are_deadlocked() {
    let mut text = MAIN.to_owned();
    // Each runs the function of one Once, and waits for the other.
    for (id, own, other) in [
        (7, 0xc000_1000u64, 0xc000_2000u64),
        (8, 0xc000_2000, 0xc000_1000),
    ] {
        let mutex = other + 4;
        let _ = write!(
            text,
            "goroutine {id} [sync.Mutex.Lock, 2 minutes]:\nsync.runtime_SemacquireMutex(0x0?, 0x0?, 0x0?)\n\t/go/sema.go:95 +0x25\n\
             sync.(*Mutex).lockSlow({mutex:#x})\n\t/go/mutex.go:149 +0x15a\nsync.(*Mutex).Lock(...)\n\t/go/mutex.go:46\n\
             sync.(*Once).doSlow({other:#x}, 0x1)\n\t/go/once.go:66 +0x1\nsync.(*Once).Do(...)\n\t/go/once.go:57\n\
             main.init{id}()\n\t/src/main.go:{id} +0x1d\nsync.(*Once).doSlow({own:#x}, 0x1)\n\t/go/once.go:74 +0x2\n\
             main.run{id}()\n\t/src/main.go:3{id} +0x1d\ncreated by main.main in goroutine 1\n\t/src/main.go:7 +0x25\n\n"
        );
    }
    let document = json(&text);
    let said = findings(&document);
    assert!(
        said[0].starts_with("stuck: deadlock of 2 goroutines: g"),
        "{said:?}"
    );
    assert_eq!(document["findings"][0]["grade"], "certain");
}

#[test]
fn what_the_runtime_says_it_died_of_is_the_verdict() {
    let text = format!("panic: boom\n\n{}", MAIN.replace("select", "running"));
    assert_eq!(
        findings(&json(&text))[0],
        "stuck: it crashed: panic: boom, in goroutine 1"
    );
    let text = format!("fatal error: all goroutines are asleep - deadlock!\n\n{MAIN}");
    let document = json(&text);
    assert_eq!(document["findings"][0]["what"], "deadlock");
    assert_eq!(document["findings"][0]["weight"], "stuck");
}
