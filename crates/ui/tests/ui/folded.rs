//! Stacks as flame graphs are made of.

use crate::reports::{goroutine, push_frame, report};
use gopeek_ui::render::folded;
use gopeek_ui::report::{Goroutine, Report, Role};

fn text(report: &Report) -> String {
    let mut out = Vec::new();
    let shown: Vec<&Goroutine> = report.goroutines.iter().collect();
    folded::write(&mut out, report, &shown).unwrap();
    String::from_utf8(out).unwrap()
}

/// A report of goroutines with these frames, each of some calls, innermost first.
fn with(stacks: &[&[&[&str]]]) -> Report {
    let mut report = report(27);
    for (id, stack) in (1..).zip(stacks) {
        let mut one = goroutine(id);
        for calls in *stack {
            push_frame(&mut report, &mut one, calls);
        }
        report.goroutines.push(one);
    }
    report
}

#[test]
fn a_line_has_a_stack_from_the_outside_in_and_how_many_have_it() {
    let waits: &[&[&str]] = &[&["runtime.gopark"], &["main.inlined", "main.f"]];
    let other: &[&[&str]] = &[&["main.f"], &["main.main"], &["runtime.goexit"]];
    let report = with(&[other, waits, waits]);
    let most = "main.f;main.inlined;runtime.gopark 2\n";
    assert_eq!(text(&report), format!("{most}main.main;main.f 1\n"));
}

#[test]
fn what_ends_a_name_is_replaced_and_type_arguments_are_left_out() {
    let report = with(&[&[&["main.f[go.shape.int]"], &["go.(*struct { A; B }).M"]]]);
    assert_eq!(text(&report), "go.(*struct_{_A__B_}).M;main.f[...] 1\n");
}

#[test]
fn a_stack_that_is_not_known_has_a_line_too() {
    assert_eq!(text(&with(&[&[], &[]])), "gopeek.stackUnavailable 2\n");
}

#[test]
fn wrappers_are_left_out_but_those_that_panic() {
    let mut report = with(&[
        &[&["main.f"], &["main.(*T).M"]],
        &[&["runtime.panicwrap"], &["main.(*T).M"]],
    ]);
    for site in &mut report.sites {
        for call in &mut site.calls {
            call.role = match &*call.function {
                "main.(*T).M" => Role::Wrapper,
                "runtime.panicwrap" => Role::Panic,
                _ => Role::Other,
            };
        }
    }
    assert_eq!(text(&report), "main.(*T).M;runtime.panicwrap 1\nmain.f 1\n");
}
