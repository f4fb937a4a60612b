//! How long stacks are cut, before and since Go 1.21, and stacks of nothing but the runtime.

use crate::reports::{goroutine, push_frame, report, text_of};
use gopeek_ui::report::{Gap, LeftOut};

/// The function lines of a stack of these frames, innermost first.
fn shown(minor: u16, frames: &[Vec<&str>]) -> Vec<String> {
    let mut report = report(minor);
    let mut goroutine = goroutine(7);
    for calls in frames {
        push_frame(&mut report, &mut goroutine, calls);
    }
    let text = text_of(report, goroutine);
    let lines = text.lines().skip(1).filter(|line| !line.starts_with('\t'));
    lines.map(str::to_owned).collect()
}

fn deep(count: usize) -> Vec<Vec<&'static str>> {
    vec![vec!["main.f"]; count]
}

#[test]
fn up_to_a_hundred_calls_are_whole() {
    assert_eq!(shown(27, &deep(100)), vec!["main.f()"; 100]);
}

#[test]
fn since_1_21_fifty_of_each_end_stay() {
    for count in [101, 150, 1000] {
        let lines = shown(27, &deep(count));
        assert_eq!(lines.len(), 101, "{count} frames");
        assert_eq!(lines[50], format!("...{} frames elided...", count - 100));
    }
}

#[test]
fn frames_that_are_only_counted_are_elided_with_the_others() {
    let mut report = report(27);
    let mut goroutine = goroutine(7);
    for calls in deep(200) {
        push_frame(&mut report, &mut goroutine, &calls);
    }
    push_frame(&mut report, &mut goroutine, &["runtime.hidden"]);
    let left_out = |site, count| LeftOut {
        site,
        callee: 0,
        count,
    };
    goroutine.stack.gap = Some(Box::new(Gap {
        before: 100,
        kinds: vec![left_out(0, 9_000_000), left_out(200, 5)],
    }));
    let text = text_of(report, goroutine);
    let lines: Vec<&str> = text
        .lines()
        .filter(|line| !line.starts_with('\t'))
        .collect();
    assert_eq!(lines.len(), 1 + 101);
    assert_eq!(lines[51], "...9000100 frames elided...");
}

#[test]
fn hidden_frames_are_not_counted_since_1_21() {
    let mut frames = vec![vec!["runtime.gopark"]; 3];
    frames.extend(deep(100));
    assert_eq!(shown(27, &frames).len(), 100);
}

#[test]
fn a_cut_may_fall_within_a_physical_frame() {
    // 30 physical frames of 4 calls: the 50th call is the second of its frame.
    let frames = vec![vec!["main.a", "main.b", "main.c", "main.d"]; 30];
    let lines = shown(27, &frames);
    assert_eq!(
        lines[49..52],
        ["main.b(...)", "...20 frames elided...", "main.c(...)"]
    );
    assert_eq!(lines.len(), 101);
    assert_eq!(lines.last().unwrap(), "main.d()");
}

#[test]
fn before_1_21_the_walk_ends_after_a_hundred_physical_frames_hidden_ones_included() {
    let mut frames = vec![vec!["runtime.gopark"]; 3];
    frames.extend(deep(200));
    assert_eq!(shown(20, &frames), vec!["main.f()"; 97]);
    let all = shown(20, &deep(200));
    assert_eq!(
        (all.len(), all[100].as_str()),
        (101, "...additional frames elided...")
    );
}

#[test]
fn a_stack_of_nothing_but_the_runtime_is_shown_after_all() {
    let frames = [vec!["runtime.gopark"], vec!["runtime.goexit"]];
    assert_eq!(shown(27, &frames), ["runtime.gopark()", "runtime.goexit()"]);
}
