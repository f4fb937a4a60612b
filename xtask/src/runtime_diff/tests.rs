//! The committed facts: what they answer, how fast, and in which form.

use std::time::Duration;

use jsonschema::{Draft, Validator};
use serde_json::Value;

use super::kind::{Left, Selection};
use super::lines::Lines;
use super::matrix::Matrix;
use super::show::{self, Look, Shown};
use super::{answer, facts, write_facts};
use crate::toolchain::{Version, releases};

const SCHEMA: &str = include_str!("../../../docs/schema/runtime-diff-1.schema.json");

fn shown(from: Version, to: Version) -> Shown {
    let mut steps = answer::steps(&[from, to], &Selection::usual(), false, false).unwrap();
    steps.remove(0)
}

fn lasts() -> Vec<Version> {
    releases::minors().filter_map(releases::last).collect()
}

#[test]
fn the_facts_have_every_minor_s_first_and_last_release() {
    assert_eq!(
        facts::load().unwrap().releases(),
        write_facts::first_and_last()
    );
}

#[test]
fn the_facts_are_small_and_come_back_as_the_same_bytes() {
    let text = std::fs::read_to_string(facts::path()).unwrap();
    assert!(text.len() < 1_500_000, "{} bytes", text.len());
    assert!(facts::text(&facts::load().unwrap()) == text);
}

#[test]
fn go_1_22_is_told_as_it_was() {
    let shown = shown(Version::new(21, 0), Version::new(22, 0));
    let numbers: Vec<_> = shown
        .pair
        .files
        .iter()
        .map(|file| (&file.path[..], file.lines.churn()))
        .collect();
    let leaders = [
        ("runtime/mbitmap_allocheaders.go", 1376),
        ("runtime/trace2.go", 998),
        ("runtime/mbitmap_noallocheaders.go", 938),
        ("runtime/panic.go", 880),
        ("runtime/proc.go", 874),
    ];
    assert_eq!(numbers[..5], leaders);
    let getgcmask = shown.pair.files[0]
        .decls
        .iter()
        .find(|decl| decl.name == "getgcmask")
        .unwrap();
    assert_eq!(getgcmask.status.from(), Some("runtime/mbitmap.go"));
    assert!(shown.left[&Left::Platform] > 0 && shown.left[&Left::Test] > 0);
}

#[test]
fn the_move_of_runtime_internal_is_followed() {
    let shown = shown(Version::new(22, 12), Version::new(23, 0));
    let moved =
        shown.pair.files.iter().filter(|file| {
            file.path.starts_with("internal/runtime/") && file.status.from().is_some()
        });
    assert!(moved.count() > 10);
    let new = shown.pair.files.iter().filter(|file| {
        file.path.starts_with("internal/runtime/atomic/") && file.status.from().is_none()
    });
    assert_eq!(new.map(|file| file.lines).sum::<Lines>(), Lines::default());
}

#[test]
fn what_concerns_gopeek_is_told() {
    let effect = shown(Version::new(25, 0), Version::new(26, 0)).effect;
    assert!(effect.without_table.is_empty());
    assert!(effect.rules.iter().any(|rule| rule.rule == "floats"));
    assert!(effect.texts.iter().any(|text| text.text == "leaked"));
    assert!(
        effect
            .records
            .iter()
            .any(|record| record.record == "runtime.g")
    );
    let risks: Vec<_> = effect.files.iter().map(|file| file.risk).collect();
    assert!(risks.is_sorted_by(|a, b| a >= b));
    assert!(
        effect
            .files
            .iter()
            .any(|file| file.path == "runtime/traceback.go")
    );
}

/// CPU time of this thread: a wall clock would measure the tests beside this one.
fn cpu_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::try_from(time).unwrap()
}

#[test]
fn any_two_minors_are_answered_fast() {
    let lasts = lasts();
    let mut slowest = Duration::ZERO;
    for (at, from) in lasts.iter().enumerate() {
        for to in &lasts[at + 1..] {
            let started = cpu_time();
            let shown = shown(*from, *to);
            let look = Look {
                width: 80,
                colour: false,
                all: false,
            };
            assert!(!show::pair::text(&shown, look).is_empty());
            slowest = slowest.max(cpu_time().saturating_sub(started));
        }
    }
    // The bar is 100 ms; a CPU that is shared gives less in the same time.
    assert!(slowest < Duration::from_millis(400), "{slowest:?}");
}

#[test]
fn every_line_fits_its_columns_with_and_without_colour() {
    let lasts = lasts();
    let steps = answer::steps(&lasts, &Selection::usual(), false, false).unwrap();
    let pairs: Vec<_> = steps.iter().map(|shown| shown.pair.clone()).collect();
    let matrix = Matrix::of(&pairs, |_| true);
    for width in [80, 120, 200] {
        for all in [false, true] {
            let plain = Look {
                width,
                colour: false,
                all,
            };
            let colour = Look {
                width,
                colour: true,
                all,
            };
            let left = show::heat::left(&steps);
            let heat = show::heat::text(&matrix, left.as_deref(), plain);
            let text = heat + &show::pair::text(&steps[3], plain);
            for line in text.lines() {
                assert!(line.chars().count() <= width, "{width} columns: {line}");
            }
            assert!(!text.contains('\x1b'));
            assert!(show::heat::text(&matrix, None, colour).contains("\x1b[38;5;"));
        }
    }
}

#[test]
fn json_is_as_its_schema_says() {
    let schema: Value = serde_json::from_str(SCHEMA).unwrap();
    let options = jsonschema::options().with_draft(Draft::Draft202012);
    let validator: Validator = options.build(&schema).unwrap();
    let mut steps = answer::steps(&lasts(), &Selection::usual(), false, false).unwrap();
    steps.push(shown(Version::new(19, 0), Version::new(27, 0)));
    let document = show::json::document(&steps);
    let complaints: Vec<_> = validator
        .iter_errors(&document)
        .map(|error| error.to_string())
        .collect();
    assert!(complaints.is_empty(), "{complaints:#?}");
    assert_eq!(document["steps"].as_array().unwrap().len(), steps.len());
}
