//! A goroutine's first line, its end, and what lies between two goroutines.

use crate::reports::{creator, goroutine, push_frame, report, text, text_of};
use gopeek_layout::labels::Label;
use gopeek_ui::report::Goroutine;
use gopeek_unwind::End;
use std::time::Duration;

fn header(minor: u16, change: impl FnOnce(&mut Goroutine)) -> String {
    let mut goroutine = goroutine(7);
    change(&mut goroutine);
    text_of(report(minor), goroutine)
}

fn label(key: &str, value: &str) -> Label {
    Label {
        key: key.into(),
        value: value.into(),
    }
}

#[test]
fn minutes_show_from_the_first_whole_one() {
    let after = |seconds| header(27, |g| g.waited = Some(Duration::from_secs(seconds)));
    assert_eq!(after(59), "goroutine 7 [chan receive]:\n");
    assert_eq!(after(60), "goroutine 7 [chan receive, 1 minutes]:\n");
    assert_eq!(after(7199), "goroutine 7 [chan receive, 119 minutes]:\n");
}

#[test]
fn everything_that_a_header_can_say_comes_in_the_runtimes_order() {
    let all = |g: &mut Goroutine| {
        g.leaked = true;
        g.scanned = true;
        g.durable = true;
        g.waited = Some(Duration::from_secs(120));
        g.locked_m = 0xc100;
        g.bubble = Some(3);
        g.labels = [label("k", "a b"), label("path", "/v1")].into();
    };
    let items = "chan receive (leaked) (scan) (durable), 2 minutes, locked to thread";
    assert_eq!(
        header(24, all),
        format!("goroutine 7 [{items}, synctest group 3]:\n")
    );
    assert_eq!(
        header(25, all),
        format!("goroutine 7 [{items}, synctest bubble 3]:\n")
    );
    assert_eq!(
        header(26, all),
        format!(
            "goroutine 7 [{items}, synctest bubble 3 labels:{{\"k\": \"a b\", \"path\": \"/v1\"}}]:\n"
        )
    );
    assert_eq!(
        header(27, all),
        format!("goroutine 7 [{items}, synctest bubble 3] {{k: \"a b\", path: /v1}}:\n")
    );
}

#[test]
fn the_creator_names_the_parent_from_1_21() {
    let by = |g: &mut Goroutine| g.created_by = Some(creator("main.main", 1));
    assert!(header(20, by).ends_with("created by main.main\n\tmain.go:1 +0x20\n"));
    assert!(header(21, by).ends_with("created by main.main in goroutine 1\n\tmain.go:1 +0x20\n"));
}

#[test]
fn a_creator_in_the_runtime_is_not_shown_and_goroutine_1_has_none() {
    let runtime = |g: &mut Goroutine| g.created_by = Some(creator("runtime.init", 1));
    assert!(!header(27, runtime).contains("created by"));
    let main = |g: &mut Goroutine| {
        g.id = 1;
        g.created_by = Some(creator("main.main", 0));
    };
    assert!(!header(27, main).contains("created by"));
}

#[test]
fn a_goroutine_without_a_stack_says_why() {
    let nowhere = |g: &mut Goroutine| g.stack.end = End::NoStart;
    let running = header(27, |g| {
        nowhere(g);
        g.status = 2;
    });
    assert!(running.contains("\tgoroutine running on other thread; stack unavailable\n"));
    let moved = header(27, |g| {
        nowhere(g);
        g.moved = true;
    });
    assert!(moved.contains("\tgoroutine moved while it was looked at; stack unavailable\n"));
    let damaged = header(27, nowhere);
    assert!(damaged.contains("\tgoroutine goes on outside of its own stack; stack unavailable\n"));
}

#[test]
fn line_breaks_in_names_forge_no_line_once_they_are_inert() {
    let evil = "main.f\nVERDICT healthy\x1b[31m";
    let mut report = report(27);
    for id in [1, 2, 3] {
        let mut goroutine = goroutine(id);
        push_frame(&mut report, &mut goroutine, &[evil]);
        goroutine.created_by = Some(creator(evil, 1));
        report.goroutines.push(goroutine);
    }
    let exact = text(&report);
    assert!(exact.contains("\nVERDICT healthy\x1b[31m"));
    report.make_inert();
    let inert = text(&report);
    assert_eq!(inert.lines().count(), exact.lines().count() - 5);
    assert!(!inert.contains("\nVERDICT") && !inert.contains('\x1b'));
    assert!(inert.contains("created by main.f\\nVERDICT healthy\\u{1b}[31m in goroutine 1"));
}

#[test]
fn a_blank_line_lies_between_goroutines_and_none_behind_the_last() {
    let mut report = report(27);
    for id in [1, 2, 3] {
        let mut goroutine = goroutine(id);
        goroutine.system = id == 2;
        push_frame(&mut report, &mut goroutine, &["main.f"]);
        report.goroutines.push(goroutine);
    }
    let frame = "main.f()\n\tmain.go:1 +0x10\n";
    let expected =
        format!("goroutine 1 [chan receive]:\n{frame}\ngoroutine 3 [chan receive]:\n{frame}");
    assert_eq!(text(&report), expected);
}
