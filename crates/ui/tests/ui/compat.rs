//! Stacks as gostackparse and panicparse both read them.

use crate::reports::{creator, goroutine, push_frame, report};
use gopeek_layout::labels::Label;
use gopeek_ui::render::compat;
use gopeek_ui::report::{Goroutine, Report};
use gopeek_unwind::pclntab::args::ArgToken;
use std::sync::Arc;
use std::time::Duration;

const HEADER: &str = "goroutine 5 [chan receive (durable), 2 minutes, locked to thread]:\n";
const CREATOR: &str = "created by main.main\n\tmain.go:1 +0x20\n";

/// A goroutine with everything in its header that a parser may stumble over.
fn marked() -> Goroutine {
    Goroutine {
        durable: true,
        waited: Some(Duration::from_secs(125)),
        locked_m: 0xc100,
        bubble: Some(3),
        labels: Arc::from([Label {
            key: b"k".to_vec(),
            value: b"v".to_vec(),
        }]),
        created_by: Some(creator("main.main", 1)),
        ..goroutine(5)
    }
}

/// A report of Go 1.27 with one goroutine, whose stack is `depth` frames with these calls and arguments.
fn with_stack(calls: &[&str], args: &[ArgToken], depth: usize) -> Report {
    let mut report = report(27);
    let mut goroutine = marked();
    for _ in 0..depth {
        push_frame(&mut report, &mut goroutine, calls);
    }
    for site in &mut report.sites {
        site.args = args.to_vec();
    }
    goroutine.stack.words = Box::from([0x2a]);
    report.goroutines.push(goroutine);
    report
}

fn text(report: &Report) -> String {
    let mut out = Vec::new();
    compat::write(&mut out, report).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn labels_bubbles_and_the_parent_are_left_out() {
    let word = ArgToken::Word {
        offset: 0,
        size: 8,
        live: false,
    };
    let report = with_stack(&["main.leaf", "main.f[int]"], &[word], 1);
    let stack = "main.leaf(...)\n\tmain.go:1\nmain.f[...](0x2a?)\n\tmain.go:1 +0x10\n";
    assert_eq!(text(&report), format!("{HEADER}{stack}{CREATOR}"));
}

#[test]
fn no_frame_is_left_out() {
    let deep = text(&with_stack(&["main.f"], &[], 300));
    assert_eq!(deep.matches("main.f()\n").count(), 300);
    assert!(!deep.contains("elided"));
}

#[test]
fn a_stack_without_frames_has_one() {
    let mut report = with_stack(&[], &[], 0);
    report.goroutines.push(report.goroutines[0].clone());
    let one = format!("{HEADER}gopeek.stackUnavailable()\n\t??:0\n{CREATOR}");
    assert_eq!(text(&report), format!("{one}\n{one}"));
}

#[test]
fn a_stack_of_the_runtime_alone_is_shown_whole() {
    let report = with_stack(&["runtime.gopark"], &[], 1);
    assert!(text(&report).contains("runtime.gopark()\n"));
}

#[test]
fn braces_that_no_compiler_makes_are_not_printed() {
    let report = with_stack(&["main.f"], &[ArgToken::Open; 6], 1);
    assert!(text(&report).contains("main.f(...)\n"));
}
