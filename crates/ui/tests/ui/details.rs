//! Everything that is known of one goroutine.

use crate::reports::{call, creator, goroutine, machine, report, thread};
use gopeek_layout::labels::Label;
use gopeek_layout::value::Value;
use gopeek_ui::error::InspectError;
use gopeek_ui::render::details;
use gopeek_ui::render::runtime_stack::Style;
use gopeek_ui::report::{Defer, Detail, Fault, Goroutine, Panic, Place, Report, Thread};
use std::sync::Arc;
use std::time::Duration;

fn place(function: &str) -> Place {
    Place {
        call: call(function),
        function: call(function),
        offset: 0,
    }
}

fn detail() -> Detail {
    Detail {
        status_word: 0x1004,
        status: Arc::from("waiting"),
        stack: (0x1000, 0x1800),
        started: Some(place("main.worker")),
        signal: None,
        defers: Vec::new(),
        panics: Vec::new(),
        variables: Vec::new(),
    }
}

fn text(mut report: Report, goroutine: Goroutine, detail: Detail) -> String {
    let id = goroutine.id;
    report.goroutines.push(Goroutine {
        detail: Some(Box::new(detail)),
        ..goroutine
    });
    let chosen = details::select(&report, &[id]).unwrap();
    let mut out = Vec::new();
    details::write(&mut out, &report, Style::default(), &chosen).unwrap();
    String::from_utf8(out).unwrap()
}

/// The value of the fact called `name`; the first of several.
fn fact(text: &str, name: &str) -> String {
    let line = text
        .lines()
        .find(|line| line.trim_start().starts_with(name))
        .expect(name);
    line.trim_start()[name.len()..].trim_start().to_owned()
}

#[test]
fn a_goroutine_that_is_not_there_is_an_error_of_its_own() {
    let error = details::select(&report(27), &[7]).unwrap_err();
    assert!(matches!(error, InspectError::NoGoroutine { id: 7 }));
    assert_eq!(error.code(), 3);
}

#[test]
fn what_a_dump_does_not_print() {
    let mut report = report(27);
    report.threads = vec![Thread {
        m: Some(machine(3, 0xb0)),
        ..thread(4242)
    }];
    let waiting = Goroutine {
        waited: Some(Duration::from_secs(200)),
        m: 0xb0,
        labels: Arc::from([Label {
            key: b"job".to_vec(),
            value: b"a\xff".to_vec(),
        }]),
        ..goroutine(7)
    };
    let text = text(report, waiting, detail());
    assert!(text.starts_with("goroutine 7 [chan receive, 3 minutes] {job: \"a\\xff\"}:\n"));
    assert_eq!(fact(&text, "g "), "0xc000, status 0x1004 (waiting)");
    assert!(fact(&text, "blocked").starts_with("for at least 200 s"));
    assert_eq!(
        fact(&text, "stack"),
        "0x1000 to 0x1800, ? of 2048 bytes used"
    );
    assert_eq!(fact(&text, "walked from"), "where the scheduler saved it");
    assert_eq!(fact(&text, "thread"), "tid 4242, m3");
    assert_eq!(fact(&text, "label"), r#""job": "a\xff""#);
    assert_eq!(fact(&text, "started with"), "main.worker main.go:1");
}

#[test]
fn creators_are_followed_while_they_live() {
    let mut report = report(27);
    let of = |id, parent| Goroutine {
        created_by: Some(creator("main.spawn", parent)),
        ..goroutine(id)
    };
    // The first goroutine of all names the runtime as its maker, which says nothing.
    report.goroutines = vec![of(5, 4), of(1, 0)];
    let chain = text(report.clone(), of(7, 5), detail());
    let made: Vec<_> = chain
        .lines()
        .filter(|line| line.contains("  created by"))
        .collect();
    assert_eq!(made.len(), 2);
    assert!(made[0].ends_with("main.spawn main.go:1, in goroutine 5 [chan receive]"));
    assert!(made[1].ends_with("main.spawn main.go:1, in goroutine 4, which has ended"));
    let main = text(report, of(8, 1), detail());
    assert_eq!(main.matches("  created by").count(), 1);
}

#[test]
fn what_it_is_yet_to_do() {
    let value = |text: Option<&str>| Value {
        type_name: "*fs.PathError".to_owned(),
        text: text.map(str::to_owned),
    };
    let panic = |value, recovered| Panic { value, recovered };
    let text = text(
        report(27),
        goroutine(7),
        Detail {
            signal: Some(Fault {
                signal: 11,
                code: 1,
                address: 0x10,
                place: Some(place("main.deref")),
            }),
            defers: vec![
                Defer {
                    function: Arc::from("main.f.func1"),
                    place: Some(place("main.f")),
                    exact: true,
                },
                Defer {
                    function: Arc::from("sync.(*Mutex).Unlock"),
                    place: Some(Place {
                        call: call("main.inlined"),
                        ..place("main.g")
                    }),
                    exact: false,
                },
            ],
            panics: vec![
                panic(Some(value(Some("&fs.PathError{...}"))), true),
                panic(Some(value(None)), false),
                panic(None, false),
            ],
            ..detail()
        },
    );
    let expected = "signal 11, code 0x1, address 0x10, at main.deref main.go:1";
    assert_eq!(fact(&text, "fault"), expected);
    for line in [
        "deferred     main.f.func1  deferred at main.f main.go:1",
        "deferred     sync.(*Mutex).Unlock  deferred in main.g main.go:1",
        "panic        *fs.PathError &fs.PathError{...}, recovered",
        "panic        *fs.PathError not readable",
        "panic        runtime.Goexit",
    ] {
        assert!(text.contains(&format!("  {line}\n")), "{line} in {text}");
    }
}
